/** The way of records through journal and tree, looked at after a crash at every stage of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { DiskStore } from '../../dist/store/disk-store.js';
import type { ReadLimit } from '../../dist/store/store.js';
import { copyAfterCrash } from './crash-copy.js';
import { flipBit, large, segmentPath } from './journal-files.js';
import { temporaryDirectory } from './temporary-directory.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** A store with one queue, and copies of its directory as crashes would leave it. */
class Scene {
  readonly store: DiskStore;
  readonly queue: number;
  readonly #folder: string;
  readonly #context: TestContext;
  #copies = 0;

  private constructor(store: DiskStore, folder: string, context: TestContext) {
    this.store = store;
    this.queue = store.createQueue('a');
    this.#folder = folder;
    this.#context = context;
    context.after(() => store.close());
  }

  static async open(context: TestContext): Promise<Scene> {
    const folder = temporaryDirectory(context);
    return new Scene(await DiskStore.open(join(folder, 'data')), folder, context);
  }

  async put(position: number, record: Buffer = Buffer.from(`small ${position}`)): Promise<void> {
    this.store.put(this.queue, position, record, 'durable');
    await this.store.commit();
  }

  async remove(position: number): Promise<void> {
    this.store.remove(this.queue, position, 'durable');
    await this.store.commit();
  }

  /** Fills what is left of the segment; the next commit begins a turn. The record is gone again. */
  async fill(position: number): Promise<void> {
    await this.put(position, Buffer.concat([large(`large ${position}`), large('')]));
  }

  /** A copy of the directory as it is now. */
  crash(): string {
    this.#copies += 1;
    return copyAfterCrash(join(this.#folder, 'data'), join(this.#folder, `copy-${this.#copies}`));
  }

  positions(): number[] {
    return positionsIn(this.store, this.queue);
  }

  async reopen(directory: string): Promise<DiskStore> {
    const store = await DiskStore.open(directory);
    this.#context.after(() => store.close());
    return store;
  }

  /** What a broker finds that starts on a copy. */
  async positionsAfter(directory: string): Promise<number[]> {
    const store = await DiskStore.open(directory);
    const positions = positionsIn(store, this.queue);
    await store.close();
    return positions;
  }
}

function positionsIn(store: DiskStore, queue: number): number[] {
  return store.read(queue, 0, ALL).map(({ position }) => position);
}

describe('after a crash', () => {
  test('each commit of many turns is there, and nothing more', async (context) => {
    const scene = await Scene.open(context);
    const expected: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      for (let step = 0; step < 3; step++) {
        const position = turn * 10 + step;
        await scene.put(position);
        expected.push(position);
      }
      await scene.fill(turn * 10 + 9);
      expected.push(turn * 10 + 9);
      // The oldest small record of the turn before, which is in the tree or on its way.
      if (turn > 0) {
        await scene.remove((turn - 1) * 10);
        expected.splice(expected.indexOf((turn - 1) * 10), 1);
      }
      assert.deepEqual(scene.positions(), expected);
      assert.deepEqual(await scene.positionsAfter(scene.crash()), expected, `turn ${turn}`);
    }
  });

  test('what was put in one turn and removed in the next stays removed', async (context) => {
    const scene = await Scene.open(context);
    await scene.put(0);
    await scene.put(1);
    await scene.fill(2);
    await scene.remove(0);
    assert.deepEqual(await scene.positionsAfter(scene.crash()), [1, 2], 'turn 1');
    await scene.fill(3);
    await scene.remove(1);
    assert.deepEqual(await scene.positionsAfter(scene.crash()), [2, 3], 'turn 2');
    await scene.fill(4);
    await scene.put(5);
    assert.deepEqual(await scene.positionsAfter(scene.crash()), [2, 3, 4, 5], 'turn 3');
  });

  test('what was put and removed within a turn never comes back', async (context) => {
    const scene = await Scene.open(context);
    for (let turn = 0; turn < 4; turn++) {
      await scene.fill(turn);
      await scene.remove(turn);
      assert.deepEqual(await scene.positionsAfter(scene.crash()), [], `turn ${turn}`);
    }
  });

  test('while a turn is on its way into the tree nothing is missing or twice', async (context) => {
    const scene = await Scene.open(context);
    const queues = Array.from({ length: 200 }, (_, index) => scene.store.createQueue(`q${index}`));
    for (const queue of queues) {
      for (let position = 0; position < 50; position++) {
        scene.store.put(queue, position, Buffer.alloc(1500, `${queue}/${position} `), 'durable');
      }
    }
    await scene.fill(0);
    for (const queue of queues) scene.store.remove(queue, 0, 'durable');
    // This commit begins the next turn, so the tree is written from now on.
    await scene.put(1);
    for (let moment = 0; moment < 4; moment++) {
      assert.deepEqual(scene.positions(), [0, 1]);
      const copied = await scene.reopen(scene.crash());
      for (const queue of queues) {
        assert.equal(scene.store.read(queue, 0, ALL).length, 49);
        assert.equal(positionsIn(copied, queue).length, 49);
        assert.equal(positionsIn(copied, queue)[0], 1);
      }
    }
  });

  test('a second crash before the journal is made anew changes nothing', async (context) => {
    const scene = await Scene.open(context);
    await scene.put(0);
    await scene.fill(1);
    await scene.remove(0);
    await scene.put(2);
    const crashed = scene.crash();
    const again = `${crashed}-again`;
    copyAfterCrash(crashed, again);
    // The tree of a start that has applied all, with the journal as it was before that start.
    await scene.positionsAfter(crashed);
    copyAfterCrash(join(again, 'journal'), join(crashed, 'journal'));
    assert.deepEqual(await scene.positionsAfter(crashed), [1, 2]);
    // The tree as it was before that start, too.
    assert.deepEqual(await scene.positionsAfter(again), [1, 2]);
  });

  test('damage among confirmed messages stops the start, and the lock is free', async (context) => {
    const scene = await Scene.open(context);
    await scene.put(0);
    await scene.put(1);
    const crashed = scene.crash();
    flipBit(segmentPath(join(crashed, 'journal'), 0), 40);
    const isDamaged = { name: 'StoreError', code: 'STOMP_STORE_CORRUPT_JOURNAL' };
    await assert.rejects(DiskStore.open(crashed), isDamaged);
    flipBit(segmentPath(join(crashed, 'journal'), 0), 40);
    assert.deepEqual(await scene.positionsAfter(crashed), [0, 1]);
  });
});
