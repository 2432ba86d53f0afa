/** Subscriptions to patterns of names, on queues and on topics. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';

const NAMES = ['r', 'r.a', 'r.a.b', 'r.a.b.c', 'r.x.b', 'q', 'r.aa'];

async function sendsToAll(client: StompClient, kind: string): Promise<void> {
  for (const name of NAMES) await client.sends(`/${kind}/${name}`, name);
}

/** A round trip that sends nothing, as `>` would match that, too. */
async function expectsNothing(client: StompClient): Promise<void> {
  await client.confirms('BEGIN', { transaction: 'none' });
  await client.confirms('ABORT', { transaction: 'none' });
  assert.deepEqual(client.waitingFrames, []);
}

for (const kind of ['queue', 'topic']) {
  describe(`a subscription to /${kind}/ and a pattern`, () => {
    for (const [pattern, matching] of [
      ['r.>', ['r', 'r.a', 'r.a.b', 'r.a.b.c', 'r.x.b', 'r.aa']],
      ['*', ['r', 'q']],
      ['r.*', ['r.a', 'r.aa']],
      ['r.a.>', ['r.a', 'r.a.b', 'r.a.b.c']],
      ['r.*.b', ['r.a.b', 'r.x.b']],
      ['*.a.>', ['r.a', 'r.a.b', 'r.a.b.c']],
      ['r.>.b', []],
      ['r.a*', []],
    ] as const) {
      test(`${pattern} gets what is sent to ${matching.join(', ') || 'none of the others'}`, async (t) => {
        const client = await (await brokerScene(t)).client();
        await client.subscribes(`/${kind}/${pattern}`);
        await sendsToAll(client, kind);
        const messages = await client.nextMessages(matching.length);
        await expectsNothing(client);
        assert.deepEqual(
          messages.map(({ headers, body }) => [headers['destination'], body]),
          matching.map((name) => [`/${kind}/${name}`, name]),
        );
      });
    }

    test('gets nothing more once it has ended', async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.subscribes(`/${kind}/r.>`);
      await client.unsubscribes();
      await sendsToAll(client, kind);
      await expectsNothing(client);
    });

    test('that overlaps with others in its list gets each message once', async (t) => {
      const client = await (await brokerScene(t)).client();
      const list = ['a.>', 'a.b', 'a.*', 'a.b.>'].map((pattern) => `/${kind}/${pattern}`).join(',');
      await client.sends(`/${kind}/a.b`, 'before');
      await client.subscribes(list);
      if (kind === 'queue') assert.equal((await client.nextMessage()).body, 'before');
      for (const name of ['a.b', 'a.c']) await client.sends(`/${kind}/${name}`, name);
      assert.deepEqual(await client.nextBodies(2), ['a.b', 'a.c']);
      await expectsNothing(client);
    });

    test('is refused as the destination of a SEND', async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SEND', { destination: `/${kind}/a.>` });
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    });

    test('works over TCP', async (t) => {
      const client = await (await brokerScene(t, LISTENING)).clientOverTcp('1.1');
      await client.subscribes(`/${kind}/news.>`);
      await client.sends(`/${kind}/news.world`, 'hello');
      assert.equal((await client.nextMessage()).body, 'hello');
    });
  });
}

describe('a pattern of queues', () => {
  test('takes what waits in queues that there were before it', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendsToAll(client, 'queue');
    await client.subscribes('/queue/r.a.>');
    assert.deepEqual((await client.nextBodies(3)).sort(), ['r.a', 'r.a.b', 'r.a.b.c']);
  });

  test('and a consumer of one queue share its messages', async (t) => {
    const scene = await brokerScene(t);
    const wide = await scene.client();
    await wide.subscribes('/queue/a.>');
    const narrow = await scene.client();
    await narrow.subscribes('/queue/a.b');
    for (let count = 0; count < 10; count++) await narrow.sends('/queue/a.b', String(count));
    assert.equal((await wide.nextMessages(5)).length, 5);
    assert.equal((await narrow.nextMessages(5)).length, 5);
    await expectsNothing(wide);
  });

  test('settles and refuses in the queue that a message comes from', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await scene.client();
    await client.subscribes('/queue/a.*', { ack: 'client-individual' });
    await client.sends('/queue/a.b', 'bad');
    await client.sends('/queue/a.c', 'good');
    const [bad = assert.fail(), good = assert.fail()] = await client.nextMessages(2);
    await client.nacks(bad);
    await client.acks(good);
    await client.subscribes('/queue/DLQ.>', { id: 'dead' });
    const { headers, body } = await client.nextMessage();
    assert.deepEqual(
      [headers['destination'], headers['original-destination'], body],
      ['/queue/DLQ.a.b', '/queue/a.b', 'bad'],
    );
  });

  test('never matches what the broker keeps for itself', async (t) => {
    const scene = await brokerScene(t);
    const durable = await scene.client('1.2', { 'client-id': 'c' });
    await durable.subscribes('/topic/t', { 'activemq.subscriptionName': 'n' });
    await durable.disconnects();
    const client = await scene.client();
    await client.subscribes('/queue/>');
    await client.sends('/topic/t', 'kept for the durable subscription');
    await expectsNothing(client);
  });

  test('can be browsed', async (t) => {
    const client = await (await brokerScene(t)).client();
    await sendsToAll(client, 'queue');
    await client.subscribes('/queue/r.a.>', { browser: 'true' });
    const messages = await client.nextMessages(4);
    assert.equal(messages.pop()?.headers['browser'], 'end');
    assert.deepEqual(messages.map(({ body }) => body).sort(), ['r.a', 'r.a.b', 'r.a.b.c']);
  });
});

describe('a message to a topic', () => {
  test('that is sent to exact and pattern subscribers reaches each of them', async (t) => {
    const scene = await brokerScene(t);
    const clients: StompClient[] = [];
    for (const name of ['a.b', 'a.*', 'a.>', 'a.b.>']) {
      const client = await scene.client();
      await client.subscribes(`/topic/${name}`);
      clients.push(client);
    }
    await (await scene.client()).sends('/topic/a.b', 'hello');
    for (const client of clients) assert.deepEqual(await client.nextBodies(1), ['hello']);
    for (const client of clients) await expectsNothing(client);
  });

  test('and has expired is counted once, however many patterns match', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    for (const name of ['a.*', 'a.>', 'a.b'])
      await client.subscribes(`/topic/${name}`, { id: name });
    await client.sends('/topic/a.b', 'late', { expires: 1 });
    await expectsNothing(client);
    assert.equal(scene.broker.counters.expired, 1);
  });

  test('is told by its own name when a subscriber of a pattern is too slow or refuses it', async (t) => {
    const scene = await brokerScene(t, { topicLimits: { maxBacklogMessages: 0 } });
    const client = await scene.client();
    const slow = { ack: 'client', 'activemq.prefetchSize': 1 };
    await client.subscribes('/topic/news.>', slow);
    await client.sends('/topic/news.world', 'one');
    await client.sends('/topic/news.world', 'two');
    const told = { type: 'topic-message-dropped', topic: 'news.world', peer: 'memory' };
    assert.deepEqual(scene.eventsOf('topic-message-dropped'), [told]);
    await client.nacks(await client.nextMessage());
    assert.equal(scene.broker.counters.topicMessagesRefused, 1);
  });
});
