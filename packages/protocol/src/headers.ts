/**
 * The headers of one frame, in the order they came. When a name is repeated the first entry is the
 * value (STOMP 1.2, "Repeated Header Entries"); the others stay readable through `getAll`.
 *
 * Kept as one flat list `[name, value, name, value, …]`: frames have a handful of headers, and a
 * scan of so few beats a map. It also makes names such as `__proto__` harmless. Headers that were
 * decoded are read from the bytes of their head until somebody wants all of them.
 */
import { PlainHead } from './plain-head.js';

export class FrameHeaders implements Iterable<readonly [name: string, value: string]> {
  /** Undefined while only the head is there. */
  #flat: readonly string[] | undefined;
  readonly #head: PlainHead | undefined;

  /** @param source names and values in turn, an even number; the decoder hands over a head instead. */
  constructor(source: readonly string[] | PlainHead) {
    if (source instanceof PlainHead) {
      this.#flat = undefined;
      this.#head = source;
    } else {
      this.#flat = source;
      this.#head = undefined;
    }
  }

  /** Headers of a plain object; entries that are `undefined` are left out. */
  static from(
    object: Readonly<Record<string, string | number | boolean | undefined>>,
  ): FrameHeaders {
    const flat: string[] = [];
    for (const [name, value] of Object.entries(object)) {
      if (value !== undefined) flat.push(name, String(value));
    }
    return new FrameHeaders(flat);
  }

  /** Number of header lines, repeated ones included. */
  get size(): number {
    return this.#flat === undefined ? (this.#head?.size ?? 0) : this.#flat.length / 2;
  }

  /** Value of the first header of this name. */
  get(name: string): string | undefined {
    const flat = this.#flat;
    if (flat === undefined) return this.#head?.get(name);
    for (let index = 0; index < flat.length; index += 2) {
      if (flat[index] === name) return flat[index + 1];
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** All values of this name, first to last. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (const [entryName, value] of this) if (entryName === name) values.push(value);
    return values;
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    const { flat } = this;
    for (let index = 0; index < flat.length; index += 2) {
      yield [flat[index] as string, flat[index + 1] as string];
    }
  }

  /** First value of each name, as an object without a prototype. */
  toObject(): Record<string, string> {
    const object: Record<string, string> = Object.create(null);
    for (const [name, value] of this) if (!(name in object)) object[name] = value;
    return object;
  }

  /** `[name, value, name, value, …]`, for loops that must not allocate. */
  get flat(): readonly string[] {
    this.#flat ??= this.#head?.toFlat() ?? [];
    return this.#flat;
  }
}
