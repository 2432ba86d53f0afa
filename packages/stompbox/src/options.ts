/**
 * The one door for options: checks an object that a user gave against a valibot schema and turns the
 * first thing that is wrong into one sentence that names it, says where it came from, shows the bad
 * value and what is expected. Nothing is coerced, and an unknown key is an error.
 *
 * Schemas are built with `expected(…)`, whose text completes the sentence "expected …".
 */
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import { suggestName } from './suggestion.js';

/** A value that fulfils `claim`; `text` says what is expected: "a whole number from 0 to 9". */
export function expected<T>(text: string, claim: (value: unknown) => boolean) {
  return v.custom<T>(claim, text);
}

export const aBoolean = expected<boolean>('true or false', (value) => typeof value === 'boolean');
export const aNonEmptyText = expected<string>(
  'a text that is not empty',
  (value) => typeof value === 'string' && value.trim() !== '',
);
export const anAbortSignal = expected<AbortSignal>(
  'an AbortSignal',
  (value) => value instanceof AbortSignal,
);

export function anObject<T extends object>() {
  return expected<T>('an object', isPlainObject);
}

export function aWholeNumber(min: number, max: number) {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  return expected<number>(
    `a whole number ${range}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

export interface OptionsPlace {
  /** What a value is called in the error: `(key) => 'option "' + key + '" of send()'`. */
  describe(key: string): string;
  /** Values of these keys are never shown. */
  readonly secrets?: readonly string[];
  /** Names that people use for a key that is called differently here. */
  readonly aliases?: Readonly<Record<string, string>>;
}

type StrictSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/**
 * @throws OptionsError `STOMP_OPT_UNKNOWN` for an unknown key, `STOMP_OPT_INVALID` for a bad value.
 */
export function parseOptions<S extends StrictSchema>(
  schema: S,
  raw: unknown,
  place: OptionsPlace,
): v.InferOutput<S> {
  if (!isPlainObject(raw)) {
    const known = Object.keys(schema.entries);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `${place.describe('')} must be an object with the keys ${known.join(', ')}, not ${show(raw)}`,
    );
  }
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(schema.entries, key)) {
      throw unknownKey(key, Object.keys(schema.entries), place);
    }
  }
  const result = v.safeParse(schema, raw, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = String(issue.path?.[0]?.key ?? '');
  const value = place.secrets?.includes(key) ? '' : `, not ${show(raw[key])}`;
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `${place.describe(key)} must be ${issue.message}${value}`,
  );
}

function unknownKey(key: string, known: readonly string[], place: OptionsPlace): OptionsError {
  const near = place.aliases?.[key] ?? suggestName(key, known);
  const advice =
    near === undefined ? `the keys are ${known.join(', ')}` : `did you mean "${near}"?`;
  return new OptionsError('STOMP_OPT_UNKNOWN', `${place.describe(key)} does not exist: ${advice}`);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it may stand in an error message: short, on one line. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return `${cut(String(value))}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  return Array.isArray(value) ? 'an array' : 'an object';
}

function cut(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
