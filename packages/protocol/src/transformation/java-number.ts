/**
 * Numbers as Java reads and prints them: whole numbers of a width in decimal, hexadecimal or octal,
 * floating point in `Double.toString`'s form.
 */

/** Java's `decode`: sign, then 0x or # for hexadecimal, a leading 0 for octal. */
const WHOLE = /^([+-]?)(0[xX]|#|0(?=[0-9]))?([0-9a-fA-F]{1,24})$/;
/** The fraction only behind its point: digits that two parts could take would be tried in every split. */
const FLOATING = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/;

/**
 * A signed whole number, or `undefined` if the text is none or out of range. Below 64 bits the upper half of
 * the unsigned range is accepted and wraps, as in XStream: `<byte>200</byte>` is -56.
 */
export function parseWhole(text: string, bits: 8 | 16 | 32 | 64): bigint | undefined {
  const [, sign, prefix, digits = ''] = WHOLE.exec(text.trim()) ?? [];
  const magnitude = wholeOf(prefix, digits);
  if (magnitude === undefined) return undefined;
  const value = sign === '-' ? -magnitude : magnitude;
  const wraps = bits < 64 || (prefix !== undefined && prefix !== '0');
  const limit = 1n << BigInt(wraps ? bits : bits - 1);
  if (value >= limit || value < -(1n << BigInt(bits - 1))) return undefined;
  return BigInt.asIntN(bits, value);
}

function wholeOf(prefix: string | undefined, digits: string): bigint | undefined {
  if (prefix === undefined) return /^\d+$/.test(digits) ? BigInt(digits) : undefined;
  if (prefix === '0') return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
  return BigInt(`0x${digits}`);
}

/** A floating-point number, or `undefined` if the text is none, or too large for the type. */
export function parseFloating(text: string, type: 'float' | 'double'): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'NaN') return Number.NaN;
  if (/^[+-]?Infinity$/.test(trimmed)) return Number(trimmed);
  if (!FLOATING.test(trimmed)) return undefined;
  const number = Number(trimmed.replace(/[dDfF]$/, ''));
  const value = type === 'float' ? Math.fround(number) : number;
  return Number.isFinite(value) ? value : undefined;
}

/** As Java prints it: `1.0`, `1.0E8`, `1.0E-4`, `NaN`. */
export function formatFloating(value: number, type: 'float' | 'double'): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = ''] = shortest(value, type).split('e');
  const power = Number(exponent);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  // Java's limits of plain notation: 10^-3 up to, not with, 10^7.
  if (power < -3 || power >= 7) {
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${power}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  return `${sign}${whole}.${digits.slice(power + 1) || '0'}`;
}

/** Fewest digits that mean this number, as `d.ddde±n`. */
function shortest(value: number, type: 'float' | 'double'): string {
  if (type === 'float') {
    for (let fraction = 0; fraction < 8; fraction += 1) {
      const text = value.toExponential(fraction);
      if (Math.fround(Number(text)) === value) return twoDigits(value, text);
    }
    return value.toExponential(8);
  }
  return twoDigits(value, value.toExponential());
}

/** Java prints two digits at least, and chooses the closest ones: 4.9E-324, not 5.0E-324. */
function twoDigits(value: number, text: string): string {
  const two = value.toExponential(1);
  return text.includes('.') || two.includes('.0e') ? text : two;
}
