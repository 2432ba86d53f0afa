/** Message groups: all of a group to one consumer, in order, as long as it is there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { Received, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { bodiesCome, come, fill, numberOf, numbers, subscriber } from './queue-clients.js';

const INDIVIDUAL = { ack: 'client-individual' };

async function sends(client: StompClient, group: string, body: string, more = {}): Promise<void> {
  await client.sends('/queue/a', body, { JMSXGroupID: group, ...more });
}

const groupOf = ({ headers }: Received) => headers['JMSXGroupID'];

describe('a message group', () => {
  test('goes to one consumer, and new groups to the others in turn, over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const consumers = [await scene.clientOverTcp(), await scene.clientOverTcp()];
    for (const consumer of consumers) await consumer.subscribes('/queue/a');
    const producer = await scene.clientOverTcp();
    for (let number = 0; number < 12; number++) {
      await sends(producer, `g${number % 4}`, String(number));
    }
    const owned = await Promise.all(consumers.map(come));
    assert.deepEqual(
      owned.map((messages) => messages.map(({ body }) => body)),
      [
        ['0', '2', '4', '6', '8', '10'],
        ['1', '3', '5', '7', '9', '11'],
      ],
    );
    await scene.close();
  });

  test('waits for its owner, while other messages pass', async (t) => {
    const scene = await brokerScene(t);
    const owner = await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 1 });
    const producer = await scene.client();
    await sends(producer, 'g', '1');
    await sends(producer, 'g', '2');
    const other = await subscriber(scene);
    await producer.sends('/queue/a', 'plain');
    await sends(producer, 'h', 'of another group');
    assert.deepEqual(await bodiesCome(other), ['plain', 'of another group']);
    const first = await owner.nextMessage();
    await owner.acks(first);
    assert.deepEqual([first.body, (await owner.nextMessage()).body], ['1', '2']);
    await other.expectsNoFrame();
  });

  test('moves when its owner leaves, first with what that one had not settled', async (t) => {
    const scene = await brokerScene(t);
    const owner = await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 3 });
    const producer = await scene.client();
    for (const number of numbers(8)) await sends(producer, 'g', String(number));
    assert.deepEqual(await bodiesCome(owner), ['0', '1', '2']);
    const next = await subscriber(scene);
    await next.expectsNoFrame();
    owner.vanishes();
    await owner.expectsClose();
    assert.deepEqual(await bodiesCome(next), numbers(8).map(String));
  });

  test('keeps its order when the owner leaves with a transaction open', async (t) => {
    const scene = await brokerScene(t);
    const owner = await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 2 });
    const producer = await scene.client();
    for (const number of numbers(5)) await sends(producer, 'g', String(number));
    const [first] = await owner.nextMessages(2);
    assert(first);
    await owner.confirms('BEGIN', { transaction: 't' });
    await owner.acks(first, { transaction: 't' });
    const next = await subscriber(scene);
    owner.vanishes();
    assert.deepEqual(await next.nextBodies(5), ['0', '1', '2', '3', '4']);
  });

  test('moves when its owner leaves that held nothing', async (t) => {
    const scene = await brokerScene(t);
    const owner = await subscriber(scene);
    const producer = await scene.client();
    await sends(producer, 'g', '1');
    await owner.nextMessage();
    // It has no room, so what follows waits for it.
    owner.stopsReading();
    const body = 'x'.repeat(300_000);
    for (const number of numbers(20)) await sends(producer, 'g', `${number} ${body}`);
    const next = await subscriber(scene);
    await next.expectsNoFrame();
    owner.vanishes();
    const last = (await next.nextMessages(next.waitingFrames.length || 1)).at(-1);
    assert(last);
    let seen = Number.parseInt(last.body, 10);
    while (seen < 19) seen = Number.parseInt((await next.nextMessage()).body, 10);
    await next.expectsNoFrame();
  });

  test('is closed by a negative JMSXGroupSeq; what follows may choose anew', async (t) => {
    const scene = await brokerScene(t);
    const [one, two] = [await subscriber(scene), await subscriber(scene)];
    const producer = await scene.client();
    await sends(producer, 'g', '1');
    await sends(producer, 'g', 'last', { JMSXGroupSeq: -1 });
    await sends(producer, 'g', 'new 1');
    await sends(producer, 'g', 'new 2');
    assert.deepEqual(await bodiesCome(one), ['1', 'last']);
    assert.deepEqual(await bodiesCome(two), ['new 1', 'new 2']);
  });

  test('that was closed leaves nothing hidden from who was asked before its owner', async (t) => {
    const scene = await brokerScene(t);
    const idle = await subscriber(scene);
    const owner = await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 1 });
    const producer = await scene.client();
    await producer.sends('/queue/a', 'plain');
    await sends(producer, 'g', '1');
    const first = await owner.nextMessage();
    await sends(producer, 'g', 'last', { JMSXGroupSeq: -1 });
    await sends(producer, 'g', 'after');
    assert.deepEqual(await bodiesCome(idle), ['plain']);
    await owner.acks(first);
    assert.equal((await owner.nextMessage()).body, 'last');
    assert.deepEqual(await bodiesCome(idle), ['after']);
  });

  test('stays with its owner when that one refuses a message', async (t) => {
    const scene = await brokerScene(t, { redelivery: { initialDelayMs: 1000 } });
    const owner = await subscriber(scene, INDIVIDUAL);
    const other = await subscriber(scene);
    const producer = await scene.client();
    await sends(producer, 'g', '1');
    await owner.nacks(await owner.nextMessage());
    scene.clock.advance(1000);
    assert.deepEqual(await bodiesCome(owner), ['1']);
    await other.expectsNoFrame();
  });

  test('goes to the one of higher priority while it has credit', async (t) => {
    const scene = await brokerScene(t);
    const low = await subscriber(scene);
    const high = await subscriber(scene, {
      ...INDIVIDUAL,
      'activemq.priority': 5,
      'prefetch-count': 2,
    });
    const producer = await scene.client();
    for (const name of ['g', 'h', 'i', 'g']) await sends(producer, name, name);
    assert.deepEqual(await bodiesCome(high), ['g', 'h']);
    assert.deepEqual(await bodiesCome(low), ['i']);
  });

  test('is of no use to a consumer that its messages do not match', async (t) => {
    const scene = await brokerScene(t);
    const red = await subscriber(scene, { selector: "color = 'red'" });
    const any = await subscriber(scene);
    const producer = await scene.client();
    await sends(producer, 'g', '1', { color: 'blue' });
    await sends(producer, 'g', '2', { color: 'red' });
    await sends(producer, 'h', '3', { color: 'red' });
    assert.deepEqual(await bodiesCome(any), ['1', '2']);
    assert.deepEqual(await bodiesCome(red), ['3']);
  });

  test('whose owner has a selector leaves its other messages to others when it goes', async (t) => {
    const scene = await brokerScene(t);
    const red = await subscriber(scene, { selector: "color = 'red'" });
    const producer = await scene.client();
    await sends(producer, 'g', '1', { color: 'red' });
    const any = await subscriber(scene);
    await sends(producer, 'g', '2', { color: 'blue' });
    await sends(producer, 'g', '3', { color: 'red' });
    await any.expectsNoFrame();
    assert.deepEqual(await bodiesCome(red), ['1', '3']);
    await red.disconnects();
    assert.deepEqual(await bodiesCome(any), ['2']);
  });
});

describe('many message groups', () => {
  test('spread evenly over the consumers', async (t) => {
    const scene = await brokerScene(t);
    const consumers = [];
    for (let count = 0; count < 5; count++) consumers.push(await subscriber(scene));
    const headersOf = (number: number) => ({ JMSXGroupID: `g${number % 100}` });
    await fill(await scene.client(), 1000, { headersOf });
    const owners = new Map<string | undefined, number>();
    for (const [index, consumer] of consumers.entries()) {
      const messages = await come(consumer);
      assert.equal(messages.length, 200);
      for (const message of messages) {
        assert.equal(owners.get(groupOf(message)) ?? index, index);
        owners.set(groupOf(message), index);
      }
    }
    assert.equal(owners.size, 100);
  });

  test('move to those who stay', async (t) => {
    const scene = await brokerScene(t);
    const [first, ...others] = [
      await subscriber(scene, INDIVIDUAL),
      await subscriber(scene, INDIVIDUAL),
      await subscriber(scene, INDIVIDUAL),
    ];
    const headersOf = (number: number) => ({ JMSXGroupID: `g${number % 30}` });
    await fill(await scene.client(), 300, { headersOf });
    const gone = new Set((await come(first as StompClient)).map(groupOf));
    assert.equal(gone.size, 10);
    await first?.disconnects();
    const moved = new Map<string | undefined, number[]>();
    for (const other of others) {
      for (const message of await come(other)) {
        const group = groupOf(message);
        if (!gone.has(group)) continue;
        moved.set(group, [...(moved.get(group) ?? []), numberOf(message)]);
      }
    }
    assert.equal(moved.size, 10);
    for (const [group, got] of moved) {
      const expected = numbers(300).filter((number) => `g${number % 30}` === group);
      assert.deepEqual(got, expected);
    }
  });

  test('of a long queue keep their order and owners, over a restart too', async (t) => {
    const data = temporaryDirectory(t);
    const before = await brokerScene(t, { data });
    const headersOf = (number: number) => ({ JMSXGroupID: `g${number % 50}` });
    await fill(await before.client(), 10_000, { headersOf });
    await before.close();
    const scene = await brokerScene(t, { data });
    const consumers = [];
    for (let count = 0; count < 4; count++) {
      consumers.push(await subscriber(scene, { ...INDIVIDUAL, 'prefetch-count': 300 }));
    }
    const last = new Map<string | undefined, number>();
    const owner = new Map<string | undefined, StompClient>();
    let count = 0;
    while (count < 10_000) {
      for (const consumer of consumers) {
        for (const message of await come(consumer)) {
          const group = groupOf(message);
          assert.equal(owner.get(group) ?? consumer, consumer, `${group} has moved`);
          assert(numberOf(message) > (last.get(group) ?? -1), `${group} is out of order`);
          owner.set(group, consumer);
          last.set(group, numberOf(message));
          count += 1;
          consumer.frame('ACK', consumer.nameOf(message));
        }
      }
    }
    for (const consumer of consumers) await consumer.expectsNoFrame();
    await scene.close();
  });

  test('beyond 65,536 are remembered by their last use', async (t) => {
    const scene = await brokerScene(t);
    const consumers = [await subscriber(scene), await subscriber(scene)];
    const producer = await scene.client();
    await sends(producer, 'kept', 'first');
    const [owner, other] = consumers as [StompClient, StompClient];
    assert.deepEqual(await bodiesCome(owner), ['first']);
    for (let number = 0; number < 140_000; number += 20_000) {
      for (let each = 0; each < 20_000; each++) {
        const JMSXGroupID = `g${number + each}`;
        producer.frame('SEND', { destination: '/queue/a', persistent: 'false', JMSXGroupID });
        if (each % 1000 === 0) await producer.roundTrip();
      }
      await sends(producer, 'kept', 'next');
      assert.equal((await come(owner)).filter(({ body }) => body === 'next').length, 1);
      await come(other);
    }
  });
});
