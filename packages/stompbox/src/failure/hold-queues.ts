/**
 * Where messages wait for their next try at a broker without a schedule: one queue per delay, so that the
 * one in front is due first, and one for delays that a handler chose.
 */
import type { ResolvedRetry } from './retry-options.js';

/** @param queue name without its prefix */
export function holdQueue(queue: string, delayMs: number, { delayedMs }: ResolvedRetry): string {
  const level = delayedMs.includes(delayMs) ? String(delayMs) : 'other';
  return `/queue/HOLD.${queue}.${level}`;
}

/** All that a listener must bring messages back from. */
export function holdQueues(queue: string, { delayedMs }: ResolvedRetry): readonly string[] {
  if (delayedMs.length === 0) return [];
  const levels = [...new Set(delayedMs)].map(String);
  return [...levels, 'other'].map((level) => `/queue/HOLD.${queue}.${level}`);
}
