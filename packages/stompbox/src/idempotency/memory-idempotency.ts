/**
 * Remembers in this process, and forgets when it ends: for one process whose broker redelivers soon, and
 * for tests. With several processes use a database or Redis.
 *
 * When it is full it forgets the oldest key that is done, never a claim.
 */
import { type Clock, systemClock } from '@stompbox/client';
import {
  checkKey,
  type MemoryIdempotencyOptions,
  resolveMemoryOptions,
} from './idempotency-options.js';
import type { IdempotencyAnswer, IdempotencyStore } from './idempotency-store.js';
import { OwnClaims } from './own-claims.js';

export interface MemoryIdempotencyPorts {
  readonly clock?: Pick<Clock, 'now'>;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function memoryIdempotency(
  options: MemoryIdempotencyOptions = {},
  { clock = systemClock }: MemoryIdempotencyPorts = {},
): IdempotencyStore {
  const { maxKeys, ttlMs } = resolveMemoryOptions(options);
  return new MemoryIdempotency(maxKeys, ttlMs, clock);
}

class MemoryIdempotency implements IdempotencyStore {
  readonly #maxKeys: number;
  readonly #ttlMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** When each claim ends, with its token. */
  readonly #claims = new Map<string, { readonly token: string; readonly untilMs: number }>();
  /** When each key that is done is forgotten, the oldest first. */
  readonly #done = new Map<string, number>();
  readonly #own = new OwnClaims();
  #lastToken = 0;

  constructor(maxKeys: number, ttlMs: number, clock: Pick<Clock, 'now'>) {
    this.#maxKeys = maxKeys;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  async begin(key: string, claimMs: number): Promise<IdempotencyAnswer> {
    checkKey(key);
    const now = this.#clock.now();
    this.#forgetOld(now);
    if (this.#done.has(key)) return 'done';
    const claim = this.#claims.get(key);
    if (claim !== undefined && claim.untilMs > now) return 'busy';
    const token = String(++this.#lastToken);
    this.#claims.set(key, { token, untilMs: now + claimMs });
    this.#own.begun(key, token);
    return 'new';
  }

  async finish(key: string): Promise<void> {
    if (this.#own.tokenToFinish(key) === undefined) return;
    this.#own.ended(key);
    this.#claims.delete(key);
    this.#done.delete(key);
    this.#done.set(key, this.#clock.now() + this.#ttlMs);
    for (const oldest of this.#done.keys()) {
      if (this.#done.size <= this.#maxKeys) break;
      this.#done.delete(oldest);
    }
  }

  async forget(key: string): Promise<void> {
    const token = this.#own.tokenToForget(key);
    this.#own.ended(key);
    if (token !== undefined && this.#claims.get(key)?.token === token) this.#claims.delete(key);
  }

  #forgetOld(now: number): void {
    for (const [key, untilMs] of this.#done) {
      if (untilMs > now) break;
      this.#done.delete(key);
    }
  }
}
