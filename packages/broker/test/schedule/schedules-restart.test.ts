/** Schedules on disk: what a restart and a crash leave of them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { DiskStore } from '../../dist/store/disk-store.js';
import { FakeClock } from '../fake-clock.js';
import { copyAfterCrash } from '../store/crash-copy.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { type ScheduleScene, scheduleScene } from './schedule-scene.js';

type Ending = 'close' | 'crash';

/** A broker's schedules on one directory after the other, with time that goes on while it is down. */
class Runs {
  readonly #context: TestContext;
  readonly #folder: string;
  #directory: string;
  #count = 0;

  constructor(context: TestContext) {
    this.#context = context;
    this.#folder = temporaryDirectory(context);
    this.#directory = join(this.#folder, '0');
  }

  async first(): Promise<ScheduleScene> {
    return this.#open(new FakeClock());
  }

  async after(scene: ScheduleScene, how: Ending, downMs: number): Promise<ScheduleScene> {
    scene.schedules.close();
    if (how === 'crash') {
      this.#count += 1;
      this.#directory = copyAfterCrash(this.#directory, join(this.#folder, String(this.#count)));
    } else {
      await scene.commits.flush();
      await scene.store.close();
    }
    const clock = new FakeClock();
    clock.advance(scene.clock.now() - clock.now() + downMs);
    return this.#open(clock);
  }

  async #open(clock: FakeClock): Promise<ScheduleScene> {
    const store = await DiskStore.open(this.#directory);
    let state = 'open';
    const close = store.close.bind(store);
    store.close = () => {
      state = 'closed';
      return close();
    };
    this.#context.after(() => (state === 'open' ? store.close() : undefined));
    return scheduleScene(store, clock);
  }
}

const REPEATED = {
  AMQ_SCHEDULED_DELAY: 1000,
  AMQ_SCHEDULED_PERIOD: 1000,
  AMQ_SCHEDULED_REPEAT: 3,
  type: 'order',
};

for (const how of ['close', 'crash'] as const) {
  describe(`after a ${how}`, () => {
    test('jobs are there and are sent at their time', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('/queue/a', 'soon', { AMQ_SCHEDULED_DELAY: 3000 });
      before.sends('/queue/b,/queue/c', 'ünd später', { AMQ_SCHEDULED_DELAY: 5000, type: 'order' });
      await before.settles();
      const after = await runs.after(before, how, 1000);
      assert.equal(after.schedules.size, 2);
      await after.passes(1999);
      assert.deepEqual(after.bodies, []);
      await after.passes(1);
      assert.deepEqual(after.bodies, ['soon']);
      await after.passes(2000);
      assert.equal(after.sent[1]?.destination, '/queue/b,/queue/c');
      assert.equal(after.sent[1]?.body, 'ünd später');
      assert.equal(after.sent[1]?.headers['type'], 'order');
    });

    test('what became due meanwhile is sent at once, what was sent is not', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('/queue/a', 'was sent', { AMQ_SCHEDULED_DELAY: 10 });
      before.sends('/queue/a', 'is late', { AMQ_SCHEDULED_DELAY: 2000 });
      before.sends('/queue/a', 'is later', { AMQ_SCHEDULED_DELAY: 1000 });
      await before.settles();
      await before.passes(10);
      const after = await runs.after(before, how, 60_000);
      await after.passes(0);
      assert.deepEqual(
        after.durablySent().map(({ body }) => body),
        ['was sent', 'is later', 'is late'],
      );
      assert.equal(after.schedules.size, 0);
    });

    test('a repeated message is sent once for all that it has missed, and goes on', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('/queue/a', 'again', REPEATED);
      await before.settles();
      await before.passes(1000);
      const after = await runs.after(before, how, 60_500);
      const began = after.clock.now();
      for (let passed = 0; passed < 10_000; passed += 500) await after.passes(500);
      const times = after.durablySent().map(({ atMs }) => atMs - began);
      assert.deepEqual(times, [-60_500, 0, 1000, 2000]);
    });

    test('a removed job does not come back', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('/queue/a', 'removed', { AMQ_SCHEDULED_DELAY: 1000 });
      await before.settles();
      before.manages({ AMQ_SCHEDULER_ACTION: 'REMOVEALL' });
      await before.settles();
      const after = await runs.after(before, how, 60_000);
      assert.equal(after.schedules.size, 0);
    });

    test('a new job has an id that none before it had', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      before.sends('/queue/a', 'first', { AMQ_SCHEDULED_DELAY: 0 });
      before.sends('/queue/a', 'second', { AMQ_SCHEDULED_DELAY: 1 });
      await before.settles();
      await before.passes(0);
      // As if the clock had been set back, or all of this had happened within a millisecond.
      const after = await runs.after(before, how, 0);
      after.sends('/queue/a', 'third', { AMQ_SCHEDULED_DELAY: 1 });
      await after.settles();
      await after.passes(1);
      const ids = after.durablySent().map(({ headers }) => headers['scheduledJobId']);
      assert.equal(ids.length, 3);
      assert.equal(new Set(ids).size, 3);
    });

    test('all of many jobs are there', async (context) => {
      const runs = new Runs(context);
      const before = await runs.first();
      for (let count = 0; count < 1200; count++) {
        before.sends('/queue/a', String(count), { AMQ_SCHEDULED_DELAY: 10 });
      }
      await before.settles();
      const after = await runs.after(before, how, 10);
      assert.equal(after.schedules.size, 1200);
      await after.passes(0);
      assert.equal(new Set(after.bodies).size, 1200);
    });
  });
}

test('a crash between sending and its sync leaves the job, which is sent again and only once', async (context) => {
  const runs = new Runs(context);
  const before = await runs.first();
  before.sends('/queue/a', 'again', REPEATED);
  await before.settles();
  // Sent in memory, and the job is rescheduled there; nothing of it is on disk.
  before.clock.advance(1000);
  assert.equal(before.sent.length, 1);
  const after = await runs.after(before, 'crash', 0);
  assert.deepEqual(after.durablySent(), []);
  for (let passed = 0; passed < 10_000; passed += 500) await after.passes(500);
  assert.equal(after.durablySent().length, 4);
});

test('a damaged job is told of at the start and stays on disk; the others are sent', async (context) => {
  const runs = new Runs(context);
  const before = await runs.first();
  before.sends('/queue/a', 'whole', { AMQ_SCHEDULED_DELAY: 1000 });
  await before.settles();
  const scheduleQueue = 1;
  before.store.put(scheduleQueue, 1, Buffer.from('not a job at all'), 'durable');
  await before.store.commit();
  const after = await runs.after(before, 'close', 0);
  assert.deepEqual(after.problems, [{ type: 'corrupt-job', position: 1 }]);
  await after.passes(1000);
  assert.deepEqual(after.bodies, ['whole']);
  const again = await runs.after(after, 'close', 0);
  assert.equal(again.problems.length, 1);
});
