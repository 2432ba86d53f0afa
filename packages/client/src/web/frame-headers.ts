/** What stands for the protocol's headers.ts in browsers: the same list, decoded at once. */
export class FrameHeaders implements Iterable<readonly [name: string, value: string]> {
  readonly flat: readonly string[];

  /** @param flat names and values in turn, an even number */
  constructor(flat: readonly string[]) {
    this.flat = flat;
  }

  static from(
    object: Readonly<Record<string, string | number | boolean | undefined>>,
  ): FrameHeaders {
    const given = Object.entries(object).filter(([, value]) => value !== undefined);
    return new FrameHeaders(given.flat().map(String));
  }

  get size(): number {
    return this.flat.length / 2;
  }

  /** Value of the first header of this name. */
  get(name: string): string | undefined {
    return this.getAll(name)[0];
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** All values of this name, first to last. */
  getAll(name: string): string[] {
    return this.flat.filter((_, index) => index % 2 === 1 && this.flat[index - 1] === name);
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (let index = 0; index < this.flat.length; index += 2) {
      yield [this.flat[index] as string, this.flat[index + 1] as string];
    }
  }

  /** First value of each name, as an object without a prototype. */
  toObject(): Record<string, string> {
    const object: Record<string, string> = Object.create(null);
    for (const [name, value] of this) object[name] ??= value;
    return object;
  }
}
