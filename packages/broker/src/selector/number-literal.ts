/** Numbers written in a selector: decimal, hexadecimal and octal whole numbers, and fractions. */
import type { NumberType } from './value.js';

interface NumberLiteral {
  readonly value: number | bigint;
  readonly type: NumberType;
}

const MAX_INT = 2n ** 31n - 1n;
/** One more than fits: with a minus before it it is the least whole number. */
export const LONG_LIMIT = 2n ** 63n;

const OCTAL = /^0[0-7]+$/;
const WHOLE = /^(?:0|[1-9]\d*|0[xX][0-9a-fA-F]+)$/;

/** Why a token that looks like a number is none. */
export type NumberFlaw = 'not-octal' | 'too-large';

/**
 * The number of a number token; one up to `LONG_LIMIT`, so that a minus may come before that. Whether a
 * whole number is an int depends on its size, not on the suffix L.
 */
export function parseNumberLiteral(source: string): NumberLiteral | NumberFlaw {
  const digits = /[lL]$/.test(source) ? source.slice(0, -1) : source;
  if (OCTAL.test(digits)) return wholeNumber(BigInt(`0o${digits.slice(1)}`));
  if (WHOLE.test(digits)) return wholeNumber(BigInt(digits));
  if (/^\d+$/.test(digits)) return 'not-octal';
  return { value: Number(digits), type: 'double' };
}

function wholeNumber(value: bigint): NumberLiteral | NumberFlaw {
  if (value > LONG_LIMIT) return 'too-large';
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER);
  return { value: isSafe ? Number(value) : value, type: value <= MAX_INT ? 'int' : 'long' };
}
