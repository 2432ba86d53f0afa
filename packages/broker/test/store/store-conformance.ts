/** What every store must do, whatever it keeps its records in. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReadLimit, Store, StoredRecord } from '../../dist/store/store.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const MIB = 1024 * 1024;

/** @param open an empty store that is closed after the test */
export function storeConformance(name: string, open: (test: TestContext) => Promise<Store>): void {
  describe(`${name}, as every store:`, () => {
    test('a record is read only after the commit that holds it', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      await store.commit();
      store.put(queue, 0, bytes('one'), 'durable');
      store.put(queue, 1, bytes('two'), 'scratch');
      assert.deepEqual(shown(store.read(queue, 0, ALL)), []);
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['0 durable one', '1 scratch two']);
    });

    test('a removal counts only after the commit that holds it', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.put(queue, 0, bytes('one'), 'durable');
      await store.commit();
      store.remove(queue, 0, 'durable');
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['0 durable one']);
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), []);
    });

    test('writes during a commit belong to the next one', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.put(queue, 0, bytes('one'), 'durable');
      const first = store.commit();
      store.put(queue, 1, bytes('two'), 'durable');
      store.put(queue, 2, bytes('three'), 'scratch');
      store.remove(queue, 0, 'durable');
      await first;
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['0 durable one']);
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['1 durable two', '2 scratch three']);
    });

    test('the writes of a batch take effect in their order', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      for (const kind of ['durable', 'scratch'] as const) {
        const position = kind === 'durable' ? 0 : 1;
        store.put(queue, position, bytes('gone'), kind);
        store.remove(queue, position, kind);
      }
      store.put(queue, 2, bytes('stays'), 'durable');
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['2 durable stays']);
    });

    test('a commit of nothing is a commit', async (context) => {
      const store = await open(context);
      await store.commit();
      const queue = store.createQueue('a');
      await store.commit();
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), []);
    });

    test('records come in the order of positions, from the position asked for', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      const positions = [0, 1, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40];
      for (const position of positions) {
        store.put(queue, position, bytes('x'), 'durable');
        await store.commit();
      }
      for (const [index, from] of positions.entries()) {
        const found = store.read(queue, from, ALL).map(({ position }) => position);
        assert.deepEqual(found, positions.slice(index));
      }
      assert.deepEqual(store.read(queue, 2 ** 40 + 1, ALL), []);
    });

    test('a page ends with the record that reaches its limit of records or bytes', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      for (let position = 0; position < 10; position++) {
        store.put(queue, position, bytes('12345'), 'durable');
      }
      await store.commit();
      const pageOf = (limit: Partial<ReadLimit>) =>
        store.read(queue, 2, { ...ALL, ...limit }).map(({ position }) => position);
      assert.deepEqual(pageOf({ records: 3 }), [2, 3, 4]);
      assert.deepEqual(pageOf({ bytes: 10 }), [2, 3]);
      assert.deepEqual(pageOf({ bytes: 11 }), [2, 3, 4]);
      assert.deepEqual(pageOf({ records: 2, bytes: 1000 }), [2, 3]);
      assert.deepEqual(pageOf({ records: 8 }), [2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test('a page holds at least one record, however large it is', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.put(queue, 0, bytes('a long record'), 'durable');
      store.put(queue, 1, bytes('a long record'), 'scratch');
      await store.commit();
      const limit = { records: 100, bytes: 1 };
      assert.deepEqual(shown(store.read(queue, 0, limit)), ['0 durable a long record']);
      assert.deepEqual(shown(store.read(queue, 1, limit)), ['1 scratch a long record']);
    });

    test('scratch and durable records stand in one page by position', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      const kindOf = (position: number) => (position % 3 === 0 ? 'durable' : 'scratch');
      for (let position = 0; position < 20; position++) {
        store.put(queue, position, bytes('123'), kindOf(position));
        if (position % 7 === 0) await store.commit();
      }
      await store.commit();
      const expected = Array.from(
        { length: 20 },
        (_, position) => `${position} ${kindOf(position)} 123`,
      );
      assert.deepEqual(shown(store.read(queue, 0, ALL)), expected);
      assert.deepEqual(
        shown(store.read(queue, 4, { ...ALL, records: 6 })),
        expected.slice(4, 10),
        'no later record of one kind stands before an earlier one of the other',
      );
      assert.deepEqual(
        shown(store.read(queue, 5, { ...ALL, bytes: 12 })),
        expected.slice(5, 9),
        'the limit of bytes counts both kinds',
      );
    });

    test('only a record of the named kind is removed', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.put(queue, 0, bytes('one'), 'durable');
      store.put(queue, 1, bytes('two'), 'scratch');
      await store.commit();
      store.remove(queue, 0, 'scratch');
      store.remove(queue, 1, 'durable');
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['0 durable one', '1 scratch two']);
      store.remove(queue, 0, 'durable');
      store.remove(queue, 1, 'scratch');
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), []);
    });

    test('the removal of a record that is not there is no error', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.remove(queue, 7, 'durable');
      store.remove(queue, 7, 'scratch');
      await store.commit();
      store.put(queue, 8, bytes('eight'), 'durable');
      await store.commit();
      store.remove(queue, 7, 'durable');
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['8 durable eight']);
    });

    test('what was read stays as it was read', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      for (let position = 0; position < 300; position++) {
        const kind = position % 2 === 0 ? 'durable' : 'scratch';
        store.put(queue, position, bytes(`record ${position}`), kind);
      }
      await store.commit();
      const page = store.read(queue, 0, ALL);
      const before = shown(page);
      for (let position = 0; position < 300; position++) {
        store.remove(queue, position, position % 2 === 0 ? 'durable' : 'scratch');
        store.put(queue, position + 300, bytes(`later ${position}`), 'scratch');
      }
      await store.commit();
      assert.equal(store.read(queue, 0, ALL).length, 300);
      assert.deepEqual(shown(page), before);
    });

    test('many queues keep their records apart', async (context) => {
      const store = await open(context);
      const names = Array.from({ length: 600 }, (_, index) => `queue-${index}`);
      const queues = names.map((name) => store.createQueue(name));
      assert.equal(new Set(queues).size, 600);
      for (const [index, queue] of queues.entries()) {
        store.put(queue, 0, bytes(`durable-${index}`), 'durable');
        store.put(queue, 1, bytes(`scratch-${index}`), 'scratch');
      }
      await store.commit();
      for (const [index, queue] of queues.entries()) {
        assert.deepEqual(shown(store.read(queue, 0, ALL)), [
          `0 durable durable-${index}`,
          `1 scratch scratch-${index}`,
        ]);
      }
    });

    test('records of 20 MiB are kept byte by byte', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      const large = Buffer.alloc(20 * MIB, 'a large record, ');
      store.put(queue, 0, large, 'durable');
      await store.commit();
      store.put(queue, 1, large.subarray(1), 'scratch');
      store.put(queue, 2, bytes('small'), 'durable');
      await store.commit();
      const [first, second, third] = store.read(queue, 0, ALL);
      assert.ok(first && large.equals(first.record));
      assert.ok(second && large.subarray(1).equals(second.record));
      assert.deepEqual(third && shown([third]), ['2 durable small']);
    });

    test('page after page all records are read once and in order', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      for (let position = 0; position < 5000; position++) {
        store.put(queue, position, bytes(`${position}`), position % 5 ? 'durable' : 'scratch');
        if (position % 1234 === 0) await store.commit();
      }
      await store.commit();
      const found: number[] = [];
      for (;;) {
        const page = store.read(queue, found.length, { records: 128, bytes: 400 });
        if (page.length === 0) break;
        found.push(...page.map(({ position }) => position));
      }
      assert.deepEqual(
        found,
        Array.from({ length: 5000 }, (_, position) => position),
      );
    });

    test('a position that is not higher than all before it is refused', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      store.put(queue, 5, bytes('five'), 'durable');
      assert.throws(() => store.put(queue, 5, bytes('again'), 'scratch'), /only grow/);
      assert.throws(() => store.put(queue, 4, bytes('four'), 'durable'), /only grow/);
      await store.commit();
      assert.deepEqual(shown(store.read(queue, 0, ALL)), ['5 durable five']);
    });

    test('its queues are those it was opened with', async (context) => {
      const store = await open(context);
      assert.deepEqual(store.queues(), []);
      store.createQueue('a');
      await store.commit();
      assert.deepEqual(store.queues(), []);
    });
  });
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/** Records as short texts: position, kind, content. */
export function shown(records: readonly StoredRecord[]): string[] {
  return records.map(
    ({ position, kind, record }) => `${position} ${kind} ${Buffer.from(record).toString('utf8')}`,
  );
}
