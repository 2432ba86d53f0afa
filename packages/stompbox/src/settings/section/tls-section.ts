/** How a server of `stomp+ssl://` is verified, and how we prove who we are. */
import type { Secret } from '../secret.js';
import { aSecret, aSwitch, aText } from '../setting-kind.js';
import { row } from '../setting-row.js';

/** Files are PEM; their paths are absolute. */
export interface TlsSettings {
  /** Certificates of the authorities to trust. Default: those of the system. */
  readonly caFile: string | undefined;
  /** Our certificate chain, for mutual TLS. */
  readonly certFile: string | undefined;
  /** The private key of our certificate. */
  readonly keyFile: string | undefined;
  /** Of the private key. */
  readonly keyPassphrase: Secret | undefined;
  /** The name to verify the server's certificate against. Default: the host of the url. */
  readonly servername: string | undefined;
  /** False switches verification off, which lets anybody in the middle read. Default true. */
  readonly rejectUnauthorized: boolean;
}

export const tlsRows = [
  row('tls.caFile', aText, 'Certificates of the authorities to trust (PEM)', {
    isPath: true,
    initially: 'those of the system',
  }),
  row('tls.certFile', aText, 'Our certificate chain (PEM)', { isPath: true }),
  row('tls.keyFile', aText, 'The private key of our certificate (PEM)', { isPath: true }),
  row('tls.keyPassphrase', aSecret, 'Passphrase of the private key', { isSecret: true }),
  row('tls.servername', aText, "Name to verify the server's certificate against", {
    initially: 'the host of the url',
  }),
  row('tls.rejectUnauthorized', aSwitch, '`false` switches verification off: never in production', {
    initial: true,
  }),
] as const;
