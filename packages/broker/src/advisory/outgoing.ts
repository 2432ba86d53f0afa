/** A message that the broker itself sends: an advisory, a reply with statistics. */
export interface Outgoing {
  /** One queue or topic, as a SEND would name it; nothing in it is read as a wildcard. */
  readonly destination: string;
  /**
   * User and JMS headers, unescaped. The router adds `message-id` and `destination`, and `timestamp`,
   * `expires` and `priority` where they are missing here. `content-length`, whatever its value, makes
   * the body bytes; without it the body is text.
   */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
  readonly isPersistent: boolean;
}
