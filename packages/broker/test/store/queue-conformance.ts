/** What becomes of the queues of every store: how they begin and how they are dropped. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReadLimit, RecordKind, Store } from '../../dist/store/store.js';
import { shown } from './store-conformance.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const KINDS: readonly RecordKind[] = ['durable', 'scratch'];

/** @param open an empty store that is closed after the test */
export function queueConformance(name: string, open: (test: TestContext) => Promise<Store>): void {
  describe(`${name}, as every store:`, () => {
    test('a dropped queue can be read until the commit, and is gone after it', async (context) => {
      const store = await open(context);
      const [dropped, other] = [store.createQueue('a'), store.createQueue('b')];
      for (const queue of [dropped, other]) putBothKinds(store, queue, 0);
      await store.commit();
      putBothKinds(store, dropped, 2);
      store.dropQueue(dropped);
      putBothKinds(store, other, 2);
      const before = ['0 durable record 0', '1 scratch record 1'];
      for (const queue of [dropped, other]) assert.deepEqual(texts(store, queue), before);
      await store.commit();
      assert.deepEqual(texts(store, dropped), []);
      const after = [...before, '2 durable record 2', '3 scratch record 3'];
      assert.deepEqual(texts(store, other), after, 'the rest of the batch has taken effect');
    });

    test('a drop during a commit belongs to the next one', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      putBothKinds(store, queue, 0);
      const first = store.commit();
      store.dropQueue(queue);
      await first;
      assert.equal(texts(store, queue).length, 2);
      await store.commit();
      assert.deepEqual(texts(store, queue), []);
    });

    test('nothing may be put into a dropped queue, and it is dropped once', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      await store.commit();
      store.dropQueue(queue);
      for (const moment of ['before the commit', 'after it']) {
        for (const kind of KINDS) {
          const put = () => store.put(queue, 0, Buffer.from('x'), kind);
          assert.throws(put, /dropped or never created/, moment);
        }
        assert.throws(() => store.dropQueue(queue), /dropped or never created/, moment);
        await store.commit();
      }
      assert.throws(() => store.dropQueue(queue + 1), /dropped or never created/);
    });

    test('a removal from a dropped queue does nothing', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a');
      putBothKinds(store, queue, 0);
      await store.commit();
      store.dropQueue(queue);
      for (let moment = 0; moment < 2; moment++) {
        for (const kind of KINDS) store.remove(queue, 0, kind);
        await store.commit();
        assert.deepEqual(texts(store, queue), []);
      }
    });

    test('a queue may be created, filled and dropped in one batch', async (context) => {
      const store = await open(context);
      for (const kind of KINDS) {
        const queue = store.createQueue('a', kind);
        store.put(queue, 0, Buffer.from('x'), kind);
        store.dropQueue(queue);
        await store.commit();
        assert.deepEqual(texts(store, queue), []);
      }
    });

    test('no queue has the number of another one, dropped ones included', async (context) => {
      const store = await open(context);
      const numbers = new Set<number>();
      for (let index = 0; index < 60; index++) {
        const queue = store.createQueue('same name', KINDS[index % 2]);
        numbers.add(queue);
        if (index % 3 > 0) store.dropQueue(queue);
        if (index % 7 === 0) await store.commit();
      }
      assert.equal(numbers.size, 60);
    });

    test('a scratch queue keeps scratch records and refuses durable ones', async (context) => {
      const store = await open(context);
      const queue = store.createQueue('a', 'scratch');
      assert.throws(() => store.put(queue, 0, Buffer.from('x'), 'durable'), /scratch queue/);
      for (const position of [0, 1]) store.put(queue, position, Buffer.from('y'), 'scratch');
      await store.commit();
      store.remove(queue, 0, 'scratch');
      store.remove(queue, 1, 'durable');
      await store.commit();
      assert.deepEqual(texts(store, queue), ['1 scratch y']);
      store.dropQueue(queue);
      await store.commit();
      assert.deepEqual(texts(store, queue), []);
    });
  });
}

/** A durable record at a position, and a scratch one behind it. */
function putBothKinds(store: Store, queue: number, position: number): void {
  store.put(queue, position, Buffer.from(`record ${position}`), 'durable');
  store.put(queue, position + 1, Buffer.from(`record ${position + 1}`), 'scratch');
}

function texts(store: Store, queue: number): string[] {
  return shown(store.read(queue, 0, ALL));
}
