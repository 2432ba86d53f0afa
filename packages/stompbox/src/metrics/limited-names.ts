/**
 * Bounds the values of a label: each is a time series that is kept for ever, and an application may send
 * to as many destinations as it has users. The first `MOST_NAMES` keep their names.
 */
export const MOST_NAMES = 200;
const OTHER = '(other)';

export class LimitedNames {
  readonly #names = new Set<string>();

  /** The name itself, or `(other)` when there are too many. */
  of(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= MOST_NAMES) return OTHER;
    this.#names.add(name);
    return name;
  }
}
