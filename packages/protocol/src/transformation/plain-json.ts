/**
 * JSON as applications write it, without types: text → string, a whole number → int, or long if it is
 * larger, any other number → double, `null` → null, an array → list, an object → map.
 */
import {
  badTransformation,
  excerpt,
  MAX_TRANSFORMED_DEPTH,
  tooDeep,
} from './bad-transformation.js';
import type { JsonNode } from './json-reader.js';
import { parseScalar } from './scalar.js';
import type { MapEntries, TypedValue } from './typed-value.js';

const INT_LIMIT = 2n ** 31n;
const LONG_LIMIT = 2n ** 63n;

/** Digits that a long certainly cannot hold; BigInt is not asked about longer ones. */
const MAX_WHOLE_DIGITS = 20;

/**
 * @param depth how deep the element stands that the value becomes
 * @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION`
 */
export function valueOfPlainJson(json: JsonNode, depth = 1): TypedValue {
  if (depth > MAX_TRANSFORMED_DEPTH) throw tooDeep();
  switch (json.kind) {
    case 'object':
      return { type: 'map', value: entriesOfPlainJson(json.members, depth) };
    case 'array':
      return { type: 'list', value: json.items.map((item) => valueOfPlainJson(item, depth + 1)) };
    case 'string':
      return { type: 'string', value: json.text };
    case 'number':
      return numberOf(json.text);
    case 'literal':
      return json.text === 'null'
        ? { type: 'null', value: null }
        : { type: 'boolean', value: json.text === 'true' };
  }
}

export function entriesOfPlainJson(
  members: ReadonlyArray<readonly [string, JsonNode]>,
  depth = 1,
): MapEntries {
  const entries = new Map<string, TypedValue>();
  for (const [name, value] of members) {
    if (entries.has(name)) {
      throw badTransformation(`The object has the name ${excerpt(name)} twice: names are unique`);
    }
    entries.set(name, valueOfPlainJson(value, depth + 2));
  }
  return [...entries];
}

function numberOf(text: string): TypedValue {
  if (!/^-?\d+$/.test(text) || text === '-0') return parseScalar('double', text);
  const whole = text.length > MAX_WHOLE_DIGITS ? LONG_LIMIT : BigInt(text);
  if (whole >= -INT_LIMIT && whole < INT_LIMIT) return { type: 'int', value: Number(whole) };
  if (whole >= -LONG_LIMIT && whole < LONG_LIMIT) return { type: 'long', value: whole };
  // JavaScript writes its own large numbers so; digits that a double would lose are another matter.
  if (String(Number(text)) === text) return parseScalar('double', text);
  throw badTransformation(`The number ${excerpt(text)} has more than 64 bits: send it as a string`);
}
