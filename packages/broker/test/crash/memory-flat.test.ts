import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsLinux, queuesInFlatMemory } from './memory-growth.js';

for (const isPersistent of [true, false]) {
  const name = `${isPersistent ? '' : 'non-'}persistent`;
  test(
    `a broker with 200,000 ${name} messages needs less than 256 MiB more`,
    needsLinux,
    (context) => {
      const growth = { messages: 200_000, isPersistent, maxGrowthMib: 256 };
      return assert.doesNotReject(queuesInFlatMemory(context, growth));
    },
  );
}
