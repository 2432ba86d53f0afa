/** Priorities of messages: higher ones first, each in its order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import {
  bodiesCome,
  come,
  consumed,
  fill,
  numberOf,
  numbers,
  numbersCome,
  sendAll,
  subscriber,
} from './queue-clients.js';

/** Not in order, each of ten priorities as often as the others. */
const mixed = (number: number) => ({ priority: (number * 7) % 10 });

/** Numbers in the order in which they are to come: 9 first, each priority in the order of sending. */
function byPriority(count: number, isThere = (_number: number) => true): number[] {
  const priorityOf = (number: number) => mixed(number).priority;
  return numbers(count)
    .filter(isThere)
    .sort((a, b) => priorityOf(b) - priorityOf(a) || a - b);
}

describe('priorities', () => {
  test('decide the order, from 9 to 0, over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    await fill(await scene.clientOverTcp(), 100, { headersOf: mixed });
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    const messages = await consumer.nextMessages(100);
    assert.deepEqual(messages.map(numberOf), byPriority(100));
    assert.equal(messages[0]?.headers['priority'], '9');
    assert.equal(messages[99]?.headers['priority'], '0');
    await scene.close();
  });

  test('stand at 4 for messages that say nothing', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    await producer.sends('/queue/a', 'three', { priority: 3 });
    await producer.sends('/queue/a', 'none');
    await producer.sends('/queue/a', 'five', { priority: 5 });
    await producer.sends('/queue/a', 'four', { priority: 4 });
    assert.deepEqual(await bodiesCome(await subscriber(scene)), ['five', 'none', 'four', 'three']);
  });

  test('overtake nothing that a client has already', async (t) => {
    const scene = await brokerScene(t);
    const producer = await scene.client();
    await sendAll(producer, ['low 1', 'low 2'], { priority: 1 });
    const consumer = await subscriber(scene, { ack: 'client-individual', 'prefetch-count': 1 });
    const first = await consumer.nextMessage();
    await sendAll(producer, ['high'], { priority: 9 });
    await consumer.acks(first);
    const second = await consumer.nextMessage();
    await consumer.acks(second);
    assert.deepEqual([first.body, second.body], ['low 1', 'high']);
    assert.equal((await consumer.nextMessage()).body, 'low 2');
  });

  test('count for what comes back, too', async (t) => {
    const scene = await brokerScene(t, { redelivery: { initialDelayMs: 1000 } });
    await fill(await scene.client(), 20, { headersOf: mixed });
    const first = await subscriber(scene, { ack: 'client-individual' });
    const [refused] = await first.nextMessages(20);
    assert(refused);
    await first.nacks(refused);
    await first.disconnects();
    const second = await subscriber(scene);
    const all = byPriority(20);
    assert.deepEqual(await consumed(second, 19), all.slice(1));
    scene.clock.advance(1000);
    assert.deepEqual(await numbersCome(second), all.slice(0, 1));
  });

  test('are ignored where the policy says so', async (t) => {
    const policies = [{ destination: '/queue/a', prioritized: false }];
    const scene = await brokerScene(t, { policies });
    await fill(await scene.client(), 50, { headersOf: mixed });
    const messages = await come(await subscriber(scene));
    assert.deepEqual(messages.map(numberOf), numbers(50));
    assert.equal(messages[1]?.headers['priority'], '7');
  });

  for (const [where, storeOf] of [
    ['on disk', (t: Parameters<typeof temporaryDirectory>[0]) => ({ data: temporaryDirectory(t) })],
    ['in memory', () => ({})],
  ] as const) {
    test(`decide the order of a long queue ${where}`, async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      const headersOf = (number: number) => ({ priority: number % 2 === 0 ? 8 : 1 });
      const producer = await scene.client();
      await fill(producer, 12_000, { headersOf });
      const consumer = await subscriber(scene);
      const odd = numbers(6000).map((number) => 2 * number + 1);
      assert.deepEqual(
        await consumed(consumer, 12_000),
        odd.map((number) => number - 1).concat(odd),
      );
      await fill(producer, 1, { headersOf });
      assert.deepEqual(await consumed(consumer, 1), [0]);
      await scene.close();
    });
  }

  test('hold over a restart, with what was not persistent gone', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    const isPersistent = (number: number) => number % 3 !== 0;
    const headersOf = (number: number) => ({
      ...mixed(number),
      persistent: String(isPersistent(number)),
    });
    await fill(await first.client(), 200, { headersOf });
    await first.close();
    const second = await brokerScene(t, { data });
    const consumer = await subscriber(second);
    const expected = byPriority(200, isPersistent);
    assert.deepEqual(await consumed(consumer, expected.length), expected);
    await consumer.expectsNoFrame();
    await second.close();
  });

  test('that a policy ignores since a restart still empty what they had filled', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await fill(await first.client(), 30, { headersOf: mixed });
    await first.close();
    const policies = [{ destination: '/queue/a', prioritized: false }];
    const second = await brokerScene(t, { data, policies });
    const consumer = await subscriber(second);
    assert.deepEqual(await consumed(consumer, 30), byPriority(30));
    await second.close();
  });
});
