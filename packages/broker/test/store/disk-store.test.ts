/** What is special to the store on disk: it remembers. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { DiskStore } from '../../dist/store/disk-store.js';
import { MessageTree } from '../../dist/store/message-tree.js';
import type { ReadLimit, Store } from '../../dist/store/store.js';
import { copyAfterCrash } from './crash-copy.js';
import { queueConformance } from './queue-conformance.js';
import { shown, storeConformance } from './store-conformance.js';
import { type Restart, storeKeepsToModel } from './store-model.js';
import { temporaryDirectory } from './temporary-directory.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

for (const conformance of [storeConformance, queueConformance]) {
  conformance('a store on disk', async (context) => {
    const store = await DiskStore.open(temporaryDirectory(context));
    context.after(() => store.close());
    return store;
  });
}

/** Opens stores one after the other, each on what the one before has left. */
class Restarts {
  readonly #folder: string;
  #count = 0;
  #directory = '';

  constructor(context: TestContext) {
    this.#folder = temporaryDirectory(context);
  }

  /** A store in a new directory. */
  open(): Promise<DiskStore> {
    rmSync(this.#folder, { recursive: true, force: true });
    this.#directory = this.#next();
    return DiskStore.open(this.#directory);
  }

  async restart(store: Store, how: Restart): Promise<DiskStore> {
    if (how === 'crash') this.#directory = copyAfterCrash(this.#directory, this.#next());
    await store.close();
    return DiskStore.open(this.#directory);
  }

  #next(): string {
    this.#count += 1;
    return join(this.#folder, String(this.#count));
  }
}

for (const how of ['close', 'crash'] as const) {
  describe(`after a ${how} a store on disk`, () => {
    test('has its queues, with depth and next position', async (context) => {
      const restarts = new Restarts(context);
      const store = await restarts.open();
      const names = ['orders', 'ordres reçus', 'empty', '注文.🚀'];
      const numbers = names.map((name) => store.createQueue(name));
      const [orders = -1, recus = -1] = numbers;
      for (let position = 0; position < 5; position++) {
        store.put(orders, position, Buffer.from(`order ${position}`), 'durable');
        store.put(recus, position, Buffer.from(`reçu ${position}`), 'durable');
      }
      await store.commit();
      for (const position of [0, 2]) store.remove(orders, position, 'durable');
      for (const position of [3, 4]) store.remove(recus, position, 'durable');
      await store.commit();
      const again = await restarts.restart(store, how);
      context.after(() => again.close());
      const queues = [...again.queues()].sort((a, b) => a.number - b.number);
      assert.deepEqual(queues, [
        { name: 'orders', number: orders, depth: 3, nextPosition: 5 },
        { name: 'ordres reçus', number: recus, depth: 3, nextPosition: 3 },
        { name: 'empty', number: numbers[2], depth: 0, nextPosition: 0 },
        { name: '注文.🚀', number: numbers[3], depth: 0, nextPosition: 0 },
      ]);
      assert.deepEqual(shown(again.read(orders, 0, ALL)), [
        '1 durable order 1',
        '3 durable order 3',
        '4 durable order 4',
      ]);
      assert.ok(!numbers.includes(again.createQueue('new')));
    });

    test('has no scratch records and nothing that was not committed', async (context) => {
      const restarts = new Restarts(context);
      const store = await restarts.open();
      const queue = store.createQueue('a');
      store.put(queue, 0, Buffer.from('kept'), 'durable');
      store.put(queue, 1, Buffer.from('scratch'), 'scratch');
      await store.commit();
      store.put(queue, 2, Buffer.from('lost'), 'durable');
      store.remove(queue, 0, 'durable');
      store.createQueue('lost');
      const again = await restarts.restart(store, how);
      context.after(() => again.close());
      assert.deepEqual(shown(again.read(queue, 0, ALL)), ['0 durable kept']);
      assert.deepEqual(again.queues(), [{ name: 'a', number: queue, depth: 1, nextPosition: 1 }]);
    });

    test('has records of 20 MiB', async (context) => {
      const restarts = new Restarts(context);
      const store = await restarts.open();
      const queue = store.createQueue('a');
      const large = Buffer.alloc(20 * 1024 * 1024, 'a large record, ');
      store.put(queue, 0, large, 'durable');
      await store.commit();
      store.put(queue, 1, large.subarray(1), 'durable');
      await store.commit();
      const again = await restarts.restart(store, how);
      context.after(() => again.close());
      const [first, second] = again.read(queue, 0, ALL);
      assert.ok(first && large.equals(first.record));
      assert.ok(second && large.subarray(1).equals(second.record));
    });

    test('has a thousand queues', async (context) => {
      const restarts = new Restarts(context);
      const store = await restarts.open();
      for (let index = 0; index < 1000; index++) {
        store.put(store.createQueue(`q${index}`), 0, Buffer.from(`of q${index}`), 'durable');
      }
      await store.commit();
      const again = await restarts.restart(store, how);
      context.after(() => again.close());
      assert.equal(again.queues().length, 1000);
      for (const { name, number } of again.queues()) {
        assert.deepEqual(shown(again.read(number, 0, ALL)), [`0 durable of ${name}`]);
      }
    });
  });
}

describe('a store on disk', () => {
  test('gives no queue the number of records whose queue is lost', async (context) => {
    const directory = temporaryDirectory(context);
    const tree = new MessageTree(join(directory, 'messages'), { durable: true });
    const newQueues = [[3, 'named']] as const;
    const lost = Buffer.from('of a queue whose name was lost');
    await tree.apply({ newQueues, records: [[7, 0, lost]] });
    await tree.close();
    const store = await DiskStore.open(directory);
    context.after(() => store.close());
    assert.deepEqual(
      store.queues().map(({ name }) => name),
      ['named'],
    );
    const queue = store.createQueue('new');
    await store.commit();
    assert.equal(queue, 8);
    assert.deepEqual(store.read(queue, 0, ALL), []);
  });

  test('does what a plain model does, through restarts and turns of its journal', async (context) => {
    const restarts = new Restarts(context);
    await storeKeepsToModel({
      runs: 25,
      restarts: ['close', 'crash'],
      open: () => restarts.open(),
      restart: (store, how) => restarts.restart(store, how),
    });
  });
});
