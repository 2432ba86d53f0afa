/**
 * The one error of this folder, and the limits that keep a hostile body harmless. They are checked while
 * a body is read, before what would break them is kept.
 */
import { ProtocolError } from '../errors.js';

/** Longest body that is converted, in characters (UTF-16 units): 8 Mi. */
const MAX_TRANSFORMED_CHARACTERS = 8 * 1024 * 1024;

/** Most elements of one body. */
export const MAX_TRANSFORMED_ELEMENTS = 250_000;

/** Deepest nesting of elements. A map takes two levels, `map` and `entry`. */
export const MAX_TRANSFORMED_DEPTH = 64;

export function badTransformation(message: string): ProtocolError {
  return new ProtocolError('STOMP_PROTO_BAD_TRANSFORMATION', message);
}

/** "line 3, column 14" of a place in a text; both count from 1. */
export function placeIn(text: string, offset: number): string {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < lineStart; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return `line ${line}, column ${offset - lineStart + 1}`;
}

/** What the peer wrote, short enough for an error text. */
export function excerpt(text: string): string {
  return text.length <= 40 ? `"${text}"` : `"${text.slice(0, 39)}…"`;
}

export function checkLength(text: string): void {
  if (text.length <= MAX_TRANSFORMED_CHARACTERS) return;
  throw badTransformation(
    `The body has ${text.length} characters, and at most ${MAX_TRANSFORMED_CHARACTERS} are converted: ` +
      'send it without the header transformation',
  );
}

export function tooDeep(): ProtocolError {
  return badTransformation(
    `The body is nested deeper than ${MAX_TRANSFORMED_DEPTH} elements: send a flatter one`,
  );
}

export function tooManyElements(): ProtocolError {
  return badTransformation(
    `The body has more than ${MAX_TRANSFORMED_ELEMENTS} elements: send it in parts, or as text`,
  );
}
