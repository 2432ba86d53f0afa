/**
 * Destinations that take no answers. An ERROR ends the session, so that the question comes again; answered
 * once more in vain, it would go round for ever, and the connection with it.
 *
 * Only the broker's own refusal counts at once: a connection that is lost may have other reasons.
 */
import { BrokerError, type Clock } from '@stompbox/client';

const HOPELESS_AT = 2;
const FORGOTTEN_AFTER_MS = 60_000;
const MOST = 1_000;

interface Failures {
  readonly count: number;
  readonly untilMs: number;
}

export class ReplyFailures {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  isHopeless(replyTo: string): boolean {
    return this.#countOf(replyTo) >= HOPELESS_AT;
  }

  succeeded(replyTo: string): void {
    this.#failures.delete(replyTo);
  }

  failed(replyTo: string, error: unknown): void {
    const count = error instanceof BrokerError ? HOPELESS_AT : this.#countOf(replyTo) + 1;
    this.#failures.delete(replyTo);
    this.#failures.set(replyTo, { count, untilMs: this.#clock.now() + FORGOTTEN_AFTER_MS });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MOST && oldest !== undefined) this.#failures.delete(oldest);
  }

  #countOf(replyTo: string): number {
    const failures = this.#failures.get(replyTo);
    return failures === undefined || failures.untilMs <= this.#clock.now() ? 0 : failures.count;
  }
}
