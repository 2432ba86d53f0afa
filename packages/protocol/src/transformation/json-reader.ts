/**
 * Reads JSON into a tree that keeps what `JSON.parse` loses: the digits of numbers, the order of all
 * members, and names that occur twice. Grammar of RFC 8259, nothing more.
 */
import {
  badTransformation,
  checkLength,
  excerpt,
  MAX_TRANSFORMED_DEPTH,
  MAX_TRANSFORMED_ELEMENTS,
  placeIn,
  tooDeep,
  tooManyElements,
} from './bad-transformation.js';

export type JsonNode =
  | { readonly kind: 'object'; readonly members: ReadonlyArray<readonly [string, JsonNode]> }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly text: string }
  /** As written, for example `1.50`. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: 'true' | 'false' | 'null' };

/** An element may take two levels, an array and an object in it; the root takes one more. */
const MAX_LEVELS = 2 * MAX_TRANSFORMED_DEPTH + 1;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` */
export function readJson(text: string): JsonNode {
  checkLength(text);
  return new JsonReader(text).read();
}

class JsonReader {
  readonly #text: string;
  #offset = 0;
  #levels = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
    // A byte order mark is no part of the text.
    if (text.startsWith('\ufeff')) this.#offset = 1;
  }

  read(): JsonNode {
    const node = this.#value();
    this.#match(SPACE);
    if (this.#offset < this.#text.length) throw this.#unexpected('the end');
    return node;
  }

  #value(): JsonNode {
    this.#nodes += 1;
    if (this.#nodes > MAX_TRANSFORMED_ELEMENTS) throw tooManyElements();
    this.#match(SPACE);
    switch (this.#text[this.#offset]) {
      case '{':
        return this.#nested(() => ({
          kind: 'object',
          members: this.#list('}', () => this.#member()),
        }));
      case '[':
        return this.#nested(() => ({ kind: 'array', items: this.#list(']', () => this.#value()) }));
      case '"':
        return { kind: 'string', text: this.#string() };
      default:
        return this.#scalar();
    }
  }

  #scalar(): JsonNode {
    const literal = this.#match(LITERAL);
    if (literal !== undefined)
      return { kind: 'literal', text: literal as 'true' | 'false' | 'null' };
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number };
    throw this.#unexpected('a value');
  }

  #nested(read: () => JsonNode): JsonNode {
    this.#levels += 1;
    if (this.#levels > MAX_LEVELS) throw tooDeep();
    const node = read();
    this.#levels -= 1;
    return node;
  }

  /** Items between brackets, the opening one first. */
  #list<Item>(end: '}' | ']', readItem: () => Item): Item[] {
    const items: Item[] = [];
    this.#offset += 1;
    this.#match(SPACE);
    if (this.#skip(end)) return items;
    do {
      items.push(readItem());
      this.#match(SPACE);
    } while (this.#skip(','));
    if (!this.#skip(end)) throw this.#unexpected(`a comma or ${end}`);
    return items;
  }

  #member(): readonly [string, JsonNode] {
    this.#match(SPACE);
    if (this.#text[this.#offset] !== '"') throw this.#unexpected('a name in double quotes');
    const name = this.#string();
    this.#match(SPACE);
    if (!this.#skip(':')) throw this.#unexpected('a colon');
    return [name, this.#value()];
  }

  #string(): string {
    const start = this.#offset;
    let end = this.#text.indexOf('"', start + 1);
    while (end >= 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.#unexpected('a string that ends');
    try {
      const string = JSON.parse(this.#text.slice(start, end + 1)) as string;
      this.#offset = end + 1;
      return string;
    } catch {
      throw this.#unexpected('a string without raw control characters and unknown escapes');
    }
  }

  #skip(character: string): boolean {
    if (this.#text[this.#offset] !== character) return false;
    this.#offset += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#offset += found.length;
    return found;
  }

  #unexpected(expected: string): Error {
    const found = this.#text.slice(this.#offset, this.#offset + 12);
    const what = found === '' ? 'the end of the body' : excerpt(found);
    const place = placeIn(this.#text, this.#offset);
    return badTransformation(
      `The body is not JSON: expected ${expected}, found ${what} at ${place}`,
    );
  }
}

/** Whether an odd number of backslashes stands before a place in a string. */
function isEscaped(text: string, offset: number): boolean {
  let before = offset;
  while (text[before - 1] === '\\') before -= 1;
  return (offset - before) % 2 === 1;
}
