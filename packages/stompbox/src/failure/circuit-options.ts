/** When a listener pauses because nearly everything fails, and how it finds out that it may go on. */
import * as v from 'valibot';
import { aWholeNumber, expected, parseOptions } from '../options.js';

export interface CircuitOptions {
  /** Opens after so many failed attempts without a success between them. Default 20. */
  readonly consecutiveFailures?: number | undefined;
  /** Opens when this part of the attempts within `windowMs` has failed, 0 to 1. Default 0.5. */
  readonly failureRate?: number | undefined;
  /** Default 60,000. */
  readonly windowMs?: number | undefined;
  /** The rate counts only with so many attempts in the window. Default 20. */
  readonly minAttempts?: number | undefined;
  /** While it is open one message is tried this often; a success closes it. Default 10,000. */
  readonly probeEveryMs?: number | undefined;
}

export type ResolvedCircuit = { readonly [K in keyof CircuitOptions]-?: number };

const MOST = 1_000_000;
const LONGEST_MS = 2_147_483_647;

const circuitOptions = v.strictObject({
  consecutiveFailures: v.optional(aWholeNumber(1, MOST)),
  failureRate: v.optional(
    expected<number>(
      'a number above 0 and up to 1',
      (value) => typeof value === 'number' && value > 0 && value <= 1,
    ),
  ),
  windowMs: v.optional(aWholeNumber(1, LONGEST_MS)),
  minAttempts: v.optional(aWholeNumber(1, MOST)),
  probeEveryMs: v.optional(aWholeNumber(1, LONGEST_MS)),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function checkCircuit(raw: CircuitOptions | false): ResolvedCircuit | undefined {
  if (raw === false) return undefined;
  const given = parseOptions(circuitOptions, raw, {
    describe: (key) => (key === '' ? 'The option circuit' : `The option circuit.${key}`),
  });
  return {
    consecutiveFailures: given.consecutiveFailures ?? 20,
    failureRate: given.failureRate ?? 0.5,
    windowMs: given.windowMs ?? 60_000,
    minAttempts: given.minAttempts ?? 20,
    probeEveryMs: given.probeEveryMs ?? 10_000,
  };
}
