/** Any sequence of what several clients do with one queue. fast-check prints the seed of a failure. */
import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { brokerScene } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { QueueModel, REDELIVERY, type Step } from './queue-model.js';

const slot = fc.nat({ max: 2 });
const pick = fc.nat({ max: 9 });
const color = fc.constantFrom('red', 'blue');

/** So often one of many. */
function rarely<Value>(value: Value, times: number): fc.Arbitrary<Value | undefined> {
  return fc.nat({ max: times }).map((number) => (number === 0 ? value : undefined));
}

const anySend: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('send'),
  producer: fc.nat({ max: 1 }),
  persistent: fc.boolean(),
  priority: fc.constantFrom(4, 4, 4, 0, 9),
  color,
  group: fc.constantFrom(undefined, undefined, undefined, 'g', 'h'),
  timeToLiveMs: fc.constantFrom(undefined, undefined, undefined, 3000),
  isHuge: rarely(true, 30).map(Boolean),
});

const anySubscribe: fc.Arbitrary<Step> = fc.record({
  type: fc.constant('subscribe'),
  slot,
  version: fc.constantFrom('1.0', '1.1', '1.2'),
  ack: fc.constantFrom('auto', 'client', 'client', 'client-individual', 'client-individual'),
  prefetch: fc.constantFrom(0, 1, 2, 1000),
  color: fc.option(color, { nil: undefined, freq: 2 }),
  priority: fc.constantFrom(0, 0, 0, 5),
  isExclusive: rarely(true, 7).map(Boolean),
});

const steps = {
  send: { weight: 8, arbitrary: anySend },
  subscribe: { weight: 5, arbitrary: anySubscribe },
  settle: {
    weight: 10,
    arbitrary: fc.record({ type: fc.constantFrom('ack', 'nack', 'nack'), slot, pick }),
  },
  transaction: {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('transaction'),
      slot,
      pick,
      end: fc.constantFrom('COMMIT', 'ABORT'),
    }),
  },
  leave: {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('unsubscribe', 'disconnect', 'vanish'), slot }),
  },
  wait: {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(999, 4000) }),
  },
  browse: { weight: 1, arbitrary: fc.record({ type: fc.constant('browse') }) },
  restart: { weight: 1, arbitrary: fc.record({ type: fc.constant('restart') }) },
} satisfies Record<string, { weight: number; arbitrary: fc.Arbitrary<Step> }>;

const { restart: _restart, ...lasting } = steps;
const length = { minLength: 10, maxLength: 120, size: 'max' } as const;
const anySteps = fc.array(fc.oneof(...Object.values(lasting)), length);
const anyStepsAndRestarts = fc.array(fc.oneof(...Object.values(steps)), length);

const OPTIONS = {
  redelivery: REDELIVERY,
  policies: [{ destination: '/queue/a', deadLetter: { expired: false } }],
};

/** Chance alone may try nothing that ends in a dead letter: this does. */
const REFUSED_TILL_DEAD: Step[] = [
  {
    type: 'subscribe',
    slot: 0,
    version: '1.2',
    ack: 'client-individual',
    prefetch: 1,
    color: undefined,
    priority: 0,
    isExclusive: false,
  },
  {
    type: 'send',
    producer: 0,
    persistent: true,
    priority: 4,
    color: 'red',
    group: undefined,
    timeToLiveMs: undefined,
    isHuge: false,
  },
  ...Array.from({ length: 3 }, (): Step[] => [
    { type: 'nack', slot: 0, pick: 0 },
    { type: 'wait', ms: 4000 },
  ]).flat(),
];

/** So many sequences are tried. */
const RUNS = { inMemory: 60, onDisk: 5 };

describe('whatever clients do with a queue', () => {
  test('each message is in one place, and nothing is hidden from who wants it', async (t) => {
    let deadLettered = 0;
    await fc.assert(
      fc.asyncProperty(anySteps, async (taken) => {
        const model = await QueueModel.start(() => brokerScene(t, OPTIONS));
        for (const step of taken) await model.take(step);
        await model.finish();
        deadLettered += model.deadLettered;
      }),
      { numRuns: RUNS.inMemory, examples: [[REFUSED_TILL_DEAD]] },
    );
    assert(deadLettered > 0, 'nothing was dead-lettered');
  });

  test('the same holds over restarts, for what was persistent', async (t) => {
    await fc.assert(
      fc.asyncProperty(anyStepsAndRestarts, async (taken) => {
        const data = temporaryDirectory(t);
        const model = await QueueModel.start(() => brokerScene(t, { ...OPTIONS, data }));
        for (const step of taken) await model.take(step);
        await model.finish();
      }),
      { numRuns: RUNS.onDisk },
    );
  });
});
