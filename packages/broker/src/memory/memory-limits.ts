/** What the broker may hold in memory for its clients, as the host sets it. */
import { totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { requireKnown, requireWhole } from '../option-checks.js';

const MIB = 1024 * 1024;

export interface MemoryLimits {
  /**
   * Bytes of messages in memory from which on queues keep no more of them there and producers are slowed.
   * Default 1 GiB, or a quarter of the machine's memory if that is less; at most three quarters of it.
   */
  readonly maxBytes: number;
  /**
   * Bytes that the transactions of one connection may hold, and its unsettled messages; no frame of a
   * client may be larger. Default 256 MiB, or `maxBytes` if that is less.
   */
  readonly maxConnectionBytes: number;
}

const DEFAULTS: MemoryLimits = { maxBytes: 1024 * MIB, maxConnectionBytes: 256 * MIB };

/** Of the machine's memory. The rest is for the code, what goes to the disk, and everybody else. */
const DEFAULT_SHARE = 1 / 4;
const GREATEST_SHARE = 3 / 4;

/** Memory of the machine, or of the container that the broker runs in. */
export function machineBytes(): number {
  const total = totalmem();
  const allowed = constrainedMemory();
  return allowed > 0 && allowed < total ? allowed : total;
}

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveMemoryLimits(
  raw: Partial<MemoryLimits> = {},
  available: number = machineBytes(),
): MemoryLimits {
  requireKnown('memoryLimits', raw, Object.keys(DEFAULTS));
  const most = Math.floor(available * GREATEST_SHARE);
  const { maxBytes = Math.min(DEFAULTS.maxBytes, Math.floor(available * DEFAULT_SHARE)) } = raw;
  const meaning = `, three quarters of this machine's memory`;
  requireWhole('memoryLimits.maxBytes', maxBytes, { least: 1, most, meaning });
  const { maxConnectionBytes = Math.min(DEFAULTS.maxConnectionBytes, maxBytes) } = raw;
  requireWhole('memoryLimits.maxConnectionBytes', maxConnectionBytes, {
    ...{ least: 1, most: maxBytes, meaning: ', which is memoryLimits.maxBytes' },
  });
  return { maxBytes, maxConnectionBytes };
}
