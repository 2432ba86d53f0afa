/** Any sequence of schedules, passing time and crashes, against what a list and a calendar would say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../fake-clock.js';
import { CrashingStore } from './crashing-store.js';
import { type ScheduleScene, scheduleScene } from './schedule-scene.js';

interface Send {
  readonly type: 'send';
  readonly delayMs: number;
  readonly periodMs: number;
  readonly repeat: number;
}

type Step =
  | Send
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'sync' }
  | { readonly type: 'crash'; readonly downMs: number };

const anySend: fc.Arbitrary<Send> = fc.record({
  type: fc.constant('send'),
  delayMs: fc.nat({ max: 300 }),
  periodMs: fc.integer({ min: 1, max: 200 }),
  repeat: fc.nat({ max: 4 }),
});
const anyPass: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('pass'),
  ms: fc.nat({ max: 250 }),
});
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: anySend },
  { weight: 4, arbitrary: anyPass },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sync') }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('crash'), downMs: fc.nat({ max: 500 }) }),
  },
);

describe('whatever is scheduled', () => {
  test('is sent at exactly its times while the broker runs', async () => {
    const steps = fc.array(fc.oneof(anySend, anyPass), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const scene = scheduleScene(new CrashingStore());
        const expected: string[] = [];
        for (const [index, step] of all.entries()) {
          if (step.type === 'send') {
            expected.push(...timesOf(step, scene.clock.now()).map((at) => `${at} ${index}`));
            schedule(scene, step, index);
            await scene.settles();
          } else if (step.type === 'pass') await pass(scene, step.ms);
        }
        await pass(scene, 2000);
        const sent = scene.durablySent().map(({ atMs, body }) => `${atMs} ${body}`);
        assert.deepEqual(sent.sort(), expected.sort());
        assert.equal(scene.schedules.size, 0);
      }),
      { numRuns: 60 },
    );
  });

  test('and confirmed is sent in its full number, once each, never early, through any crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
        const accepted = new Map<string, { readonly send: Send; readonly atMs: number }>();
        const confirmed = new Set<string>();
        let store = new CrashingStore();
        let scene = scheduleScene(store);
        let run = 0;
        for (const [index, step] of steps.entries()) {
          if (step.type === 'send') {
            const body = String(index);
            accepted.set(body, { send: step, atMs: scene.clock.now() });
            const written = schedule(scene, step, index);
            const thisRun = run;
            // What syncs after the crash was never confirmed: nobody is there to do it.
            scene.commits.whenDurable(written, () => {
              if (run === thisRun) confirmed.add(body);
            });
          } else if (step.type === 'pass') scene.clock.advance(step.ms);
          else if (step.type === 'sync') await scene.settles();
          else {
            run += 1;
            const clock = new FakeClock();
            clock.advance(scene.clock.now() - clock.now() + step.downMs);
            store = await store.afterCrash();
            scene = scheduleScene(store, clock);
          }
        }
        await pass(scene, 5000);
        for (const [body, { send, atMs }] of accepted) {
          const sent = scene.durablySent().filter((message) => message.body === body);
          const isKept = confirmed.has(body) || sent.length > 0;
          assert.equal(sent.length, isKept ? send.repeat + 1 : 0, `message ${body}`);
          for (const [count, earliest] of timesOf(send, atMs).entries()) {
            const time = sent[count]?.atMs ?? Number.POSITIVE_INFINITY;
            assert.ok(time >= earliest, `message ${body} at ${time}, before ${earliest}`);
          }
        }
        assert.equal(scene.schedules.size, 0);
      }),
      { numRuns: 150 },
    );
  });
});

function schedule(
  scene: ScheduleScene,
  { delayMs, periodMs, repeat }: Send,
  index: number,
): number {
  return scene.sends('/queue/a', String(index), {
    AMQ_SCHEDULED_DELAY: delayMs,
    AMQ_SCHEDULED_PERIOD: periodMs,
    AMQ_SCHEDULED_REPEAT: repeat,
  });
}

function timesOf({ delayMs, periodMs, repeat }: Send, atMs: number): number[] {
  const first = atMs + (delayMs > 0 ? delayMs : periodMs);
  return Array.from({ length: repeat + 1 }, (_, count) => first + count * periodMs);
}

/** Millisecond by millisecond, so that each write is durable before the next time comes. */
async function pass(scene: ScheduleScene, ms: number): Promise<void> {
  const end = scene.clock.now() + ms;
  await scene.passes(0);
  while (scene.clock.now() < end) {
    const { nextDueMs } = scene.schedules;
    const next = Math.min(nextDueMs ?? end, end);
    await scene.passes(Math.max(next - scene.clock.now(), 0));
    if (next === end && (scene.schedules.nextDueMs ?? Number.POSITIVE_INFINITY) > end) break;
  }
}
