/** The window of dedup-ids on disk: what a restart and a crash leave of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { DedupOptions } from '../../dist/dedup/dedup-options.js';
import { DiskStore } from '../../dist/store/disk-store.js';
import { FakeClock } from '../fake-clock.js';
import { copyAfterCrash } from '../store/crash-copy.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { DedupScene } from './dedup-scene.js';

interface Restart {
  readonly how: 'close' | 'crash';
  readonly downMs?: number;
  readonly options?: Partial<DedupOptions>;
}

class Runs {
  readonly #context: TestContext;
  #directory: string;

  constructor(context: TestContext) {
    this.#context = context;
    this.#directory = join(temporaryDirectory(context), '0');
  }

  async first(): Promise<DedupScene> {
    return new DedupScene(await DiskStore.open(this.#directory));
  }

  async after(scene: DedupScene, { how, downMs = 0, options }: Restart): Promise<DedupScene> {
    if (how === 'crash') {
      const copy = `${this.#directory}-`;
      this.#directory = copyAfterCrash(this.#directory, copy);
      await scene.commits.flush();
    }
    await scene.store.close();
    const clock = new FakeClock();
    clock.advance(scene.clock.now() - clock.now() + downMs);
    const store = await DiskStore.open(this.#directory);
    this.#context.after(() => store.close());
    return new DedupScene(store, options, clock);
  }
}

for (const how of ['close', 'crash'] as const) {
  describe(`after a ${how}`, () => {
    test('ids of persistent messages are known, those of others are not', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('1');
      before.sends('2', { isPersistent: false });
      await before.commits.flush();
      const after = await runs.after(before, { how });
      assert.equal(after.sends('1'), 0);
      assert.equal(after.window.check('/queue/a', '2'), 'new');
      await after.commits.flush();
      assert.deepEqual(after.messages(), ['/queue/a 1']);
    });

    test('ids are as old as they were, and the oldest still goes first', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('1');
      before.clock.advance(400_000);
      for (const id of ['2', '3', '4']) before.sends(id);
      await before.commits.flush();
      const after = await runs.after(before, { how, downMs: 200_000, options: { maxIds: 2 } });
      const known = ['1', '2', '3', '4'].filter(
        (id) => after.window.check('/queue/a', id) !== 'new',
      );
      assert.deepEqual(known, ['3', '4']);
      await after.commits.flush();
      assert.equal(after.storedIds(), 2);
    });
  });
}

test('a crash leaves message and id together, or neither', async (context) => {
  const runs = new Runs(context);
  const before = await runs.first();
  before.sends('1');
  await before.commits.flush();
  before.sends('2');
  const after = await runs.after(before, { how: 'crash' });
  assert.deepEqual([after.messages(), after.storedIds()], [['/queue/a 1'], 1]);
  after.sends('1');
  after.sends('2');
  await after.commits.flush();
  assert.deepEqual(after.messages(), ['/queue/a 1', '/queue/a 2']);
});

test('a damaged record is told of and stays on disk', async (context) => {
  const runs = new Runs(context);
  const before = await runs.first();
  before.sends('1');
  await before.commits.flush();
  before.store.put(1, 1, Buffer.from('not an id'), 'durable');
  await before.store.commit();
  const after = await runs.after(before, { how: 'close' });
  assert.deepEqual(after.corrupt, [1]);
  assert.notEqual(after.window.check('/queue/a', '1'), 'new');
  assert.equal(after.storedIds(), 2);
});
