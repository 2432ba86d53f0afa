/**
 * Remembers what was answered to a request with an Idempotency-Key, so that the same request gets the
 * same answer and sends nothing more. The port is small on purpose: a database that can insert under
 * a unique key fits, and several processes may share one.
 *
 *   begin ──► 'new' ──► the message is sent ──► finish     answered; kept for a while
 *                                          └──► forget     not sent, or not known: the key is free again
 *         ──► 'busy'                                       the first request is not answered yet
 *         ──► 'done'                                       its answer
 */
import { type Clock, systemClock } from '@stompbox/client';
import * as v from 'valibot';
import { aWholeNumber, parseOptions } from '../options.js';
import type { RestResponse } from './rest-response.js';

export type KeptAnswer =
  | { readonly state: 'new' }
  | { readonly state: 'busy'; readonly fingerprint: string }
  | { readonly state: 'done'; readonly fingerprint: string; readonly answer: RestResponse };

export interface AnswerStore {
  /**
   * Claims the key. A claim ends by itself after `claimMs`, for the case that this process dies.
   *
   * @param key unique per caller, destination and Idempotency-Key
   * @param fingerprint of the request; `busy` and `done` give the one that the key was claimed with.
   */
  begin(key: string, fingerprint: string, claimMs: number): Promise<KeptAnswer>;
  finish(key: string, fingerprint: string, answer: RestResponse): Promise<void>;
  forget(key: string): Promise<void>;
}

export interface MemoryAnswersOptions {
  /** How long an answer is kept. Default 86,400,000: a day. */
  readonly keepMs?: number | undefined;
  /** Most answers; one more drops the oldest, whose key then counts as new. Default 10,000. */
  readonly maxAnswers?: number | undefined;
}

const memoryOptions = v.strictObject({
  keepMs: v.optional(aWholeNumber(1, Number.MAX_SAFE_INTEGER)),
  maxAnswers: v.optional(aWholeNumber(1, 100_000_000)),
});

interface Entry {
  readonly fingerprint: string;
  readonly answer: RestResponse | undefined;
  readonly untilMs: number;
}

/**
 * In this process only: what restarts or runs twice forgets.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function memoryAnswers(
  options: MemoryAnswersOptions = {},
  clock: Clock = systemClock,
): AnswerStore {
  const { keepMs = 86_400_000, maxAnswers = 10_000 } = parseOptions(memoryOptions, options, {
    describe: (key) =>
      key === '' ? 'The options of memoryAnswers()' : `The option ${key} of memoryAnswers()`,
    aliases: { ttlMs: 'keepMs', max: 'maxAnswers' },
  });
  return new MemoryAnswers(keepMs, maxAnswers, clock);
}

class MemoryAnswers implements AnswerStore {
  /** Requests that are not answered; as many as run. */
  readonly #claims = new Map<string, Entry>();
  /** All are kept equally long, so the oldest come first and are over first. */
  readonly #answers = new Map<string, Entry>();
  readonly #keepMs: number;
  readonly #maxAnswers: number;
  readonly #clock: Clock;

  constructor(keepMs: number, maxAnswers: number, clock: Clock) {
    this.#keepMs = keepMs;
    this.#maxAnswers = maxAnswers;
    this.#clock = clock;
  }

  async begin(key: string, fingerprint: string, claimMs: number): Promise<KeptAnswer> {
    const nowMs = this.#clock.now();
    this.#dropOld(nowMs);
    const answered = this.#answers.get(key);
    if (answered?.answer !== undefined) {
      return { state: 'done', fingerprint: answered.fingerprint, answer: answered.answer };
    }
    const claim = this.#claims.get(key);
    if (claim !== undefined && claim.untilMs > nowMs) {
      return { state: 'busy', fingerprint: claim.fingerprint };
    }
    this.#claims.set(key, { fingerprint, answer: undefined, untilMs: nowMs + claimMs });
    return { state: 'new' };
  }

  async finish(key: string, fingerprint: string, answer: RestResponse): Promise<void> {
    this.#claims.delete(key);
    // Set anew, so that it stands behind the older ones.
    this.#answers.delete(key);
    this.#answers.set(key, { fingerprint, answer, untilMs: this.#clock.now() + this.#keepMs });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= this.#maxAnswers) break;
      this.#answers.delete(oldest);
    }
  }

  async forget(key: string): Promise<void> {
    this.#claims.delete(key);
  }

  #dropOld(nowMs: number): void {
    for (const [key, { untilMs }] of this.#answers) {
      if (untilMs > nowMs) break;
      this.#answers.delete(key);
    }
  }
}
