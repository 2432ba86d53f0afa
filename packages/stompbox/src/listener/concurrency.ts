/** How many messages are handled at the same time, in the syntax of JMS: `4`, or `'5-10'`. */
export type Concurrency = number | `${number}` | `${number}-${number}`;

export interface ConcurrencyRange {
  readonly min: number;
  readonly max: number;
}

const MAX_CONCURRENCY = 10_000;

export function isConcurrency(value: unknown): boolean {
  return rangeOf(value) !== undefined;
}

/** @param concurrency checked by `isConcurrency` */
export function concurrencyOf(concurrency: Concurrency): ConcurrencyRange {
  return rangeOf(concurrency) ?? { min: 1, max: 1 };
}

function rangeOf(value: unknown): ConcurrencyRange | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const [, first, second = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value).trim()) ?? [];
  if (first === undefined) return undefined;
  const [min, max] = [Number(first), Number(second)];
  return min >= 1 && min <= max && max <= MAX_CONCURRENCY ? { min, max } : undefined;
}
