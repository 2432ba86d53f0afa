/**
 * Values of the selector language, and how two of them compare.
 *
 * The headers of STOMP are strings. A string that meets a value of another type is converted to it:
 *
 *   whole number up to 2^31   the string must be a whole number of that range: "10", "-3", not "2.5"
 *   larger whole number       the same within 64 bits
 *   number with a fraction    the string must be a decimal number: "10", "2.5", "1e3"
 *   TRUE, FALSE               "true" in any case is TRUE, all other strings are FALSE
 *
 * A string that cannot be converted is not equal, not less and not greater. NaN, Infinity and
 * hexadecimal fractions are no numbers here.
 */

/** `undefined` is NULL: the message has no such header, or the value cannot be known. */
export type Value = string | number | bigint | boolean | undefined;

/** Java's types, which decide how a string is read that is compared to such a number. */
export type NumberType = 'int' | 'long' | 'double';

/** What a selector can ask of a message, by identifier. Headers of users are strings, numbers are whole. */
export interface SelectorValues {
  get(name: string): string | number | boolean | undefined;
}

const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);
const MAX_LONG = 2n ** 63n - 1n;
const MIN_LONG = -(2n ** 63n);

const WHOLE_NUMBER = /^[+-]?\d+$/;
const DECIMAL_NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/**
 * Negative, 0 or positive as `left` is less than, equal to or greater than `right`; NaN when they
 * cannot be compared.
 *
 * @param numberType what the expression of the number says about it, if one of the two is a number
 */
export function compareValues(
  left: NonNullable<Value>,
  right: NonNullable<Value>,
  numberType: NumberType,
): number {
  if (typeof left === 'string') {
    if (typeof right === 'string') return order(left, right);
    return order(convert(left, right, numberType), right);
  }
  if (typeof right === 'string') return order(left, convert(right, left, numberType));
  return (typeof left === 'boolean') === (typeof right === 'boolean') ? order(left, right) : NaN;
}

/** Whole numbers beyond 2^53 are bigints, and compare to numbers by their exact values. */
function order(left: Value, right: Value): number {
  if (left === undefined || right === undefined) return NaN;
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** The string as the type of what it is compared to; `undefined` when it is none. */
function convert(
  text: string,
  other: number | bigint | boolean,
  numberType: NumberType,
): number | bigint | boolean | undefined {
  if (typeof other === 'boolean') return text.length === 4 && text.toLowerCase() === 'true';
  const isFraction = typeof other === 'number' && !Number.isInteger(other);
  return isFraction || numberType === 'double' ? parseDecimal(text) : parseWhole(text, numberType);
}

function parseDecimal(text: string): number | undefined {
  return DECIMAL_NUMBER.test(text) ? Number(text) : undefined;
}

function parseWhole(text: string, numberType: 'int' | 'long'): number | bigint | undefined {
  if (!WHOLE_NUMBER.test(text)) return undefined;
  const value = Number(text);
  if (numberType === 'int') return value >= MIN_INT && value <= MAX_INT ? value : undefined;
  if (Number.isSafeInteger(value)) return value;
  // Far out of range, perhaps by thousands of digits: not worth a bigint.
  if (Math.abs(value) > 2 ** 63) return undefined;
  const exact = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return exact >= MIN_LONG && exact <= MAX_LONG ? exact : undefined;
}
