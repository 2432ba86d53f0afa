/** Checks of single options. Each error names the option and says what it must be. */
import { OptionsError } from '@stompbox/protocol';

/** @throws OptionsError `STOMP_OPT_INVALID` unless it is an object, `STOMP_OPT_UNKNOWN` for a name not known */
export function requireKnown(path: string, raw: unknown, known: readonly string[]): void {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw invalid(path || 'options', 'an object', raw);
  }
  for (const name of Object.keys(raw)) {
    if (known.includes(name)) continue;
    const fullName = path === '' ? name : `${path}.${name}`;
    throw new OptionsError(
      'STOMP_OPT_UNKNOWN',
      `Unknown broker option ${fullName}; known: ${known.join(', ')}`,
    );
  }
}

/** @throws OptionsError `STOMP_OPT_INVALID` unless it is a whole number in the range */
export function requireWhole(
  path: string,
  value: unknown,
  { least = 0, most = Number.MAX_SAFE_INTEGER, meaning = '' } = {},
): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  const range =
    most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw invalid(path, `a whole number ${range}${meaning}`, value);
}

/** @param expected what it must be, with its article */
export function invalid(path: string, expected: string, value: unknown): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `${path} must be ${expected}, not ${shown(value)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
