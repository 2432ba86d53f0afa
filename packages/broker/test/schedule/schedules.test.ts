/** When scheduled messages are sent, and what they look like then. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { FakeClock } from '../fake-clock.js';
import { HeldStore } from '../held-store.js';
import { ScheduleScene, scheduleScene } from './schedule-scene.js';

const START = 1_000_000;
const DAY_MS = 86_400_000;

/** When each was sent, from the start of the test. */
function times(scene: ScheduleScene): number[] {
  return scene.sent.map(({ atMs }) => atMs - START);
}

describe('a message with a delay', () => {
  test('is sent when it is over, not before', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 2000 });
    await scene.passes(1999);
    assert.deepEqual(scene.bodies, []);
    assert.equal(scene.schedules.nextDueMs, START + 2000);
    await scene.passes(1);
    assert.deepEqual(scene.bodies, ['hello']);
    assert.equal(scene.schedules.size, 0);
    await scene.passes(DAY_MS);
    assert.equal(scene.sent.length, 1);
  });

  test('of 0 ms is sent at once', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 0 });
    await scene.passes(0);
    assert.deepEqual(times(scene), [0]);
  });

  test('longer than any timer is sent on its day, by timers that Node can count', async () => {
    let longest = 0;
    const clock = new (class extends FakeClock {
      override setTimer(callback: () => void, delayMs: number): () => void {
        longest = Math.max(longest, delayMs);
        return super.setTimer(callback, delayMs);
      }
    })();
    const scene = scheduleScene(new MemoryStore(), clock);
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 60 * DAY_MS });
    await scene.passes(60 * DAY_MS - 1);
    assert.deepEqual(scene.bodies, []);
    await scene.passes(1);
    assert.deepEqual(times(scene), [60 * DAY_MS]);
    assert.ok(longest < 2 ** 31, `a timer of ${longest} ms`);
  });

  test('has its headers without the schedule, its body, and the id of its job', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a,/topic/b', 'höllo', {
      destination: '/queue/a,/topic/b',
      receipt: 'r',
      transaction: 't',
      AMQ_SCHEDULED_DELAY: 1,
      AMQ_SCHEDULED_PERIOD: 1,
      AMQ_SCHEDULED_REPEAT: 0,
      type: 'order',
      'content-length': 6,
      persistent: 'false',
    });
    await scene.passes(1);
    assert.equal(scene.sent[0]?.destination, '/queue/a,/topic/b');
    assert.equal(scene.sent[0]?.body, 'höllo');
    assert.equal(scene.sent[0]?.isPersistent, false);
    const { scheduledJobId, ...headers } = scene.sent[0]?.headers ?? {};
    assert.match(scheduledJobId ?? '', /^job-[0-9a-z]+$/);
    assert.deepEqual(headers, {
      type: 'order',
      'content-length': '6',
      persistent: 'false',
      timestamp: String(START),
    });
  });

  test('keeps the timestamp of its sender', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', '', { AMQ_SCHEDULED_DELAY: 5000, timestamp: 77 });
    await scene.passes(5000);
    assert.equal(scene.sent[0]?.headers['timestamp'], '77');
    assert.equal(scene.sent[0]?.headers['expires'], undefined);
  });

  test('has all of its time to live when it is sent', async () => {
    const scene = scheduleScene(new MemoryStore());
    const delay = { AMQ_SCHEDULED_DELAY: 5000 };
    scene.sends('/queue/a', 'both', { ...delay, timestamp: START - 100, expires: START + 400 });
    scene.sends('/queue/a', 'no timestamp', { ...delay, expires: START + 400 });
    scene.sends('/queue/a', 'was dead', { ...delay, timestamp: START, expires: START - 1 });
    scene.sends('/queue/a', 'for ever', { ...delay, timestamp: START, expires: 0 });
    await scene.passes(5000);
    const shown = scene.sent.map(({ headers }) => [headers['timestamp'], headers['expires']]);
    assert.deepEqual(shown, [
      ['1005000', '1005500'],
      ['1005000', '1005400'],
      ['1000000', '999999'],
      ['1000000', undefined],
    ]);
  });

  test('is sent only once it is durable', async () => {
    const store = new HeldStore();
    const scene = scheduleScene(store);
    const commit = store.nextCommit();
    const written = scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 10 });
    const held = await commit;
    scene.clock.advance(100);
    assert.deepEqual(scene.bodies, []);
    assert.ok(written > scene.commits.durableNumber);
    held.release();
    await scene.settles();
    await scene.settles();
    assert.deepEqual(scene.bodies, ['hello']);
  });

  test('does not overtake one that is due before it or was sent before it', async () => {
    const scene = scheduleScene(new MemoryStore());
    for (const [body, delay] of Object.entries({ c: 30, a: 10, d: 30, b: 20, e: 30 })) {
      scene.sends('/queue/a', body, { AMQ_SCHEDULED_DELAY: delay });
    }
    await scene.settles();
    await scene.passes(DAY_MS);
    assert.deepEqual(scene.bodies, ['a', 'b', 'c', 'd', 'e']);
  });
});

describe('a message that repeats', () => {
  test('is sent after its delay and then so often, a period apart', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', {
      AMQ_SCHEDULED_DELAY: 300,
      AMQ_SCHEDULED_PERIOD: 200,
      AMQ_SCHEDULED_REPEAT: 3,
    });
    for (let passed = 0; passed < 2000; passed += 100) await scene.passes(100);
    assert.deepEqual(times(scene), [300, 500, 700, 900]);
    assert.equal(new Set(scene.sent.map(({ headers }) => headers['scheduledJobId'])).size, 1);
    assert.equal(scene.schedules.size, 0);
  });

  test('begins after a period when it has no delay', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_PERIOD: 200, AMQ_SCHEDULED_REPEAT: 1 });
    for (let passed = 0; passed < 1000; passed += 100) await scene.passes(100);
    assert.deepEqual(times(scene), [200, 400]);
  });

  test('without a period is sent all times, one after the other', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 50, AMQ_SCHEDULED_REPEAT: 3 });
    for (let passed = 0; passed < 1000; passed += 50) await scene.passes(50);
    assert.equal(scene.sent.length, 4);
  });

  test('for ever goes on', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_PERIOD: 10, AMQ_SCHEDULED_REPEAT: -1 });
    for (let passed = 0; passed < 1500; passed++) await scene.passes(10);
    assert.equal(scene.sent.length, 1500);
    assert.equal(scene.schedules.size, 1);
  });
});

describe('a message with a cron expression', () => {
  test('is sent at each time that it names', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_CRON: '*/2 * * * *' });
    for (let passed = 0; passed < 500; passed += 20) await scene.passes(20_000);
    assert.deepEqual(times(scene).slice(0, 3), [80_000, 200_000, 320_000]);
    assert.equal(scene.schedules.size, 1);
  });

  test('and a sequence starts the sequence at each time, under a job id of its own', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.sends('/queue/a', 'hello', {
      AMQ_SCHEDULED_CRON: '*/2 * * * *',
      AMQ_SCHEDULED_DELAY: 1000,
      AMQ_SCHEDULED_PERIOD: 500,
      AMQ_SCHEDULED_REPEAT: 2,
    });
    for (let passed = 0; passed < 205_000; passed += 500) await scene.passes(500);
    assert.deepEqual(times(scene), [81_000, 81_500, 82_000, 201_000, 201_500, 202_000]);
    const ids = scene.sent.map(({ headers }) => headers['scheduledJobId']);
    assert.equal(new Set(ids.slice(0, 3)).size, 1);
    assert.equal(new Set(ids).size, 2);
    assert.equal(scene.schedules.size, 1);
  });
});

describe('schedules', () => {
  test('send what is due when the clock is set forward, and wait when it is set back', async () => {
    const clock = new FakeClock();
    let setBy = 0;
    const scene = new ScheduleScene(new MemoryStore(), clock, { now: () => clock.now() + setBy });
    scene.schedules.start();
    scene.sends('/queue/a', 'forward', { AMQ_SCHEDULED_DELAY: DAY_MS });
    scene.sends('/queue/a', 'back', { AMQ_SCHEDULED_DELAY: DAY_MS + 60_000 });
    await scene.settles();
    setBy = DAY_MS;
    await scene.passes(10_000);
    assert.deepEqual(scene.bodies, ['forward']);
    setBy = DAY_MS - 100_000;
    await scene.passes(149_999);
    assert.deepEqual(scene.bodies, ['forward']);
    await scene.passes(1);
    assert.deepEqual(scene.bodies, ['forward', 'back']);
  });

  test('send a backlog of many, each once and in order', async () => {
    const scene = scheduleScene(new MemoryStore());
    const bodies = Array.from({ length: 1000 }, (_, index) => String(index));
    for (const body of bodies) scene.sends('/queue/a', body, { AMQ_SCHEDULED_DELAY: 10 });
    await scene.settles();
    await scene.passes(10);
    assert.deepEqual(scene.bodies, bodies);
    assert.equal(scene.schedules.size, 0);
  });

  test('let the disk catch up with a backlog of large ones', async () => {
    const scene = scheduleScene(new MemoryStore());
    const body = Buffer.alloc(3 * 1024 * 1024, 'x');
    for (let count = 0; count < 12; count++) {
      scene.sends('/queue/a', body, { AMQ_SCHEDULED_DELAY: 10 });
    }
    await scene.settles();
    scene.clock.advance(10);
    assert.ok(scene.sent.length > 0 && scene.sent.length < 12, `${scene.sent.length} at once`);
    for (let round = 0; round < 12; round++) await scene.passes(0);
    assert.equal(scene.sent.length, 12);
  });

  test('dead-letter with its cause what nobody takes, and go on', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.refusing.add('/queue/closed');
    scene.sends('/queue/closed', 'lost?', {
      AMQ_SCHEDULED_PERIOD: 10,
      AMQ_SCHEDULED_REPEAT: 1,
      type: 'order',
    });
    scene.sends('/queue/a', 'next', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.passes(10);
    await scene.passes(10);
    const shown = scene.sent.map(({ destination, body }) => `${destination} ${body}`);
    assert.deepEqual(shown, [
      'DLQ./queue/closed lost?',
      '/queue/a next',
      'DLQ./queue/closed lost?',
    ]);
    assert.equal(scene.sent[0]?.deadLetterCause, '/queue/closed takes nothing');
    assert.equal(scene.sent[0]?.headers['type'], 'order');
    assert.equal(scene.schedules.size, 0);
  });

  test('keep what cannot even be dead-lettered, tell of it and try again', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.refusing.add('/queue/closed').add('DLQ./queue/closed');
    scene.sends('/queue/closed', 'kept', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.passes(10);
    assert.deepEqual(
      scene.problems.map(({ type }) => type),
      ['job-postponed'],
    );
    assert.equal(scene.schedules.size, 1);
    scene.refusing.clear();
    await scene.passes(59_999);
    assert.deepEqual(scene.bodies, []);
    await scene.passes(1);
    assert.deepEqual(scene.bodies, ['kept']);
    assert.equal(scene.schedules.size, 0);
  });

  test('do not hide an error that is a bug', async () => {
    const scene = scheduleScene(new MemoryStore());
    scene.refusing.has = () => {
      throw new TypeError('a bug');
    };
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.settles();
    assert.throws(() => scene.clock.advance(10), { message: 'a bug' });
  });

  test('tell of a record that was damaged after the start, and send the others', async () => {
    const store = new MemoryStore();
    const scene = scheduleScene(store);
    scene.sends('/queue/a', 'damaged', { AMQ_SCHEDULED_DELAY: 10 });
    scene.sends('/queue/a', 'whole', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.settles();
    const [stored] = store.read(1, 0, { records: 1, bytes: 1 });
    assert(stored);
    stored.record[stored.record.length - 1] = 0;
    await scene.passes(10);
    assert.deepEqual(scene.problems, [{ type: 'corrupt-job', position: 0 }]);
    assert.deepEqual(scene.bodies, ['whole']);
  });

  test('send nothing before they are started or after they are closed', async () => {
    const scene = new ScheduleScene(new MemoryStore(), new FakeClock());
    scene.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.passes(100);
    assert.deepEqual([scene.schedules.state, scene.bodies], ['loaded', []]);
    scene.schedules.start();
    await scene.passes(0);
    assert.deepEqual(scene.bodies, ['hello']);
    scene.sends('/queue/a', 'too late', { AMQ_SCHEDULED_DELAY: 10 });
    await scene.settles();
    scene.schedules.close();
    await scene.passes(100);
    assert.deepEqual([scene.schedules.state, scene.bodies], ['closed', ['hello']]);
    assert.equal(scene.clock.timerCount, 0);
    assert.throws(() => scene.schedules.start(), /closed → running/);
  });
});
