/** SUBSCRIBE and UNSUBSCRIBE: order, ends, ids, wildcards. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { sizeOf } from './queue-counts.js';
import { VERSIONS } from './versions.js';

describe('a subscription', () => {
  for (const version of VERSIONS) {
    test(`gets what is sent after it in auto mode, and settles it, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a', { ack: 'auto' });
      const producer = await scene.client();
      await producer.sends('/queue/a', 'hello');
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['ack']], ['hello', undefined]);
      await client.roundTrip();
      assert.equal(sizeOf(scene, 'a'), 0);
    }); // StompTest.testSubscribeWithAutoAck

    test(`gets messages in their order, those before and those after it, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const producer = await scene.client();
      const bodies = (from: number) => Array.from({ length: 10 }, (_, n) => `message ${from + n}`);
      for (const body of bodies(0)) producer.frame('SEND', { destination: '/queue/a' }, body);
      await producer.roundTrip();
      await client.subscribes('/queue/a');
      assert.deepEqual(await client.nextBodies(10), bodies(0));
      for (const body of bodies(10)) producer.frame('SEND', { destination: '/queue/a' }, body);
      assert.deepEqual(await client.nextBodies(10), bodies(10));
    }); // StompTest.testMessagesAreInOrder
  }

  for (const version of ['1.1', '1.2'] as const) {
    test(`that has ended by its id gets nothing more in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const producer = await scene.client();
      await client.subscribes('/queue/a', { id: '12345' });
      await producer.sends('/queue/a', 'first');
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['subscription']], ['first', '12345']);
      await client.unsubscribes('12345');
      await producer.sends('/queue/a', 'second');
      await client.expectsNoFrame();
    }); // Stomp11Test.testSubscribeAndUnsubscribe

    test(`without an id is refused in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      client.frame('SUBSCRIBE', { destination: '/queue/a', receipt: 'r' });
      const { headers } = await client.expectsError('STOMP_PROTO_MISSING_HEADER');
      assert.equal(headers['receipt-id'], 'r');
    }); // Stomp11Test.testSubscribeWithNoId, Stomp12Test.testSubscribeWithNoId

    // ActiveMQ leaves the connection open after it; the specification says to close.
    test(`is not ended by an UNSUBSCRIBE without an id, which is refused, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a', { id: '12345' });
      client.frame('UNSUBSCRIBE', { destination: '/queue/a' });
      await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    }); // Stomp11Test.testUnsubscribeWithNoId
  }

  test('that has ended by its destination gets nothing more in 1.0', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    const producer = await scene.client();
    client.writes('SUBSCRIBE\ndestination:/queue/a\nack:auto\n\n\0');
    await producer.sends('/queue/a', 'first');
    assert.equal((await client.nextMessage()).body, 'first');
    client.writes('UNSUBSCRIBE\ndestination:/queue/a\nreceipt:1\n\n\0');
    await client.receipt('1');
    await producer.sends('/queue/a', 'second');
    await client.expectsNoFrame();
  }); // StompTest.testUnsubscribe

  test('may be written line by line as by telnet, with CRLF after the NUL too', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.strangerOverTcp();
    client.writes('CONNECT\r\naccept-version:1.2\r\nhost:localhost\r\n\r\n\0\r\n');
    assert.equal((await client.connected()).headers['version'], '1.2');
    client.writes('SUBSCRIBE\r\nid:1\r\ndestination:/queue/a\r\nreceipt:1\r\n\r\n\0\r\n');
    await client.receipt('1');
    await client.disconnects();
  }); // Stomp12Test.testTelnetStyleSends

  for (const version of ['1.1', '1.2'] as const) {
    test(`to a name with > gets what is sent below it and to itself in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      for (const name of ['a.b.c', 'a.b']) await client.sends(`/queue/${name}`, name);
      await client.subscribes('/queue/a.b.>');
      const messages = await client.nextMessages(2);
      assert.deepEqual(messages.map(({ headers }) => headers['destination']).sort(), [
        '/queue/a.b',
        '/queue/a.b.c',
      ]);
    }); // Stomp11Test.testSubscribeWithWildcardSubscription
  }

  for (const [version, head] of [
    ['1.0', ''],
    ['1.1', 'id:1\r\n'],
    ['1.2', 'id:1\r\n'],
  ] as const) {
    test(`to an empty destination is refused in ${version}`, async (t) => {
      const scene = await brokerScene(t, LISTENING);
      const client = await scene.strangerOverTcp();
      client.writes(`CONNECT\r\naccept-version:${version}\r\nhost:x\r\n\r\n\0\r\n`);
      await client.connected();
      // In 1.1 a CR is part of its line, so the lines of this frame end without.
      const frame = `SUBSCRIBE\r\ndestination:\r\n${head}\r\n\0\r\n`;
      client.writes(version === '1.1' ? frame.replaceAll('\r', '') : frame);
      await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
    }); // StompEmptyDestinationTest.testEmptyDestinationOnSubscribe
  }
});
