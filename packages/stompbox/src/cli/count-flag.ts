import { InvalidArgumentError } from 'commander';

/** The value of a `--count` flag: a whole number of at least 1. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
