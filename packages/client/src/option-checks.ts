/**
 * Checks of values that users pass as options. Each throws an `OptionsError` that names the option
 * and what it may be; none converts a value. Values are not repeated in texts: some are secret.
 */
import { OptionsError } from '@stompbox/protocol';
import { MAX_TIMER_MS } from './clock.js';

export function invalidOption(name: string, expectation: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', `The option ${name} must be ${expectation}`);
}

/** A misspelt option would otherwise be ignored without a word. */
export function checkKeys(what: string, options: object, known: ReadonlySet<string>): void {
  for (const key in options) {
    if (known.has(key)) continue;
    const names = [...known].join(', ');
    throw new OptionsError(
      'STOMP_OPT_UNKNOWN',
      `Unknown ${what} option "${key}": remove it, or use one of ${names}`,
    );
  }
}

/** The value if it is an object, to look into. */
export function checkObject<T extends object>(name: string, value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(name, 'an object');
  }
  return value;
}

export function checkWhole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidOption(name, `a whole number from ${min} to ${max}`);
}

/** A time to wait: at least 1 ms, at most what timers can. */
export function checkTimeout(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_TIMER_MS) return value;
  throw invalidOption(name, `a whole number of milliseconds from 1 to ${MAX_TIMER_MS}`);
}

/** A number of attempts, `Infinity` for no limit. */
export function checkAttempts(name: string, value: number): number {
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= 1)) return value;
  throw invalidOption(name, 'a whole number of at least 1, or Infinity');
}

export function checkNumber(name: string, value: number, min: number): number {
  if (Number.isFinite(value) && value >= min) return value;
  throw invalidOption(name, `a number of at least ${min}`);
}

export function checkText(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption(name, 'a text that is not empty');
}

/** A text that a header can carry: NUL would end the frame in the middle. */
export function checkHeaderText(name: string, value: string): string {
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw invalidOption(name, 'a text that is not empty and without NUL');
}

export function checkFlag(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidOption(name, 'true or false');
}

export function checkChoice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw invalidOption(name, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
}

export function checkFunction<T extends (...values: never[]) => unknown>(
  name: string,
  value: T,
): T {
  if (typeof value === 'function') return value;
  throw invalidOption(name, 'a function');
}

export function checkSignal(name: string, value: AbortSignal): AbortSignal {
  if (value instanceof AbortSignal) return value;
  throw invalidOption(name, 'an AbortSignal');
}
