/** Any sequence of what several clients do with one queue. fast-check prints the seed of a failure. */
import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { brokerScene } from '../broker-scene.js';
import { QueueModel, REDELIVERY, type Step } from './queue-model.js';

const slot = fc.nat({ max: 2 });
const pick = fc.nat({ max: 9 });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('send'),
      producer: fc.nat({ max: 1 }),
      persistent: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('subscribe'),
      slot,
      version: fc.constantFrom('1.0', '1.1', '1.2'),
      ack: fc.constantFrom('auto', 'client', 'client', 'client-individual', 'client-individual'),
      prefetch: fc.constantFrom(0, 1, 2, 1000),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ type: fc.constantFrom('ack', 'nack', 'nack'), slot, pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('transaction'),
      slot,
      pick,
      end: fc.constantFrom('COMMIT', 'ABORT'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('unsubscribe', 'disconnect', 'vanish'), slot }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(999, 4000) }),
  },
);

const anySteps = fc.array(anyStep, { minLength: 10, maxLength: 120, size: 'max' });

describe('whatever clients do with a queue', () => {
  test('each message is settled once, dead, or still there, and new ones come in order', async (t) => {
    let deadLettered = 0;
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const scene = await brokerScene(t, { redelivery: REDELIVERY });
        const model = new QueueModel(scene, [await scene.client(), await scene.client('1.1')]);
        for (const step of steps) await model.take(step);
        await model.finish();
        deadLettered += scene.broker.counters.deadLettered;
        await scene.close();
      }),
      { numRuns: 150 },
    );
    assert(deadLettered > 0, 'no sequence ever led to a dead letter');
  });
});
