/** Temporary queues and topics: each belongs to one connection and goes with it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { sessionParts } from '../session/session-parts.js';
import type { StompClient } from '../stomp-client.js';
import { RecordingStore } from './recording-store.js';

/** The name by which others know a temporary destination of a client. */
async function remoteNameOf(owner: StompClient, other: StompClient, own: string): Promise<string> {
  await other.subscribes('/topic/requests', { id: 'requests' });
  await owner.sends('/topic/requests', '', { 'reply-to': own });
  const { headers } = await other.nextMessage();
  await other.unsubscribes('requests');
  return headers['reply-to'] ?? assert.fail();
}

for (const kind of ['temp-queue', 'temp-topic']) {
  describe(`a /${kind}/`, () => {
    test('gives its owner what the owner sends there', async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes(`/${kind}/x`);
      await client.sends(`/${kind}/x`, 'hello');
      const { headers, body } = await client.nextMessage();
      assert.deepEqual([headers['destination'], body], [`/${kind}/x`, 'hello']);
    });

    test('gives its owner, by its own name, what others send there by the remote one', async (t) => {
      const scene = await brokerScene(t);
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        const owner = await scene.client(version);
        const other = await scene.client(version);
        await owner.subscribes(`/${kind}/x`);
        const remote = await remoteNameOf(owner, other, `/${kind}/x`);
        assert(remote.startsWith(`/remote-${kind}/ID-`), remote);
        await other.sends(remote, 'reply');
        const { headers, body } = await owner.nextMessage();
        assert.deepEqual([headers['destination'], body], [`/${kind}/x`, 'reply']);
      }
    });

    test('is another one than that of the same name of another connection', async (t) => {
      const scene = await brokerScene(t);
      const [one, two] = [await scene.client(), await scene.client()];
      for (const client of [one, two]) await client.subscribes(`/${kind}/same`);
      await one.sends(`/${kind}/same`, 'for one');
      await two.sends(`/${kind}/same`, 'for two');
      assert.deepEqual(await one.nextBodies(1), ['for one']);
      assert.deepEqual(await two.nextBodies(1), ['for two']);
      for (const client of [one, two]) await client.expectsNoFrame();
    });

    test('is for its owner alone to subscribe to', async (t) => {
      const scene = await brokerScene(t);
      const [owner, thief] = [await scene.client(), await scene.client()];
      const remote = await remoteNameOf(owner, thief, `/${kind}/x`);
      thief.frame('SUBSCRIBE', { destination: remote, id: 's' });
      await thief.expectsError('STOMP_PROTO_BAD_DESTINATION');
      await owner.subscribes(remote);
      await owner.sends(`/${kind}/x`, 'mine by both names');
      assert.equal((await owner.nextMessage()).body, 'mine by both names');
    });

    test('that has gone with its owner discards what is sent there, which is counted and confirmed', async (t) => {
      const scene = await brokerScene(t);
      const [owner, other] = [await scene.client(), await scene.client()];
      const remote = await remoteNameOf(owner, other, `/${kind}/x`);
      await owner.disconnects();
      await other.sends(remote, 'too late');
      assert.equal(scene.broker.counters.repliesUndeliverable, 1);
      const [told = assert.fail()] = scene.eventsOf('reply-undeliverable');
      assert.equal(told.destination, remote.replace('/remote-', '/'));
      await other.expectsNoFrame();
    });

    test('that goes before a COMMIT gets nothing of it, and the COMMIT is confirmed', async (t) => {
      const scene = await brokerScene(t);
      const [owner, other] = [await scene.client(), await scene.client()];
      await owner.sends(`/${kind}/x`, 'is there');
      const remote = await remoteNameOf(owner, other, `/${kind}/x`);
      await other.confirms('BEGIN', { transaction: 't' });
      await other.sends(remote, 'too late', { transaction: 't' });
      await other.sends('/queue/log', 'done', { transaction: 't' });
      await owner.disconnects();
      await other.confirms('COMMIT', { transaction: 't' });
      assert.equal(scene.broker.counters.repliesUndeliverable, 1);
      await other.subscribes('/queue/log');
      assert.equal((await other.nextMessage()).body, 'done');
    });

    test('works in lists, for SEND and SUBSCRIBE', async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes(`/${kind}/x,/queue/y`);
      await client.sends(`/${kind}/x,/queue/y`, 'hello');
      const messages = await client.nextMessages(2);
      assert.deepEqual(messages.map(({ headers }) => headers['destination']).sort(), [
        '/queue/y',
        `/${kind}/x`,
      ]);
    });

    test('takes wildcards in its alias literally', async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes(`/${kind}/>`);
      await client.sends(`/${kind}/x`, 'for x only');
      await client.sends(`/${kind}/>`, 'literal');
      assert.deepEqual(await client.nextBodies(1), ['literal']);
      await client.expectsNoFrame();
    });

    test('is one of at most 10,000 of a connection', async (t) => {
      const client = await (await brokerScene(t)).client();
      for (let count = 0; count < 10_000; count++) {
        client.frame('SEND', { destination: `/${kind}/${count}` });
      }
      await client.roundTrip();
      client.frame('SEND', { destination: `/${kind}/more` });
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    });

    test('works over TCP', async (t) => {
      const scene = await brokerScene(t, LISTENING);
      const [owner, other] = [await scene.clientOverTcp(), await scene.clientOverTcp('1.1')];
      await owner.subscribes(`/${kind}/x`);
      await other.sends(await remoteNameOf(owner, other, `/${kind}/x`), 'reply');
      assert.equal((await owner.nextMessage()).body, 'reply');
    });
  });
}

describe('a temporary queue', () => {
  test('keeps what is sent before its owner subscribes', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends('/temp-queue/x', 'early');
    await client.subscribes('/temp-queue/x');
    assert.equal((await client.nextMessage()).body, 'early');
  });

  test('is never written durably, not even when there are more than fit into memory', async (t) => {
    const store = new RecordingStore();
    const client = await (await brokerScene(t, { store })).client();
    const bodies = Array.from({ length: 6000 }, (_, count) => String(count));
    for (const body of bodies) {
      client.frame('SEND', { destination: '/temp-queue/x', persistent: 'true' }, body);
    }
    await client.roundTrip();
    assert.equal(store.puts.durable, 0);
    assert(store.puts.scratch > 0);
    await client.subscribes('/temp-queue/x', { 'activemq.prefetchSize': 10_000 });
    assert.deepEqual(await client.nextBodies(6000), bodies);
  });

  test('is not in a pattern of queues', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/>');
    await client.sends('/temp-queue/x', 'private');
    await client.expectsNoFrame();
  });

  test('can be browsed by its owner', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends('/temp-queue/x', 'hello');
    await client.subscribes('/temp-queue/x', { browser: 'true' });
    const [message, end] = await client.nextMessages(2);
    assert.deepEqual([message?.body, end?.headers['browser']], ['hello', 'end']);
  });

  test('that goes while its messages are in flight or held by a transaction takes them along', async (t) => {
    const scene = await brokerScene(t);
    for (const end of ['disconnects', 'vanishes']) {
      const owner = await scene.client();
      await owner.subscribes('/temp-queue/x', { ack: 'client-individual' });
      for (const body of ['1', '2', '3', '4']) await owner.sends('/temp-queue/x', body);
      const [one = assert.fail(), two = assert.fail()] = await owner.nextMessages(4);
      await owner.confirms('BEGIN', { transaction: 't' });
      await owner.acks(one, { transaction: 't' });
      await owner.nacks(two);
      if (end === 'vanishes') owner.vanishes();
      else owner.frame('DISCONNECT');
    }
    await scene.hasTold('disconnected', 2);
    scene.clock.advance(120_000);
    const client = await scene.client();
    await client.subscribes('/queue/>');
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.deadLettered, 0);
  });

  test('dead-letters what is refused too often to one queue for all of them', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const owner = await scene.client();
    await owner.subscribes('/temp-queue/x', { ack: 'client' });
    await owner.sends('/temp-queue/x', 'bad');
    await owner.nacks(await owner.nextMessage());
    await owner.subscribes('/queue/DLQ.temp-queue', { id: 'dead' });
    const { headers, body } = await owner.nextMessage();
    assert.equal(body, 'bad');
    assert.match(headers['original-destination'] ?? '', /^\/remote-temp-queue\/ID-.+:x$/);
  });
});

describe('what is sent to a temporary destination', () => {
  test('later, by a schedule, reaches its owner, or is counted when that has gone', async (t) => {
    const scene = await brokerScene(t);
    for (const kind of ['queue', 'topic']) {
      const owner = await scene.client();
      const destination = `/temp-${kind}/x`;
      await owner.subscribes(destination);
      await owner.sends(`${destination},/queue/log`, 'later', { AMQ_SCHEDULED_DELAY: 1000 });
      scene.clock.advance(1000);
      const { headers, body } = await owner.nextMessage();
      assert.deepEqual([headers['destination'], body], [destination, 'later']);
      await owner.sends(destination, 'too late', { AMQ_SCHEDULED_DELAY: 1000 });
      await owner.disconnects();
      const { repliesUndeliverable } = scene.broker.counters;
      scene.clock.advance(1000);
      const client = await scene.client();
      await client.sends('/queue/log');
      assert.equal(scene.broker.counters.repliesUndeliverable, repliesUndeliverable + 1);
    }
  });

  test('is no duplicate of what another client sent to its own by the same name', async (t) => {
    const scene = await brokerScene(t);
    for (let count = 0; count < 2; count++) {
      const client = await scene.client();
      await client.subscribes('/temp-queue/x');
      for (const body of ['first', 'again']) {
        await client.sends('/temp-queue/x', body, { 'dedup-id': '1' });
      }
      assert.deepEqual(await client.nextBodies(1), ['first']);
      await client.expectsNoFrame();
    }
  });
});

describe('10,000 connections with temporary destinations', () => {
  test('leave nothing behind when they have gone', async (t) => {
    const store = new RecordingStore();
    const scene = await brokerScene(t, { store });
    for (let count = 0; count < 10_000; count++) {
      const client = scene.stranger();
      await client.connects();
      client.frame('SUBSCRIBE', {
        destination: '/temp-queue/x,/temp-topic/y',
        id: 's',
        ack: 'client',
      });
      client.frame('SEND', {
        destination: '/temp-queue/x,/temp-topic/y',
        'reply-to': '/temp-queue/z',
      });
      await client.nextMessage();
      client.vanishes();
    }
    await scene.hasTold('disconnected', 10_000);
    assert.deepEqual(store.queueNames, []);
    // The commit loop's own, which writes the removals.
    scene.clock.advance(50);
    assert.equal(scene.clock.timerCount, 0);
  });

  test('leave no names in the registry', () => {
    const { router } = sessionParts();
    for (let count = 0; count < 100; count++) {
      const owner = `ID-${count}`;
      for (const kind of ['queue', 'topic']) router.target(`/temp-${kind}/x`, owner);
      assert.equal([...router.temporaries].length, 2);
      router.connectionEnded(owner);
      assert.deepEqual([...router.temporaries], []);
    }
    assert.deepEqual([...router.queues, ...router.topics], []);
  });
});
