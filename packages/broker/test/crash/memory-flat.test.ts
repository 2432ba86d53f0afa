import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsLinux, queuesInFlatMemory } from './memory-growth.js';

test('a broker with 200,000 waiting messages needs less than 256 MiB more', needsLinux, (context) =>
  assert.doesNotReject(queuesInFlatMemory(context, { messages: 200_000, maxGrowthMib: 256 })),
);
