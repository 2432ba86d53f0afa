/** The way of a dropped queue out of journal and tree, looked at after a crash at every stage of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { DiskStore } from '../../dist/store/disk-store.js';
import { MessageTree, type RecordChange } from '../../dist/store/message-tree.js';
import type { ReadLimit } from '../../dist/store/store.js';
import { copyAfterCrash } from './crash-copy.js';
import { large, overwrite, segmentPath } from './journal-files.js';
import { temporaryDirectory } from './temporary-directory.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const FULL = Buffer.concat([large(''), large('')]);

/** A store with a queue that fills its journal, and copies of its directory as crashes would leave it. */
class Scene {
  readonly store: DiskStore;
  readonly directory: string;
  readonly #filler: number;
  #count = 0;

  private constructor(store: DiskStore, directory: string) {
    this.store = store;
    this.directory = directory;
    this.#filler = store.createQueue('filler');
  }

  static async open(context: TestContext): Promise<Scene> {
    const directory = join(temporaryDirectory(context), 'data');
    const store = await DiskStore.open(directory);
    context.after(() => store.close());
    return new Scene(store, directory);
  }

  /** A new queue with five records, not committed. */
  queue(name: string): number {
    const queue = this.store.createQueue(name);
    for (let position = 0; position < 5; position++) {
      this.store.put(queue, position, Buffer.from(`${name} ${position}`), 'durable');
    }
    return queue;
  }

  /** What is recent goes into the tree. */
  async turn(): Promise<void> {
    this.store.put(this.#filler, this.#count++, FULL, 'durable');
    await this.store.commit();
    this.store.put(this.#filler, this.#count++, Buffer.from('next'), 'durable');
    await this.store.commit();
  }

  /** Names and depths that a broker finds that starts on what a crash would leave now. */
  async depthsAfterCrash(): Promise<Record<string, number>> {
    const copy = copyAfterCrash(this.directory, `${this.directory}-${this.#count++}`);
    const store = await DiskStore.open(copy);
    const found = store.queues().filter(({ name }) => name !== 'filler');
    for (const { number, depth } of found) {
      assert.equal(store.read(number, 0, ALL).length, depth);
    }
    await store.close();
    return Object.fromEntries(found.map(({ name, depth }) => [name, depth]));
  }
}

describe('after a crash a dropped queue', () => {
  const stages = {
    'that was only in the journal': 0,
    'that was on its way into the tree': 1,
    'that was in the tree': 2,
  };
  for (const [name, turns] of Object.entries(stages)) {
    test(`${name} is gone with its records`, async (context) => {
      const scene = await Scene.open(context);
      const dropped = scene.queue('dropped');
      const kept = scene.queue('kept');
      await scene.store.commit();
      for (let turn = 0; turn < turns; turn++) await scene.turn();
      scene.store.dropQueue(dropped);
      assert.deepEqual(await scene.depthsAfterCrash(), { dropped: 5, kept: 5 }, 'not committed');
      scene.store.remove(kept, 0, 'durable');
      await scene.store.commit();
      for (let turn = 0; turn < 3; turn++) {
        assert.deepEqual(await scene.depthsAfterCrash(), { kept: 4 }, `turn ${turn}`);
        assert.deepEqual(scene.store.read(dropped, 0, ALL), []);
        await scene.turn();
      }
    });
  }

  test('is there as a whole when the frame of the drop is torn', async (context) => {
    const scene = await Scene.open(context);
    const dropped = scene.queue('dropped');
    const kept = scene.queue('kept');
    await scene.store.commit();
    const path = segmentPath(join(scene.directory, 'journal'), 0);
    const before = readFileSync(path);
    scene.store.remove(kept, 0, 'durable');
    scene.store.dropQueue(dropped);
    await scene.store.commit();
    const after = readFileSync(path);
    const start = after.findIndex((byte, index) => byte !== before[index]);
    // Nothing, its head, its first change, the type of the drop: all short of the queue's number.
    const whole = 20 + 11 + 5;
    for (const length of [0, 20, 20 + 11, 20 + 11 + 1, whole]) {
      const torn = Buffer.alloc(whole);
      torn.set(after.subarray(start, start + length));
      overwrite(path, start, torn);
      const expected = length < whole ? { dropped: 5, kept: 5 } : { kept: 4 };
      assert.deepEqual(await scene.depthsAfterCrash(), expected, `${length} bytes`);
    }
  });

  test('stays dropped when a start is interrupted before its journal is made anew', async (context) => {
    const scene = await Scene.open(context);
    const dropped = scene.queue('dropped');
    await scene.store.commit();
    await scene.turn();
    scene.store.dropQueue(dropped);
    await scene.store.commit();
    const started = copyAfterCrash(scene.directory, `${scene.directory}-started`);
    const store = await DiskStore.open(started);
    await store.close();
    copyAfterCrash(join(scene.directory, 'journal'), join(started, 'journal'));
    const again = await DiskStore.open(started);
    context.after(() => again.close());
    assert.deepEqual(
      again.queues().map(({ name }) => name),
      ['filler'],
    );
  });
});

describe('a store on disk', () => {
  test('writes nothing into its journal for a scratch queue', async (context) => {
    const scene = await Scene.open(context);
    await scene.store.commit();
    const path = segmentPath(join(scene.directory, 'journal'), 0);
    const before = readFileSync(path);
    const queue = scene.store.createQueue('temporary', 'scratch');
    await scene.store.commit();
    scene.store.put(queue, 0, Buffer.from('x'), 'scratch');
    await scene.store.commit();
    assert.deepEqual(await scene.depthsAfterCrash(), {});
    scene.store.dropQueue(queue);
    await scene.store.commit();
    assert.ok(before.equals(readFileSync(path)));
  });

  test('gives no queue a number that a scratch queue has, before or after a restart', async (context) => {
    const directory = temporaryDirectory(context);
    const store = await DiskStore.open(directory);
    const scratch = store.createQueue('temporary', 'scratch');
    const durable = store.createQueue('a');
    assert.notEqual(scratch, durable);
    store.put(scratch, 0, Buffer.from('scratch'), 'scratch');
    store.put(durable, 0, Buffer.from('durable'), 'durable');
    await store.commit();
    await store.close();
    const again = await DiskStore.open(directory);
    context.after(() => again.close());
    assert.deepEqual(again.queues(), [{ name: 'a', number: durable, depth: 1, nextPosition: 1 }]);
    assert.notEqual(again.createQueue('b', 'scratch'), durable);
    assert.deepEqual(again.read(scratch, 0, ALL), []);
  });
});

describe('a tree', () => {
  const DROPPED = 7;

  /** A tree with 10,000 records of a queue that was dropped a moment ago, and with another one. */
  async function dropped(path: string): Promise<MessageTree> {
    const tree = new MessageTree(path, { durable: true });
    const record = Buffer.from('x');
    const records = Array.from({ length: 10_000 }, (_, at): RecordChange => [DROPPED, at, record]);
    records.push([DROPPED - 1, 0, record], [DROPPED + 1, 0, record]);
    const newQueues = [
      [DROPPED, 'dropped'],
      [DROPPED - 1, 'kept'],
    ] as const;
    await tree.apply({ newQueues, records });
    await tree.apply({ records: [], droppedQueues: [DROPPED] });
    tree.refresh();
    return tree;
  }

  function count(tree: MessageTree, queue: number): number {
    return [...tree.read(queue, 0)].length;
  }

  test('removes the records of a dropped queue, and no others', async (context) => {
    const tree = await dropped(temporaryDirectory(context));
    context.after(() => tree.close());
    assert.deepEqual(
      tree.queues().map(({ name }) => name),
      ['kept'],
    );
    await tree.sweep();
    tree.refresh();
    assert.deepEqual(
      [DROPPED - 1, DROPPED, DROPPED + 1].map((queue) => count(tree, queue)),
      [1, 0, 1],
    );
  });

  test('that is closed in the middle of it goes on when it is opened again', async (context) => {
    const path = temporaryDirectory(context);
    const first = await dropped(path);
    const swept = first.sweep();
    await first.close();
    await swept;
    const second = new MessageTree(path, { durable: true });
    const left = count(second, DROPPED);
    assert.ok(left > 0 && left < 10_000, `${left} are left`);
    await second.sweep();
    second.refresh();
    assert.equal(count(second, DROPPED), 0);
    await second.close();
  });

  test('gives no queue a number that is still being removed', async (context) => {
    const path = temporaryDirectory(context);
    const tree = new MessageTree(path, { durable: true });
    context.after(() => tree.close());
    await tree.apply({ newQueues: [[DROPPED, 'empty']], records: [] });
    await tree.apply({ records: [], droppedQueues: [DROPPED] });
    tree.refresh();
    assert.equal(tree.nextQueue(), DROPPED + 1);
    await tree.sweep();
    tree.refresh();
    assert.equal(tree.nextQueue(), 0);
  });
});
