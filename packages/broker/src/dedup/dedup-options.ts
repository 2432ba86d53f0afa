/** How much the broker remembers of what it was sent, checked at the door. */
import { requireKnown, requireWhole } from '../option-checks.js';

export interface DedupOptions {
  /** Ids that are remembered; the oldest is forgotten first. Default 100,000. */
  readonly maxIds: number;
  /** Time in ms for which an id is remembered. Default 600,000. */
  readonly maxAgeMs: number;
}

const DEFAULTS: DedupOptions = { maxIds: 100_000, maxAgeMs: 600_000 };

/** @throws OptionsError `STOMP_OPT_UNKNOWN`, `STOMP_OPT_INVALID` */
export function resolveDedupOptions(raw: Partial<DedupOptions> = {}): DedupOptions {
  requireKnown('dedup', raw, Object.keys(DEFAULTS));
  // Without a window the header would be taken and not kept to.
  for (const [name, value] of Object.entries(raw))
    requireWhole(`dedup.${name}`, value, { least: 1 });
  return { ...DEFAULTS, ...raw };
}
