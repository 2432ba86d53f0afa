/** What a topic subscriber may ask for: not its own messages, those of before, fewer that wait. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { Headers, StompClient } from '../stomp-client.js';

const RETAINING = { policies: [{ destination: '/topic/kept.>', retainedMessages: 2 }] };
const RETROACTIVE = { 'activemq.retroactive': 'true' };

async function publish(client: StompClient, destination: string, bodies: readonly string[]) {
  for (const body of bodies) await client.sends(destination, body);
}

describe('no-local', () => {
  for (const header of ['no-local', 'activemq.noLocal']) {
    test(`as ${header} leaves out what the same connection has sent`, async (t) => {
      const scene = await brokerScene(t);
      const [self, other] = [await scene.client(), await scene.client()];
      await self.subscribes('/topic/a', { [header]: 'true' });
      await self.sends('/topic/a', 'own');
      await other.sends('/topic/a', 'foreign');
      assert.deepEqual(await self.nextBodies(1), ['foreign']);
      await self.expectsNoFrame();
    });
  }

  test('false, and left out, leaves out nothing', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a', { 'no-local': 'false' });
    await client.sends('/topic/a', 'own');
    assert.deepEqual(await client.nextBodies(1), ['own']);
  });

  test('holds for patterns and for what is sent in a transaction', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/topic/a.>', { 'no-local': 'true' });
    await client.confirms('BEGIN', { transaction: 't' });
    await client.sends('/topic/a', 'own', { transaction: 't' });
    await client.confirms('COMMIT', { transaction: 't' });
    await client.expectsNoFrame();
  });

  test('does nothing on a queue', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a', { 'no-local': 'true' });
    await client.sends('/queue/a', 'own');
    assert.deepEqual(await client.nextBodies(1), ['own']);
  });

  test('over TCP', async (t) => {
    const client = await (await brokerScene(t, LISTENING)).clientOverTcp();
    await client.subscribes('/topic/a', { 'no-local': 'true' });
    await client.sends('/topic/a', 'own');
    await client.expectsNoFrame();
  });

  test('takes true and false only', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SUBSCRIBE', { destination: '/topic/a', id: 's', 'no-local': 'yes' });
    await client.expectsError('STOMP_PROTO_BAD_HEADER');
  });
});

describe('a retroactive subscriber', () => {
  async function bodiesFor(
    destination: string,
    headers: Headers,
    t: Parameters<typeof brokerScene>[0],
  ) {
    const scene = await brokerScene(t, RETAINING);
    const sender = await scene.client();
    await publish(sender, '/topic/kept.a', ['1', '2', '3']);
    await publish(sender, '/topic/kept.b', ['4']);
    await publish(sender, '/topic/other', ['5']);
    const client = await scene.client();
    await client.subscribes(destination, headers);
    await client.roundTrip();
    return client.waitingFrames.map(({ body }) => body).sort();
  }

  for (const [destination, expected] of [
    ['/topic/kept.a', ['2', '3']],
    ['/topic/kept.*', ['2', '3', '4']],
    ['/topic/kept.>,/topic/kept.a,/topic/*.a', ['2', '3', '4']],
    ['/topic/other', []],
  ] as const) {
    test(`to ${destination} gets what its policy has retained: ${expected.join() || 'nothing'}`, async (t) => {
      assert.deepEqual(await bodiesFor(destination, RETROACTIVE, t), expected);
    });
  }

  test('that did not ask for it gets nothing', async (t) => {
    assert.deepEqual(await bodiesFor('/topic/kept.>', {}, t), []);
  });

  test('gets them by the older header, before what is sent later', async (t) => {
    const scene = await brokerScene(t, RETAINING);
    const client = await scene.client();
    await publish(client, '/topic/kept.a', ['1', '2']);
    await client.subscribes('/topic/kept.a', { retroactive: 'true' });
    await publish(client, '/topic/kept.a', ['3']);
    assert.deepEqual(await client.nextBodies(3), ['1', '2', '3']);
  });

  test('gets what its selector wants, that is not its own, and has not expired', async (t) => {
    const scene = await brokerScene(t, {
      policies: [{ destination: '/topic/>', retainedMessages: 9 }],
    });
    const [client, other] = [await scene.client(), await scene.client()];
    await client.sends('/topic/a', 'own', { color: 'red' });
    await other.sends('/topic/a', 'wanted', { color: 'red' });
    await other.sends('/topic/a', 'of another color', { color: 'blue' });
    await other.sends('/topic/a', 'late', { color: 'red', expires: scene.clock.now() + 1000 });
    scene.clock.advance(1000);
    const headers = { ...RETROACTIVE, 'no-local': 'true', selector: "color = 'red'" };
    await client.subscribes('/topic/a', headers);
    assert.deepEqual(await client.nextBodies(1), ['wanted']);
    await client.expectsNoFrame();
    assert.equal(scene.broker.counters.expired, 0);
  });
});

describe('activemq.maximumPendingMessageLimit', () => {
  async function seen(t: Parameters<typeof brokerScene>[0], limit: number, ofPolicy: number) {
    const policies = [{ destination: '/topic/a', topicLimits: { maxBacklogMessages: ofPolicy } }];
    const scene = await brokerScene(t, { policies });
    const client = await scene.client();
    await client.subscribes('/topic/a', {
      ack: 'client-individual',
      'activemq.prefetchSize': 1,
      'activemq.maximumPendingMessageLimit': limit,
    });
    await publish(await scene.client(), '/topic/a', ['0', '1', '2', '3', '4', '5', '6', '7']);
    const bodies: string[] = [];
    for (;;) {
      await client.roundTrip();
      const [message] = client.waitingFrames;
      if (message === undefined) break;
      bodies.push(message.body);
      await client.acks(await client.nextMessage());
    }
    assert.equal(scene.broker.counters.topicMessagesDropped, 8 - bodies.length);
    return bodies.join('');
  }

  for (const [limit, ofPolicy, expected] of [
    [2, 100, '067'],
    [5, 2, '067'],
    [0, 3, '0567'],
    [-1, 3, '0567'],
    [1, 0, '0'],
  ] as const) {
    test(`${limit} with a policy of ${ofPolicy} leaves ${expected} of eight`, async (t) => {
      assert.equal(await seen(t, limit, ofPolicy), expected);
    });
  }

  test('that is no number is refused', async (t) => {
    const client = await (await brokerScene(t)).client();
    const headers = { 'activemq.maximumPendingMessageLimit': 'many' };
    client.frame('SUBSCRIBE', { destination: '/topic/a', id: 's', ...headers });
    await client.expectsError('STOMP_PROTO_BAD_HEADER');
  });
});
