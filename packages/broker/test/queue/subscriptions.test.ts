/** SUBSCRIBE and UNSUBSCRIBE of queues, per version, and what is refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';

describe('SUBSCRIBE', () => {
  test('needs an id from 1.1 on', async (t) => {
    const scene = await brokerScene(t);
    for (const version of ['1.1', '1.2'] as const) {
      const client = await scene.client(version);
      client.frame('SUBSCRIBE', { destination: '/queue/a' });
      await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    }
  });

  test('needs no id in 1.0, and its messages then name no subscription', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    client.frame('SUBSCRIBE', { destination: '/queue/a', receipt: 'r' });
    await client.receipt('r');
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).headers['subscription'], undefined);
  });

  test('may have an id in 1.0, which its messages name', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    await client.subscribes('/queue/a', { id: 'mine' });
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).headers['subscription'], 'mine');
  });

  test('needs an id that no other one of the connection has', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a', { id: 's' });
    await (await scene.client()).subscribes('/queue/a', { id: 's' });
    client.frame('SUBSCRIBE', { destination: '/queue/b', id: 's' });
    await client.expectsError('STOMP_PROTO_DUPLICATE_SUBSCRIPTION');
  });

  test('may use an id again after UNSUBSCRIBE', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (const name of ['a', 'b']) {
      await client.subscribes(`/queue/${name}`);
      await client.sends(`/queue/${name}`, name);
      assert.equal((await client.nextMessage()).body, name);
      await client.unsubscribes();
    }
  });

  for (const mode of ['', 'AUTO', 'manual']) {
    test(`with ack:"${mode}" is refused`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', ack: mode });
      await client.expectsError('STOMP_PROTO_BAD_HEADER');
    });
  }

  for (const [name, value] of [
    ['browser', 'yes'],
    ['activemq.noLocal', '1'],
    ['activemq.exclusive', ''],
    ['activemq.priority', '128'],
    ['activemq.maximumPendingMessageLimit', 'few'],
  ] as const) {
    test(`with ${name}:"${value}" is refused, rather than misunderstood`, async (t) => {
      const client = await (await brokerScene(t)).client();
      await client.sends('/queue/a', 'hello');
      client.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', [name]: value, receipt: 'r' });
      const { headers } = await client.expectsError('STOMP_PROTO_BAD_HEADER');
      assert.equal(headers['receipt-id'], 'r');
      assert.match(headers['message'] ?? '', new RegExp(name));
    });
  }

  test('with browser:false is an ordinary one', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a', { browser: 'false' });
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  for (const destination of ['', '/queue/']) {
    test(`to "${destination}" is refused`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.writes(`SUBSCRIBE\r\nid:s\r\ndestination:${destination}\r\n\r\n\0`);
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    });
  }
});

describe('UNSUBSCRIBE', () => {
  test('ends the delivery', async (t) => {
    const client = await (await brokerScene(t)).client('1.1');
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'before');
    assert.equal((await client.nextMessage()).body, 'before');
    await client.unsubscribes();
    await client.sends('/queue/a', 'after');
    await client.expectsNoFrame();
  });

  test('by destination ends the oldest subscription of a 1.0 client to it', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    await client.subscribes('/queue/a', { id: 'old' });
    await client.subscribes('/queue/a', { id: 'young' });
    await client.confirms('UNSUBSCRIBE', { destination: '/queue/a' });
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).headers['subscription'], 'young');
    await client.confirms('UNSUBSCRIBE', { destination: '/queue/a' });
    await client.sends('/queue/a', 'nobody');
    await client.expectsNoFrame();
  });

  test('by id works in 1.0 too', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    await client.subscribes('/queue/a', { id: 'one' });
    await client.unsubscribes('one');
    await client.sends('/queue/a', 'nobody');
    await client.expectsNoFrame();
  });

  for (const [version, headers] of [
    ['1.0', { destination: '/queue/other' }],
    ['1.0', { id: 'other' }],
    ['1.1', { id: 'other' }],
    ['1.2', { id: 'other' }],
  ] as const) {
    test(`of ${JSON.stringify(headers)} that is not there is refused in ${version}`, async (t) => {
      const client = await (await brokerScene(t)).client(version);
      await client.subscribes('/queue/a');
      client.frame('UNSUBSCRIBE', headers);
      await client.expectsError('STOMP_PROTO_NO_SUBSCRIPTION');
    });
  }

  test('without id and destination is refused', async (t) => {
    const client = await (await brokerScene(t)).client('1.0');
    client.frame('UNSUBSCRIBE', {});
    await client.expectsError('STOMP_PROTO_MISSING_HEADER');
  });
});
