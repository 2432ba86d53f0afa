/**
 * A head whose lines are known and whose headers stand there as they are, without escapes: the text is
 * made when the first header is asked for, values when they are. A MESSAGE of which nobody reads more
 * than one header costs one conversion instead of sixteen strings.
 *
 * It keeps the bytes it was made of until then; whoever hands them over must not change them.
 */
import { decodeAscii, EMPTY_BYTES } from './bytes.js';

export class PlainHead {
  #bytes: Uint8Array;
  readonly #start: number;
  /** End of the command line, then for each header line the places of its colon and its end. */
  readonly #marks: readonly number[];
  #text: string | undefined;

  /** @param start place of the command in `bytes`, to which `marks` are relative. */
  constructor(bytes: Uint8Array, start: number, marks: readonly number[]) {
    this.#bytes = bytes;
    this.#start = start;
    this.#marks = marks;
  }

  /** Number of header lines. */
  get size(): number {
    return (this.#marks.length - 1) / 2;
  }

  /** Value of the first header of this name. */
  get(name: string): string | undefined {
    const marks = this.#marks;
    const text = this.#text ?? this.#readText();
    let lineStart = (marks[0] as number) + 1;
    for (let index = 1; index < marks.length; index += 2) {
      const colon = marks[index] as number;
      const lineEnd = marks[index + 1] as number;
      if (colon - lineStart === name.length && text.startsWith(name, lineStart)) {
        return text.slice(colon + 1, lineEnd);
      }
      lineStart = lineEnd + 1;
    }
    return undefined;
  }

  /** `[name, value, name, value, …]` */
  toFlat(): string[] {
    const marks = this.#marks;
    const text = this.#text ?? this.#readText();
    const flat: string[] = [];
    let lineStart = (marks[0] as number) + 1;
    for (let index = 1; index < marks.length; index += 2) {
      const colon = marks[index] as number;
      const lineEnd = marks[index + 1] as number;
      flat.push(text.slice(lineStart, colon), text.slice(colon + 1, lineEnd));
      lineStart = lineEnd + 1;
    }
    return flat;
  }

  #readText(): string {
    const end = this.#marks[this.#marks.length - 1] as number;
    const text = decodeAscii(this.#bytes, this.#start, this.#start + end);
    this.#text = text;
    this.#bytes = EMPTY_BYTES;
    return text;
  }
}
