/** Whatever clients do and however they end, in the end nothing of them counts as memory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { Received, StompClient } from '../stomp-client.js';
import { KIB, memoryOf, settled, TURN_MS } from './flow-scene.js';

const CLIENTS = 3;
const client = fc.nat({ max: CLIENTS - 1 });
const place = fc.constantFrom('/queue/a', '/queue/b', '/topic/t', '/temp-queue/own', '/topic/>');
const bytes = fc.integer({ min: 1, max: 4 * KIB });
const id = fc.constantFrom('1', '2');

const anyStep = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('send'), client, place, bytes }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('send-in-transaction'), client, bytes }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ type: fc.constant('subscribe'), client, place, id },
      ack: fc.constantFrom('auto', 'client', 'client-individual'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('settle'), client, isAck: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('settle-in-transaction'), client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('commit', 'abort'), client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unsubscribe'), client, id }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('begin-frame'), client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('pause', 'read-on'), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('vanish', 'disconnect', 'mistake'), client }),
  },
);

type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** One of the clients, which is replaced by a new one when it has ended. */
class Slot {
  readonly #scene: BrokerScene;
  #client: StompClient | undefined;
  #hasBegun = false;
  #isMidFrame = false;
  #subscribed = new Set<string>();

  constructor(scene: BrokerScene) {
    this.#scene = scene;
  }

  async does(step: Step): Promise<void> {
    if (this.#client === undefined || this.#client.isClosed || this.#isMidFrame) {
      this.#client?.vanishes();
      this.#client = await this.#scene.client();
      this.#hasBegun = false;
      this.#isMidFrame = false;
      this.#subscribed = new Set();
    }
    this.#act(this.#client, step);
  }

  ends(): void {
    this.#client?.vanishes();
  }

  #act(client: StompClient, step: Step): void {
    switch (step.type) {
      case 'send':
        client.frame(
          'SEND',
          { destination: step.place, persistent: 'false' },
          'x'.repeat(step.bytes),
        );
        return;
      case 'send-in-transaction':
        this.#begin(client);
        client.frame('SEND', { destination: '/topic/t', transaction: 't' }, 'x'.repeat(step.bytes));
        return;
      case 'subscribe':
        if (this.#subscribed.has(step.id)) return;
        this.#subscribed.add(step.id);
        client.frame('SUBSCRIBE', { destination: step.place, id: step.id, ack: step.ack });
        return;
      case 'settle': {
        const message = taken(client);
        if (message) client.frame(step.isAck ? 'ACK' : 'NACK', client.nameOf(message));
        return;
      }
      case 'settle-in-transaction': {
        const message = taken(client);
        if (message === undefined) return;
        this.#begin(client);
        client.frame('ACK', { ...client.nameOf(message), transaction: 't' });
        return;
      }
      case 'commit':
      case 'abort':
        if (!this.#hasBegun) return;
        this.#hasBegun = false;
        client.frame(step.type === 'commit' ? 'COMMIT' : 'ABORT', { transaction: 't' });
        return;
      case 'unsubscribe':
        if (this.#subscribed.delete(step.id)) client.frame('UNSUBSCRIBE', { id: step.id });
        return;
      case 'begin-frame':
        this.#isMidFrame = true;
        client.writes(`SEND\ndestination:/queue/a\ncontent-length:9999\n\n${'x'.repeat(999)}`);
        return;
      case 'pause':
        client.stopsReading();
        return;
      case 'read-on':
        client.readsOn();
        return;
      case 'vanish':
        client.vanishes();
        return;
      case 'disconnect':
        client.frame('DISCONNECT');
        return;
      case 'mistake':
        client.frame('COMMIT', { transaction: 'unknown' });
        return;
    }
  }

  #begin(client: StompClient): void {
    if (!this.#hasBegun) client.frame('BEGIN', { transaction: 't' });
    this.#hasBegun = true;
  }
}

/** A message that can be settled, taken out of the inbox. */
function taken(client: StompClient): Received | undefined {
  const inbox = client.waitingFrames as Received[];
  const index = inbox.findIndex(({ headers }) => headers['ack'] !== undefined);
  return index === -1 ? undefined : inbox.splice(index, 1)[0];
}

/** Takes all that is left in a queue. */
async function drain(scene: BrokerScene, destination: string): Promise<void> {
  const drainer = await scene.client();
  await drainer.subscribes(destination);
  await settled();
  await drainer.roundTrip();
  drainer.vanishes();
}

test('memory is empty when all have gone, whatever they did', async (t) => {
  let slowedOnce = 0;
  const run = async (steps: readonly Step[], maxBytes: number) => {
    const scene = await brokerScene(t, { memoryLimits: { maxBytes } });
    const slots = Array.from({ length: CLIENTS }, () => new Slot(scene));
    for (const [index, step] of steps.entries()) {
      await slots[step.client]?.does(step);
      if (index % 3 === 0) await settled(2);
      if (index % 10 === 0) scene.clock.advance(TURN_MS);
    }
    for (const slot of slots) slot.ends();
    await settled();
    // What was refused comes back, and who was not read is found to have gone.
    scene.clock.advance(3_600_000);
    await settled();
    for (const queue of ['/queue/a', '/queue/b', '/queue/DLQ.a', '/queue/DLQ.b']) {
      await drain(scene, queue);
    }
    await settled();
    assert.equal(memoryOf(scene).usedBytes, 0);
    if (scene.eventsOf('memory-limit-reached').length > 0) slowedOnce += 1;
    await scene.close();
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 5, maxLength: 80 }),
      fc.constantFrom(8 * KIB, 32 * KIB, 1024 * KIB),
      run,
    ),
    { numRuns: 300 },
  );
  assert(slowedOnce > 10, `memory was full in ${slowedOnce} runs`);
});
