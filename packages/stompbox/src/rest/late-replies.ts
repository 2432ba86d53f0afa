/**
 * Replies that did not come while the caller waited, kept for a while under a name that nobody can
 * guess, so that the caller can read them when they have come.
 */
import type { Clock } from '@stompbox/client';
import type { RestResponse } from './rest-response.js';

interface LateReply {
  readonly owner: string;
  readonly untilMs: number;
  answer: RestResponse | undefined;
}

export interface LateRepliesOptions {
  readonly lateMs: number;
  readonly maxLate: number;
}

export class LateReplies {
  readonly #options: LateRepliesOptions;
  readonly #clock: Clock;
  readonly #newId: () => string;
  /** The oldest first. */
  readonly #replies = new Map<string, LateReply>();

  constructor(options: LateRepliesOptions, clock: Clock, newId: () => string) {
    this.#options = options;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * @param owner who may read it: caller and destination
   * @param answering never rejects
   * @returns its id
   */
  keep(owner: string, answering: Promise<RestResponse>): string {
    this.#dropOld();
    const id = this.#newId();
    // As long as it is awaited, and as long again to be read.
    const untilMs = this.#clock.now() + 2 * this.#options.lateMs;
    const reply: LateReply = { owner, untilMs, answer: undefined };
    this.#replies.set(id, reply);
    for (const oldest of this.#replies.keys()) {
      if (this.#replies.size <= this.#options.maxLate) break;
      this.#replies.delete(oldest);
    }
    void answering.then((answer) => {
      reply.answer = answer;
    });
    return id;
  }

  /** `waiting`: it may come yet. Undefined: there is none of this id and owner, or none any more. */
  find(id: string, owner: string): RestResponse | 'waiting' | undefined {
    this.#dropOld();
    const reply = this.#replies.get(id);
    if (reply === undefined || reply.owner !== owner) return undefined;
    return reply.answer ?? 'waiting';
  }

  #dropOld(): void {
    const nowMs = this.#clock.now();
    for (const [id, { untilMs }] of this.#replies) {
      if (untilMs > nowMs) break;
      this.#replies.delete(id);
    }
  }
}
