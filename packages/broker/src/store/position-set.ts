/**
 * A set of positions, for removals. Those of a queue lie close together, so 32 neighbours share a word,
 * and a reader passes over a long run of them without looking at each. A reader that starts at the head
 * of a queue whose backlog is being consumed would otherwise look at a million.
 */

const WORD_BITS = 32;
const ALL = -1;

export class PositionSet {
  /** Words that are not zero, by position / 32; bit n stands for the nth position of the word. */
  readonly #words = new Map<number, number>();

  add(position: number): void {
    const index = Math.floor(position / WORD_BITS);
    const word = this.#words.get(index) ?? 0;
    this.#words.set(index, word | (1 << (position % WORD_BITS)));
  }

  has(position: number): boolean {
    return this.nextAbsent(position) !== position;
  }

  /** The first position from this one on that is not in the set; this one, if it is not. */
  nextAbsent(position: number): number {
    let index = Math.floor(position / WORD_BITS);
    let bit = position % WORD_BITS;
    for (;;) {
      const word = this.#words.get(index);
      if (word === undefined) return index * WORD_BITS + bit;
      const absent = word === ALL ? 0 : ~word >>> bit;
      if (absent !== 0) return index * WORD_BITS + bit + lowestBit(absent);
      index += 1;
      bit = 0;
    }
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [index, word] of this.#words) {
      for (let rest = word; rest !== 0; rest &= rest - 1) {
        yield index * WORD_BITS + lowestBit(rest);
      }
    }
  }
}

function lowestBit(word: number): number {
  return WORD_BITS - 1 - Math.clz32(word & -word);
}
