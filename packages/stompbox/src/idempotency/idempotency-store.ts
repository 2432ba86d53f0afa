/**
 * Remembers which messages a listener has handled, so that a redelivery does no harm. The port is small
 * on purpose; every database that can insert under a unique key will do.
 *
 *   begin ──► 'new' ──► handler ──► finish        the message is acknowledged
 *                              └──► forget        the handler failed: another try may begin
 *         ──► 'done'                              acknowledged without a call of the handler
 *         ──► 'busy'                              another consumer has it now: asked again until it ends
 */
export type IdempotencyAnswer = 'new' | 'done' | 'busy';

export interface IdempotencyStore {
  /**
   * Claims the key for a handler that begins now. A claim ends by itself after `claimMs`, for the case
   * that this process dies.
   *
   * @param key unique per listener and message
   */
  begin(key: string, claimMs: number): Promise<IdempotencyAnswer>;
  /** The handler has finished; from now on `begin` answers `done`. */
  finish(key: string): Promise<void>;
  /** The handler has failed; from now on `begin` answers `new`. */
  forget(key: string): Promise<void>;
}
