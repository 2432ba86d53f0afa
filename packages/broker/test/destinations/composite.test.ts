/** Lists of destinations: SEND to several, and SUBSCRIBE to several as one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

async function bodiesOf(client: StompClient, destination: string, count: number) {
  await client.subscribes(destination, { id: destination });
  const bodies = await client.nextBodies(count);
  await client.expectsNoFrame();
  await client.unsubscribes(destination);
  return bodies;
}

describe('a destination without a prefix', () => {
  for (const [written, shown] of [
    ['foo', '/queue/foo'],
    ['/foo/bar', '/queue//foo/bar'],
    ['queue://x', '/queue/queue://x'],
    ['  /queue/trimmed  ', '/queue/trimmed'],
    ['/queue/options?consumer.prefetchSize=1', '/queue/options'],
  ] as const) {
    test(`"${written}" is ${shown}`, async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.sends(written, 'hello');
      await client.subscribes(shown);
      const { headers, body } = await client.nextMessage();
      assert.deepEqual([headers['destination'], body], [shown, 'hello']);
    });
  }

  for (const written of ['', '   ', '/queue/', '/topic/', '/remote-temp-queue/', '/queue/a,']) {
    test(`"${written}" names nothing and is refused`, async (t) => {
      const scene = await brokerScene(t);
      for (const command of ['SEND', 'SUBSCRIBE'] as const) {
        const client = await scene.client();
        client.frame(command, { destination: written, id: 's' });
        await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
      }
    });
  }
});

describe('a SEND to a list', () => {
  test('gives each queue and topic its copy, with the same message-id', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    for (const destination of ['/queue/a', '/topic/b', '/queue/c']) {
      await client.subscribes(destination, { id: destination });
    }
    const list = '/queue/a,/topic/b,/queue/c';
    await client.sends(list, 'hello', { foo: 'bar' });
    const messages = await client.nextMessages(3);
    // Topics need not wait for the disk.
    assert.deepEqual(
      messages.map(({ headers }) => headers['destination']),
      ['/topic/b', '/queue/a', '/queue/c'],
    );
    assert.equal(new Set(messages.map(({ headers }) => headers['message-id'])).size, 1);
    for (const { headers, body } of messages) {
      assert.deepEqual(
        [headers['original-destination'], headers['foo'], body],
        [list, 'bar', 'hello'],
      );
    }
    await client.expectsNoFrame();
  });

  test('takes an element without a prefix for a queue, whatever the first one is', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends('/topic/b, a2 ', 'hello');
    assert.deepEqual(await bodiesOf(client, '/queue/a2', 1), ['hello']);
    await client.subscribes('/topic/a2');
    await client.expectsNoFrame();
  });

  test('is confirmed when all copies are on disk', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await (await first.client()).sends('/queue/a,/queue/b', 'kept');
    await first.close();
    const client = await (await brokerScene(t, { data })).client();
    assert.deepEqual(await bodiesOf(client, '/queue/a', 1), ['kept']);
    assert.deepEqual(await bodiesOf(client, '/queue/b', 1), ['kept']);
  });

  test('with one element that is wrong reaches none', async (t) => {
    const scene = await brokerScene(t);
    for (const list of ['/queue/a,/topic/', '/queue/a,,/queue/b', '/queue/a,/queue/b.>']) {
      const client = await scene.client();
      client.frame('SEND', { destination: list, receipt: 'r' });
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    }
    const client = await scene.client();
    await client.subscribes('/queue/a');
    await client.expectsNoFrame();
  });

  test('of more than 100 elements is refused', async (t) => {
    const scene = await brokerScene(t);
    const list = (count: number) => Array.from({ length: count }, (_, n) => `/queue/${n}`).join();
    const client = await scene.client();
    await client.sends(list(100), 'hello');
    client.frame('SEND', { destination: list(101) });
    await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
  });

  test('in a transaction happens to all of them at COMMIT, to none after ABORT', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a', { id: 'a' });
    await client.subscribes('/topic/b', { id: 'b' });
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', { transaction: 't' });
      await client.sends('/queue/a,/topic/b', end, { transaction: 't' });
      await client.expectsNoFrame();
      await client.confirms(end, { transaction: 't' });
    }
    assert.deepEqual(await client.nextBodies(2), ['COMMIT', 'COMMIT']);
    await client.expectsNoFrame();
  });

  test('shows original-destination to readers of every version, colons included', async (t) => {
    const scene = await brokerScene(t);
    const sender = await scene.client();
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await scene.client(version);
      await client.subscribes('/queue/c:d');
      const list = '/queue/c:d,/queue/other:1';
      await sender.sends(list, version);
      const { headers } = await client.nextMessage();
      assert.equal(headers['destination'], '/queue/c:d');
      assert.equal(headers['original-destination'], list);
      await client.unsubscribes();
    }
  });

  test('works over TCP', async (t) => {
    const client = await (await brokerScene(t, LISTENING)).clientOverTcp();
    await client.subscribes('/queue/a,/topic/b');
    await client.sends('/queue/a,/topic/b', 'hello');
    assert.deepEqual(await client.nextBodies(2), ['hello', 'hello']);
  });
});

describe('a SUBSCRIBE to a list', () => {
  test('is one subscription to queues and topics alike', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a,/topic/b,c');
    for (const destination of ['/queue/a', '/topic/b', '/queue/c']) {
      await client.sends(destination, destination);
    }
    const messages = await client.nextMessages(3);
    assert.deepEqual(
      messages.map(({ headers, body }) => [headers['subscription'], headers['destination'], body]),
      ['/queue/a', '/topic/b', '/queue/c'].map((name) => ['s', name, name]),
    );
  });

  test('acknowledges up to a message across all of them in client mode', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a,/queue/b', { ack: 'client' });
    for (const [index, name] of ['a', 'b', 'a', 'b'].entries()) {
      await client.sends(`/queue/${name}`, String(index));
    }
    const messages = await client.nextMessages(4);
    await client.acks(messages[2] ?? assert.fail());
    await client.disconnects();
    const after = await scene.client();
    assert.deepEqual(await bodiesOf(after, '/queue/a', 0), []);
    assert.deepEqual(await bodiesOf(after, '/queue/b', 1), ['3']);
  });

  test('has one prefetch for all of them', async (t) => {
    const client = await (await brokerScene(t)).client();
    const few = { ack: 'client-individual', 'activemq.prefetchSize': 2 };
    await client.subscribes('/queue/a,/topic/b', few);
    for (const name of ['/queue/a', '/topic/b', '/queue/a', '/topic/b']) await client.sends(name);
    const messages = await client.nextMessages(2);
    await client.expectsNoFrame();
    for (const message of messages) await client.acks(message);
    await client.nextMessages(2);
  });

  test('ends with one UNSUBSCRIBE, and what it held goes back', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.sends('/queue/a,/queue/b', 'hello');
    await client.subscribes('/queue/a,/queue/b', { ack: 'client' });
    await client.nextMessages(2);
    await client.unsubscribes();
    await client.sends('/topic/b', 'missed');
    assert.deepEqual(await bodiesOf(client, '/queue/a', 1), ['hello']);
    assert.deepEqual(await bodiesOf(client, '/queue/b', 1), ['hello']);
  });

  test('that names one twice gets its messages once', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a,/topic/b,/queue/a,/topic/b');
    await client.sends('/queue/a', 'one');
    await client.sends('/topic/b', 'two');
    assert.deepEqual(await client.nextBodies(2), ['one', 'two']);
    await client.expectsNoFrame();
  });

  test('with one element that is wrong joins none, and leaves nothing behind', async (t) => {
    const scene = await brokerScene(t);
    const wrong = '/queue/a,/topic/b,/topic/c.>,/remote-temp-queue/ID-0-1:x';
    const refused = await scene.client();
    refused.frame('SUBSCRIBE', { destination: wrong, id: 's', receipt: 'r' });
    await refused.expectsError('STOMP_PROTO_BAD_DESTINATION');
    const client = await scene.client();
    await client.sends('/queue/a', 'still there');
    assert.deepEqual(await bodiesOf(client, '/queue/a', 1), ['still there']);
  });
});
