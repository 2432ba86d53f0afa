/**
 * The single values among the typed ones, and their texts in XML: numbers as Java prints them, bytes in
 * base64. NUL is the empty `<char></char>`, as in XStream.
 */
import { badTransformation, excerpt } from './bad-transformation.js';
import { formatBase64, parseBase64 } from './base64.js';
import { formatFloating, parseFloating, parseWhole } from './java-number.js';
import type { TypedValue } from './typed-value.js';

export type Scalar = Exclude<TypedValue, { readonly type: 'list' | 'map' }>;
export type ScalarType = Scalar['type'];

const BITS = { byte: 8, short: 16, int: 32, long: 64 } as const;

/** @throws ProtocolError `STOMP_PROTO_BAD_TRANSFORMATION` when the text is no value of the type. */
export function parseScalar(type: ScalarType, text: string): Scalar {
  const value = tryParse(type, text);
  if (value !== undefined) return value;
  throw badTransformation(`${excerpt(text)} is no value of the type ${type}: ${EXPECTED[type]}`);
}

const EXPECTED: Readonly<Record<ScalarType, string>> = {
  null: 'it must be empty',
  string: 'it must be a text',
  char: 'it must be one UTF-16 character',
  boolean: 'it must be true or false',
  byte: 'it must be a whole number from -128 to 127',
  short: 'it must be a whole number from -32768 to 32767',
  int: 'it must be a whole number from -2147483648 to 2147483647',
  long: 'it must be a whole number of at most 64 bits',
  float: 'it must be a number that a float can hold',
  double: 'it must be a number that a double can hold',
  'byte-array': 'it must be base64',
};

function tryParse(type: ScalarType, text: string): Scalar | undefined {
  switch (type) {
    case 'null':
      return text.trim() === '' ? { type, value: null } : undefined;
    case 'string':
      return { type, value: text };
    case 'char':
      return text.length <= 1 ? { type, value: text === '' ? '\0' : text } : undefined;
    case 'boolean': {
      const word = text.trim().toLowerCase();
      return word === 'true' || word === 'false' ? { type, value: word === 'true' } : undefined;
    }
    case 'byte':
    case 'short':
    case 'int': {
      const value = parseWhole(text, BITS[type]);
      return value === undefined ? undefined : { type, value: Number(value) };
    }
    case 'long': {
      const value = parseWhole(text, 64);
      return value === undefined ? undefined : { type, value };
    }
    case 'float':
    case 'double': {
      const value = parseFloating(text, type);
      return value === undefined ? undefined : { type, value };
    }
    case 'byte-array': {
      const value = parseBase64(text);
      return value === undefined ? undefined : { type, value };
    }
  }
}

export function formatScalar(scalar: Scalar): string {
  switch (scalar.type) {
    case 'null':
      return '';
    case 'char':
      return scalar.value === '\0' ? '' : scalar.value;
    case 'float':
    case 'double':
      return formatFloating(scalar.value, scalar.type);
    case 'byte-array':
      return formatBase64(scalar.value);
    default:
      return String(scalar.value);
  }
}
