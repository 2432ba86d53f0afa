/**
 * The claims that this process has, by their keys. A claim is known to others by its token, so that what
 * its handler says at the end changes nothing when the claim has ended and another one has it.
 *
 * When a claim has ended by time and the same process got the next one for that key, two handlers run,
 * and `forget` of the first cannot be told from that of the second. Then the first one is ignored: better
 * a wait until the claim ends than a third handler beside the second.
 */
interface OwnClaim {
  readonly token: string;
  /** Handlers of this process that have begun under that key, and not ended. */
  readonly handlers: number;
}

export class OwnClaims {
  readonly #claims = new Map<string, OwnClaim>();

  begun(key: string, token: string): void {
    const handlers = (this.#claims.get(key)?.handlers ?? 0) + 1;
    this.#claims.set(key, { token, handlers });
  }

  /** The token of a handler that has finished; undefined when this process has no claim. */
  tokenToFinish(key: string): string | undefined {
    return this.#claims.get(key)?.token;
  }

  /** The token of a handler that has failed; undefined when there is no claim, or it must stay. */
  tokenToForget(key: string): string | undefined {
    const claim = this.#claims.get(key);
    return claim?.handlers === 1 ? claim.token : undefined;
  }

  /** What the handler had to say is written; until then it may be said again. */
  ended(key: string): void {
    const claim = this.#claims.get(key);
    if (claim === undefined) return;
    const { token, handlers } = claim;
    if (handlers === 1) this.#claims.delete(key);
    else this.#claims.set(key, { token, handlers: handlers - 1 });
  }
}
