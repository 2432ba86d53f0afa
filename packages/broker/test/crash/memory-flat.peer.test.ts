/** Beside the other peers because it is slow, not because it needs one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsLinux, queuesInFlatMemory } from './memory-growth.js';

for (const isPersistent of [true, false]) {
  const name = `${isPersistent ? '' : 'non-'}persistent`;
  test(
    `a broker with ten million ${name} messages needs less than 256 MiB more`,
    needsLinux,
    (context) => {
      const growth = { messages: 10_000_000, isPersistent, maxGrowthMib: 256 };
      return assert.doesNotReject(queuesInFlatMemory(context, growth));
    },
  );
}
