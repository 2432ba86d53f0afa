/**
 * A digest is written `sha256:<hex>` in messages and JSON, as in container registries; inside it is the
 * hex alone. In HTTP it is the `Repr-Digest` of RFC 9530, or the `Digest` of RFC 3230 that came before.
 */
const SHA256_BYTES = 32;
const REPR_DIGEST = /(?:^|[,\s])sha-256=:([a-z0-9+/]+={0,2}):/i;
const DIGEST = /(?:^|[,\s])sha-256=([a-z0-9+/]+={0,2})(?:$|[,\s])/i;

export function formatDigest(hex: string): string {
  return `sha256:${hex}`;
}

export function formatReprDigest(hex: string): string {
  return `sha-256=:${Buffer.from(hex, 'hex').toString('base64')}:`;
}

/** The SHA-256 that a request names, as hex; `undefined` when it names none, `invalid` when it is none. */
export function requestedDigest(
  reprDigest: string | undefined,
  digest: string | undefined,
): string | undefined | 'invalid' {
  const [, encoded] = REPR_DIGEST.exec(reprDigest ?? '') ?? DIGEST.exec(digest ?? '') ?? [];
  if (encoded === undefined) {
    // Other algorithms may stand beside it; a SHA-256 that cannot be read must not pass unchecked.
    return /sha-256/i.test(`${reprDigest}${digest}`) ? 'invalid' : undefined;
  }
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length === SHA256_BYTES ? bytes.toString('hex') : 'invalid';
}
