/**
 * The pattern of LIKE: `%` stands for any characters, `_` for one, all others for themselves. After the
 * escape character they stand for themselves too.
 *
 * It runs as a set of states, one bit each: state i says that the text read so far fits the first i
 * elements of the pattern. Each character of the text is looked at once, whatever the pattern: the time
 * is in proportion to the text, times one per 32 elements. A regular expression would go back and try
 * again, for ever on a pattern such as `%a%a%a%a%b`.
 *
 * A matcher owns its working memory: it is not to be used by two callers at once, which in one thread
 * cannot happen, because matching never waits.
 */
export class LikePattern {
  /** Number of elements: the state in which the whole pattern is read. */
  readonly #last: number;
  /** Bit i: element i is `_`. */
  readonly #any: Int32Array;
  /** Bit i: a `%` stands before element i, so that state i stays. */
  readonly #stays: Int32Array;
  /** For a character, where it is an element: index of a word and its bits, in turn. */
  readonly #places: ReadonlyMap<number, readonly number[]>;
  #states: Int32Array;
  #nextStates: Int32Array;

  /** @param escapeCharacter one character, or `undefined` for none */
  constructor(pattern: string, escapeCharacter: string | undefined) {
    const { elements, percents } = parsePattern(pattern, escapeCharacter);
    const words = (elements.length >> 5) + 1;
    const places = new Map<number, number[]>();
    this.#last = elements.length;
    this.#any = new Int32Array(words);
    this.#stays = new Int32Array(words);
    this.#states = new Int32Array(words);
    this.#nextStates = new Int32Array(words);
    for (const index of percents) setBit(this.#stays, index);
    for (const [index, element] of elements.entries()) {
      if (element === undefined) setBit(this.#any, index);
      else addPlace(places, element, index);
    }
    this.#places = places;
  }

  /** True when the whole text fits. Characters are code points. */
  matches(text: string): boolean {
    this.#states.fill(0);
    setBit(this.#states, 0);
    let index = 0;
    while (index < text.length) {
      if (this.#fitsAnyRest) return true;
      const character = text.codePointAt(index) ?? 0;
      if (!this.#read(character)) return false;
      index += character > 0xffff ? 2 : 1;
    }
    return hasBit(this.#states, this.#last);
  }

  /** The pattern is read and ends with `%`. */
  get #fitsAnyRest(): boolean {
    return hasBit(this.#states, this.#last) && hasBit(this.#stays, this.#last);
  }

  /** Goes from all states at once over one character; false when none is left. */
  #read(character: number): boolean {
    const states = this.#states;
    const next = this.#nextStates;
    for (let word = 0; word < next.length; word++) {
      next[word] = (states[word] as number) & (this.#any[word] as number);
    }
    const places = this.#places.get(character);
    for (let index = 0; places !== undefined && index < places.length; index += 2) {
      const word = places[index] as number;
      next[word] =
        (next[word] as number) | ((states[word] as number) & (places[index + 1] as number));
    }
    let carry = 0;
    let left = 0;
    for (let word = 0; word < next.length; word++) {
      const moving = next[word] as number;
      const staying = (states[word] as number) & (this.#stays[word] as number);
      next[word] = (moving << 1) | carry | staying;
      carry = moving >>> 31;
      left |= next[word] as number;
    }
    this.#states = next;
    this.#nextStates = states;
    return left !== 0;
  }
}

interface PatternParts {
  /** Code points; `undefined` is `_`. */
  readonly elements: readonly (number | undefined)[];
  /** Indexes of the elements that a `%` stands before. */
  readonly percents: readonly number[];
}

function parsePattern(pattern: string, escapeCharacter: string | undefined): PatternParts {
  const characters = [...pattern];
  const elements: (number | undefined)[] = [];
  const percents: number[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] as string;
    const following = characters[index + 1];
    // ActiveMQ: before other characters the escape character stands for itself.
    const isEscape =
      character === escapeCharacter &&
      (following === '%' || following === '_' || following === escapeCharacter);
    if (isEscape) elements.push(characters[++index]?.codePointAt(0));
    else if (character === '%') percents.push(elements.length);
    else if (character === '_') elements.push(undefined);
    else elements.push(character.codePointAt(0));
  }
  return { elements, percents };
}

function addPlace(places: Map<number, number[]>, character: number, index: number): void {
  const known = places.get(character) ?? [];
  const word = index >> 5;
  const bit = 1 << (index & 31);
  // Indexes come in order, so a word that is known already is the last one.
  if (known.at(-2) === word) known.push((known.pop() as number) | bit);
  else known.push(word, bit);
  places.set(character, known);
}

function setBit(words: Int32Array, index: number): void {
  words[index >> 5] = (words[index >> 5] as number) | (1 << (index & 31));
}

function hasBit(words: Int32Array, index: number): boolean {
  return ((words[index >> 5] as number) & (1 << (index & 31))) !== 0;
}
