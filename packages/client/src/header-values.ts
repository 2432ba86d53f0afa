/** Headers as users give them, and the pairs that travel. */
import { OptionsError } from '@stompbox/protocol';
import type { HeaderPair } from './operation.js';
import { checkObject, invalidOption } from './option-checks.js';

export type HeaderValue = string | number | boolean;

/** By name; those that are `undefined` are left out, and a list is sent as repeated headers. */
export type HeaderValues = Readonly<
  Record<string, HeaderValue | readonly HeaderValue[] | undefined>
>;

/** Headers that the client writes itself, with what to use instead. */
export type OwnHeaders = ReadonlyMap<string, string>;

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function headersOf(values: HeaderValues | undefined, own: OwnHeaders): HeaderPair[] {
  const pairs: HeaderPair[] = [];
  if (values === undefined) return pairs;
  for (const [name, value] of Object.entries(checkObject('headers', values))) {
    if (value === undefined) continue;
    const instead = own.get(name);
    if (instead !== undefined) throw invalidOption('headers', `without "${name}": use ${instead}`);
    if (isList(value)) for (const one of value) pairs.push([name, headerText(name, one)]);
    else pairs.push([name, headerText(name, value)]);
  }
  return pairs;
}

export function headerText(name: string, value: HeaderValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  throw new OptionsError(
    'STOMP_OPT_INVALID',
    `The header "${name}" must be a text, a finite number or a boolean: convert it before`,
  );
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}
