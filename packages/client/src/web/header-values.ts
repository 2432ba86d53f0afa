/**
 * What stands for header-values.ts in browsers: headers become pairs. Only names that the client writes
 * itself are refused, because no type can do that and a second one would change what a frame means.
 */

import type { HeaderValues } from '../header-values.js';
import type { HeaderPair } from '../operation.js';
import { invalidOption } from '../option-checks.js';

/** @throws OptionsError `STOMP_OPT_INVALID` */
export function headersOf(values: HeaderValues | undefined, own?: RegExp): HeaderPair[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => {
    if (own?.test(name)) throw invalidOption('headers', `without "${name}"`);
    return value === undefined ? [] : [value].flat().map((one): HeaderPair => [name, String(one)]);
  });
}
