/** Beside the other peers because it is slow, not because it needs one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsLinux, queuesInFlatMemory } from './memory-growth.js';

test(
  'a broker with a million waiting messages needs less than 256 MiB more',
  needsLinux,
  (context) =>
    assert.doesNotReject(queuesInFlatMemory(context, { messages: 1_000_000, maxGrowthMib: 256 })),
);
