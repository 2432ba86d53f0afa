/** The management destination: browsing and removing jobs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import {
  isSchedulerManagement,
  readSchedulerRequest,
} from '../../dist/schedule/scheduler-request.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { type ScheduleScene, scheduleScene } from './schedule-scene.js';

const START = 1_000_000;
const BROWSE = { AMQ_SCHEDULER_ACTION: 'BROWSE', 'reply-to': '/queue/replies' };

function withJobs(...delays: number[]): ScheduleScene {
  const scene = scheduleScene(new MemoryStore());
  for (const delay of delays) {
    scene.sends('/queue/a', String(delay), { AMQ_SCHEDULED_DELAY: delay, type: 'order' });
  }
  return scene;
}

test('the management destination is known by how its name begins, in any case', () => {
  assert.ok(isSchedulerManagement('ActiveMQ.Scheduler.Management'));
  assert.ok(isSchedulerManagement('activemq.scheduler.management.mine'));
  assert.ok(!isSchedulerManagement('my.ActiveMQ.Scheduler.Management'));
});

describe('browsing the schedule', () => {
  test('tells of each job with its message as it was sent', async () => {
    const scene = withJobs(5000);
    await scene.settles();
    scene.manages(BROWSE);
    const [reply] = scene.sent;
    assert.equal(reply?.destination, '/queue/replies');
    assert.equal(reply?.body, '5000');
    assert.equal(reply?.isPersistent, false);
    assert.equal(reply?.originalDestination, '/queue/a');
    const { scheduledJobId, ...headers } = reply?.headers ?? {};
    assert.match(scheduledJobId ?? '', /^job-/);
    assert.deepEqual(headers, {
      AMQ_SCHEDULED_DELAY: '5000',
      timestamp: String(START),
      type: 'Advisory',
    });
    await scene.passes(5000);
    assert.deepEqual(scene.bodies, ['5000', '5000']);
    assert.equal(scene.sent[1]?.headers['scheduledJobId'], scheduledJobId);
  });

  test('is answered with what the same client has just scheduled', async () => {
    const scene = withJobs(5000, 6000);
    const written = scene.manages(BROWSE);
    const order: string[] = [];
    scene.commits.whenDurable(written, () => order.push(`receipt after ${scene.sent.length}`));
    await scene.settles();
    assert.deepEqual(order, ['receipt after 2']);
  });

  test('may be limited to a range of times, both ends included and each optional', async () => {
    const scene = withJobs(1000, 2000, 3000, 4000);
    await scene.settles();
    scene.manages({ ...BROWSE, ACTION_START_TIME: START + 2000, ACTION_END_TIME: START + 3000 });
    scene.manages({ ...BROWSE, ACTION_START_TIME: START + 3500 });
    scene.manages({ ...BROWSE, ACTION_END_TIME: START + 1500 });
    assert.deepEqual(scene.bodies, ['2000', '3000', '4000', '1000']);
  });

  test('goes through many jobs, without those that are sent or removed meanwhile', async () => {
    const scene = scheduleScene(new MemoryStore());
    for (let index = 0; index < 1500; index++) {
      const delay = index % 3 === 0 ? 10 : 100_000;
      scene.sends('/queue/a', String(index), { AMQ_SCHEDULED_DELAY: delay });
    }
    await scene.settles();
    scene.manages({ ...BROWSE, ACTION_START_TIME: START + 50_000 });
    assert.ok(scene.sent.length < 500, `${scene.sent.length} in one turn`);
    await scene.passes(0);
    const expected = Array.from({ length: 1500 }, (_, index) => String(index));
    assert.deepEqual(
      scene.bodies,
      expected.filter((_, index) => index % 3 !== 0),
    );
  });

  test('tells the broker when nobody takes the replies', async () => {
    const scene = withJobs(5000);
    await scene.settles();
    scene.refusing.add('/queue/replies');
    scene.manages(BROWSE);
    assert.deepEqual(
      scene.problems.map(({ type }) => type),
      ['browse-failed'],
    );
  });
});

describe('removing from the schedule', () => {
  test('takes one job by its id', async () => {
    const scene = withJobs(1000, 2000);
    await scene.settles();
    scene.manages(BROWSE);
    const id = scene.sent[0]?.headers['scheduledJobId'] ?? '';
    const written = scene.manages({ AMQ_SCHEDULER_ACTION: 'REMOVE', scheduledJobId: id });
    assert.ok(written > 0);
    await scene.passes(2000);
    assert.deepEqual(scene.bodies.slice(2), ['2000']);
  });

  test('by an id that is not there changes nothing', async () => {
    const scene = withJobs(1000);
    await scene.settles();
    for (const scheduledJobId of ['ID:other-1:1:1', 'job-1']) {
      assert.equal(scene.manages({ AMQ_SCHEDULER_ACTION: 'REMOVE', scheduledJobId }), 0);
    }
    assert.equal(scene.schedules.size, 1);
  });

  test('takes all, or those of a range of times', async () => {
    const scene = withJobs(1000, 2000, 3000);
    await scene.settles();
    scene.manages({ AMQ_SCHEDULER_ACTION: 'REMOVEALL', ACTION_END_TIME: START + 1000 });
    assert.equal(scene.schedules.size, 2);
    scene.manages({ AMQ_SCHEDULER_ACTION: 'REMOVEALL' });
    assert.equal(scene.schedules.size, 0);
    await scene.passes(3000);
    assert.deepEqual(scene.bodies, []);
  });
});

describe('a request to the schedule is refused', () => {
  const refused: ReadonlyArray<readonly [string, Record<string, string>, string, RegExp]> = [
    [
      'without an action',
      {},
      'STOMP_PROTO_MISSING_HEADER',
      /needs the header AMQ_SCHEDULER_ACTION/,
    ],
    ['with another action', { AMQ_SCHEDULER_ACTION: 'LIST' }, 'STOMP_PROTO_BAD_HEADER', /BROWSE/],
    [
      'when it browses without reply-to',
      { AMQ_SCHEDULER_ACTION: 'BROWSE' },
      'STOMP_PROTO_MISSING_HEADER',
      /needs the header reply-to/,
    ],
    [
      'when it removes without an id',
      { AMQ_SCHEDULER_ACTION: 'REMOVE' },
      'STOMP_PROTO_MISSING_HEADER',
      /needs the header scheduledJobId/,
    ],
    [
      'with a time that is no number',
      { AMQ_SCHEDULER_ACTION: 'REMOVEALL', ACTION_START_TIME: 'noon' },
      'STOMP_PROTO_BAD_HEADER',
      /ACTION_START_TIME must be a time in milliseconds since 1970, not "noon"/,
    ],
  ];
  for (const [what, headers, code, message] of refused) {
    test(what, () => {
      assert.throws(() => readSchedulerRequest(FrameHeaders.from(headers)), { code, message });
    });
  }
});
