/** What a run of restarts came to, for whoever reads the output of the tests. */
import type { Outcome } from './restarts.js';

export function outcomeTable(outcome: Outcome): string {
  const rows: (readonly [string, number])[] = [
    ['restarts of the broker', outcome.restarts],
    ['messages sent', outcome.sent],
    ['sends repeated by callers', outcome.retries],
    ['messages consumed', outcome.consumed],
    ['lost', outcome.lost.length],
    ['duplicates, flagged', outcome.flagged],
    ['duplicates, sent without dedup-id', outcome.withoutDedup],
    ['duplicates, not flagged', outcome.unflagged.length],
    ['ms until the broker listens, mean', Math.round(outcome.brokerMs)],
    ['ms until all are back, mean', Math.round(outcome.backMs)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(36)}${String(value).padStart(8)}`).join('\n');
}
