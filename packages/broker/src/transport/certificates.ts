/**
 * The private key and the certificates of a connector, from texts or files.
 *
 * Files that change are read again when somebody connects, at most once a second: no timer, no watcher,
 * and any way to replace a file works. While the new ones do not fit together, the old ones stay.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Clock } from '../clock.js';

export type PemSource = { readonly file: string } | { readonly pem: string };

export interface CertificateSources {
  readonly key: PemSource;
  readonly cert: PemSource;
  readonly ca?: PemSource;
}

/** What `node:tls` takes. */
export interface Certificates {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
}

/** How often files are looked at, at most. */
const LOOK_MS = 1000;

/**
 * Reads and checks them.
 *
 * @throws Error of the file system or of TLS
 */
export function readCertificates({ key, cert, ca }: CertificateSources): Certificates {
  const read: Certificates = { key: pemOf(key), cert: pemOf(cert), ...(ca && { ca: pemOf(ca) }) };
  createSecureContext(read);
  // TLS passes over texts in which there is no certificate.
  if (read.ca !== undefined) new X509Certificate(read.ca);
  return read;
}

function pemOf(source: PemSource): string {
  return 'pem' in source ? source.pem : readFileSync(source.file, 'utf8');
}

export interface CertificateWatchOptions {
  readonly sources: CertificateSources;
  readonly clock: Clock;
  readonly onChange: (certificates: SecureContextOptions) => void;
  /** They have changed, and cannot be used. */
  readonly onError: (error: unknown) => void;
}

export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  #seen: string;
  #lookedAtMs: number;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#seen = stampOf(options.sources);
    this.#lookedAtMs = options.clock.monotonicMs();
  }

  /** Called before each handshake. */
  look(): void {
    const { sources, clock, onChange, onError } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const stamp = stampOf(sources);
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    try {
      onChange(readCertificates(sources));
    } catch (error) {
      onError(error);
    }
  }
}

/** Differs when one of the files has changed, come or gone. */
function stampOf({ key, cert, ca }: CertificateSources): string {
  const stamps = [key, cert, ca].map((source) => {
    if (source === undefined || 'pem' in source) return '';
    try {
      const { ino, size, mtimeMs } = statSync(source.file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch (error) {
      // Gone, or out of reach: reading it tells why. A connection is no place to throw.
      return String(error);
    }
  });
  return stamps.join(',');
}
