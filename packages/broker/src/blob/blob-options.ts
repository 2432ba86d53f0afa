/** The limits of the blob store. */
import { requireKnown, requireWhole } from '../option-checks.js';

export interface BlobLimits {
  /** Largest blob. Default 16 GiB. */
  readonly maxBlobBytes: number;
  /** All blobs and unfinished uploads together. Default 100 GiB. */
  readonly maxTotalBytes: number;
  /**
   * What blobs leave free on the disk, because the broker stops when its messages find no room.
   * Default 1 GiB.
   */
  readonly minFreeBytes: number;
  /** Requests that send a body at the same time. Default 16. */
  readonly maxUploads: number;
  /** Unfinished uploads, whether something comes or not. Default 1,000. */
  readonly maxParts: number;
  /** An upload that brings nothing, or a download that takes nothing, for so long is ended. Default 60 s. */
  readonly idleTimeoutMs: number;
  /** An unfinished upload is removed when nothing came for so long. Default 24 h. */
  readonly partTtlMs: number;
  /** A blob that no message in the broker refers to is removed after this time. Default 1 h. */
  readonly unreferencedTtlMs: number;
}

export type BlobOptions = Partial<BlobLimits>;

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

const DEFAULTS: BlobLimits = {
  maxBlobBytes: 16 * GIB,
  maxTotalBytes: 100 * GIB,
  minFreeBytes: GIB,
  maxUploads: 16,
  maxParts: 1000,
  idleTimeoutMs: 60_000,
  partTtlMs: 24 * HOUR_MS,
  unreferencedTtlMs: HOUR_MS,
};

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveBlobOptions(raw: BlobOptions = {}): BlobLimits {
  requireKnown('blobs', raw, Object.keys(DEFAULTS));
  for (const [name, value] of Object.entries(raw)) {
    requireWhole(`blobs.${name}`, value, { least: name === 'minFreeBytes' ? 0 : 1 });
  }
  return { ...DEFAULTS, ...raw };
}
