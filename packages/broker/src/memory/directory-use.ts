/**
 * How much of the disk the store's directory takes, and how much it could take. Asked rarely, and looked
 * up at most once a second: it reads the sizes of a few files.
 */
import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Usage } from '../statistics/statistics-source.js';

const LOOK_EVERY_MS = 1000;

/** Holds what is on disk only because memory is short. */
const SCRATCH = 'scratch';

export interface DirectoryUsage {
  readonly store: Usage;
  readonly temp: Usage;
}

const NOTHING: Usage = { usedBytes: 0, limitBytes: 0 };

export class DirectoryUse {
  /** `undefined`: nothing is on disk. */
  readonly #directory: string | undefined;
  readonly #clock: Clock;
  #seen: { readonly atMs: number; readonly usage: DirectoryUsage } | undefined;

  constructor(directory: string | undefined, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  usage(): DirectoryUsage {
    if (this.#directory === undefined) return { store: NOTHING, temp: NOTHING };
    const now = this.#clock.monotonicMs();
    if (this.#seen === undefined || now - this.#seen.atMs >= LOOK_EVERY_MS) {
      this.#seen = { atMs: now, usage: look(this.#directory) };
    }
    return this.#seen.usage;
  }
}

/** What is free counts for both: either may take it. */
function look(directory: string): DirectoryUsage {
  const { bavail, bsize } = statfsSync(directory);
  const freeBytes = bavail * bsize;
  const tempBytes = bytesIn(join(directory, SCRATCH));
  const storeBytes = bytesIn(directory) - tempBytes;
  return {
    store: { usedBytes: storeBytes, limitBytes: storeBytes + freeBytes },
    temp: { usedBytes: tempBytes, limitBytes: tempBytes + freeBytes },
  };
}

function bytesIn(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) bytes += bytesIn(path);
    // Files of the journal come and go.
    else if (entry.isFile()) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
