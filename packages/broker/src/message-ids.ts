import { randomBytes } from 'node:crypto';

/**
 * Ids that no other run of this or another broker gives out: a random part per run and a counter.
 * They hold no character that a STOMP header would have to escape.
 */
export class MessageIds {
  readonly #prefix: string;
  #count = 0;

  constructor(prefix = `ID-${randomBytes(6).toString('hex')}-`) {
    this.#prefix = prefix;
  }

  next(): string {
    this.#count += 1;
    return this.#prefix + this.#count;
  }
}
