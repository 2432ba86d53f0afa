import { OptionsError } from './errors.js';

/** How much a peer may send. Every limit is checked before the bytes that would break it are kept. */
export interface FrameLimits {
  /** Longest command line in bytes. Default 1,024. */
  readonly maxCommandBytes: number;
  /** Longest header line, name, colon and value, in bytes. Default 10,240. */
  readonly maxHeaderLineBytes: number;
  /** Most header lines of one frame. Default 1,000. */
  readonly maxHeaders: number;
  /** Largest body in bytes. Default 100 MiB. */
  readonly maxBodyBytes: number;
  /** Largest frame, command, headers and body together, in bytes. Default 101 MiB. */
  readonly maxFrameBytes: number;
}

const MIB = 1024 * 1024;

/** ActiveMQ's numbers, so that what passes there passes here. */
export const DEFAULT_LIMITS: FrameLimits = {
  maxCommandBytes: 1024,
  maxHeaderLineBytes: 10_240,
  maxHeaders: 1000,
  maxBodyBytes: 100 * MIB,
  maxFrameBytes: 101 * MIB,
};

/**
 * Fills in defaults for what is left out or `undefined`.
 *
 * @throws OptionsError `STOMP_OPT_INVALID` for a limit that is not a whole number,
 * `STOMP_OPT_UNKNOWN` for a name that is no limit.
 */
export function resolveFrameLimits(limits: Partial<FrameLimits> = {}): FrameLimits {
  const resolved: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) {
      const known = Object.keys(DEFAULT_LIMITS).join(', ');
      throw new OptionsError('STOMP_OPT_UNKNOWN', `Unknown limit "${name}": use one of ${known}`);
    }
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The limit ${name} is ${value}: give a whole number of at least 0`,
      );
    }
    resolved[name] = value;
  }
  return resolved as unknown as FrameLimits;
}
