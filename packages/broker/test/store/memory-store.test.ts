import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { queueConformance } from './queue-conformance.js';
import { storeConformance } from './store-conformance.js';
import { storeKeepsToModel } from './store-model.js';

for (const conformance of [storeConformance, queueConformance]) {
  conformance('a store in memory', async (context) => {
    const store = new MemoryStore();
    context.after(() => store.close());
    return store;
  });
}

describe('a store in memory', () => {
  test('does what a plain model does', () =>
    storeKeepsToModel({ open: async () => new MemoryStore(), runs: 200, restarts: [] }));

  test('knows no queue that it did not create', () => {
    const store = new MemoryStore();
    assert.throws(() => store.put(3, 0, Buffer.from('x'), 'durable'), /never created/);
  });
});
