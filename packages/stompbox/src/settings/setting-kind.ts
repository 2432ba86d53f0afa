/**
 * What a setting may be: how a value is checked, and how it is read from the text of a variable.
 *
 * Reading never guesses: text that cannot be read is given back as it is, for the check to refuse.
 */
import { show } from '../options.js';
import { Secret } from './secret.js';

export interface SettingKind {
  /** What is wrong with a value, as the end of a sentence: "must be …, not 7"; undefined if nothing. */
  problem(value: unknown): string | undefined;
  /** The value that a variable means. */
  read(text: string): unknown;
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const YES = /^(true|t|1|yes|y|on)$/i;
const NO = /^(false|f|0|no|n|off)$/i;
/** Longest wait of a timer in ms, and the largest number of most settings. */
export const MOST = 2_147_483_647;

export const aText: SettingKind = kind(
  'a text that is not empty',
  (value) => typeof value === 'string' && value.trim() !== '',
  (text) => text,
);

/** Never shown in an error. */
export const aSecret: SettingKind = {
  problem: (value) =>
    typeof value === 'string' || value instanceof Secret ? undefined : 'must be a text or a Secret',
  read: (text) => text,
};

export const aSwitch: SettingKind = kind(
  'true or false',
  (value) => typeof value === 'boolean',
  readSwitch,
);

export function aWhole(min: number, max: number = MOST): SettingKind {
  return kind(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
    readNumber,
  );
}

export function oneOf(...texts: readonly string[]): SettingKind {
  return kind(
    `one of ${texts.join(', ')}`,
    (value) => texts.some((text) => text === value),
    (text) => text,
  );
}

export function kind(
  expects: string,
  isFine: (value: unknown) => boolean,
  read: (text: string) => unknown,
): SettingKind {
  return {
    problem: (value) => (isFine(value) ? undefined : `must be ${expects}, not ${show(value)}`),
    read,
  };
}

export function readNumber(text: string): unknown {
  return NUMBER.test(text) ? Number(text) : text;
}

export function readSwitch(text: string): unknown {
  if (YES.test(text)) return true;
  return NO.test(text) ? false : text;
}

/** `10000,60000`. */
export function readNumbers(text: string): unknown {
  const parts = readTexts(text);
  return parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : text;
}

/** `a, b`. */
export function readTexts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
