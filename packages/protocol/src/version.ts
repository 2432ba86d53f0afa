/** The STOMP versions that stompbox speaks, oldest first. */
export const STOMP_VERSIONS = ['1.0', '1.1', '1.2'] as const;

export type StompVersion = (typeof STOMP_VERSIONS)[number];

/**
 * The highest version that both sides speak, or `undefined` when there is none.
 * Without an `accept-version` header the peer is a STOMP 1.0 client (STOMP 1.2, "Protocol
 * Negotiation"). Spaces around the items are tolerated.
 */
export function negotiateVersion(
  acceptVersion: string | undefined,
  supported: readonly StompVersion[] = STOMP_VERSIONS,
): StompVersion | undefined {
  const accepted =
    acceptVersion === undefined || acceptVersion.trim() === ''
      ? ['1.0']
      : acceptVersion.split(',').map((version) => version.trim());
  return [...supported].reverse().find((version) => accepted.includes(version));
}
