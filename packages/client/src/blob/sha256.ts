/** SHA-256 chunk by chunk: Node's own where there is one, the portable one in browsers. */
import { nodeModule } from '../node-module.js';
import { PortableSha256 } from './sha256-portable.js';

export interface Sha256 {
  update(chunk: Uint8Array): void;
  /** The digest as hex; the end of its use. */
  digest(): string;
}

export function newSha256(): Sha256 {
  const crypto = nodeModule('node:crypto');
  if (crypto === undefined) return new PortableSha256();
  const hash = crypto.createHash('sha256');
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => hash.digest('hex'),
  };
}

/** In messages and JSON a digest is written `sha256:<hex>`. */
export function formatDigest(hex: string): string {
  return `sha256:${hex}`;
}

/** The `Repr-Digest` of RFC 9530. */
export function formatReprDigest(hex: string): string {
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`;
}

/** The digest in a `Repr-Digest`, as messages write it. */
export function parseReprDigest(header: string | null): string | undefined {
  const [, encoded] = /(?:^|[,\s])sha-256=:([a-z0-9+/]+={0,2}):/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const bytes = [...atob(encoded)].map((character) => character.charCodeAt(0));
  return formatDigest(bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}
