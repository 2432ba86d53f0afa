import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A password on its way to the broker. Printing it in any of the usual ways (template, JSON,
 * `util.inspect`, a logger) gives `[secret]`; only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
