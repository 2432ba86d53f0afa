/** What a SEND becomes: bodies, receipts, and the headers that JMS knows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { EVERY_TRANSPORT, sceneOver, strangerOver } from './every-transport.js';
import { VERSIONS } from './versions.js';

const EMOJI = '!®౩🙂';
/** A number of five bytes, one of them NUL. */
const BYTES = Uint8Array.of(1, 2, 0, 4, 5);

describe('a text', () => {
  for (const version of VERSIONS) {
    test(`sent by a ${version} client comes with the time at which it was sent`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const consumer = await scene.client();
      await consumer.subscribes('/queue/a');
      client.writes('SEND\ndestination:/queue/a\n\nHello World\0');
      const { body, headers } = await consumer.nextMessage();
      assert.equal(body, 'Hello World');
      assert.equal(headers['timestamp'], String(scene.clock.now()));
      assert.equal(headers['content-length'], undefined);
    }); // StompTest.testSendMessage

    for (const reader of VERSIONS) {
      test(`of any characters goes from ${version} to ${reader} unchanged`, async (t) => {
        const scene = await brokerScene(t);
        const client = await scene.client(version);
        const consumer = await scene.client(reader);
        await consumer.subscribes('/queue/a');
        client.writes(`SEND\ndestination:/queue/a\n\n${EMOJI}\0`);
        assert.equal((await consumer.nextMessage()).body, EMOJI);
      }); // StompTest.testSend4ByteUtf8StompToJms, StompTest.testSend4ByteUtf8JmsToStomp, StompTest.testSend4ByteUtf8StompToStomp
    }
  }

  for (const kind of EVERY_TRANSPORT) {
    test(`of three million bytes goes through ${kind} in both directions`, async (t) => {
      const scene = await sceneOver(t, kind);
      const client = await strangerOver(t, scene, kind);
      await client.connects();
      await client.subscribes('/queue/a');
      for (const length of [100, 3_000_000]) {
        client.writes(`SEND\ndestination:/queue/a\n\n${'A'.repeat(length)}\0`);
        assert.equal((await client.nextMessage()).body, 'A'.repeat(length));
      }
    }); // StompTest.testSendReceiveBigMessage, StompNIOSSLLargeMessageTest.testSendMessageBytes
  }

  test('without any characters is a message like any other', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/a', { id: undefined });
    client.writes('SEND\ndestination:/queue/a\n\n\0');
    const { body, headers } = await client.nextMessage();
    assert.deepEqual([body, headers['content-length']], ['', undefined]);
  }); // StompTest.testSendNullBodyTextMessage
});

describe('bytes', () => {
  for (const version of VERSIONS) {
    // The space behind the number is a client's mistake that ActiveMQ forgives.
    test(`with NUL among them are counted, and come as they were sent, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      client.writes('SEND\ndestination:/queue/a\ncontent-length:5 \n\n');
      client.writes(BYTES);
      client.writes('\0');
      const { bytes, headers } = await client.nextMessage();
      assert.deepEqual([bytes, headers['content-length']], [BYTES, '5']);
      assert.equal(headers['type'], undefined);
    }); // StompTest.testBytesMessageWithNulls, StompTest.testSubscribeWithAutoAckAndBytesMessage
  }

  test('of fifty messages that waited all come whole', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp('1.0');
    for (let count = 0; count < 50; count += 1) {
      client.frame('SEND', { destination: '/queue/a', 'content-length': 5 }, BYTES);
    }
    await client.roundTrip();
    await client.subscribes('/queue/a', { id: undefined });
    for (const { bytes, headers } of await client.nextMessages(50)) {
      assert.deepEqual([bytes, headers['content-length']], [BYTES, '5']);
    }
  }); // StompTest.testSendMultipleBytesMessages

  test('may be none at all, which a length of 0 tells from a text', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/other', { id: 'a' });
    await client.sends('/queue/a', '', { 'content-length': 0 });
    client.frame('SUBSCRIBE', { destination: '/queue/a', id: 'b', receipt: 'second' });
    await client.receipt('second');
    const { bytes, headers } = await client.nextMessage();
    assert.deepEqual([bytes.length, headers['content-length']], [0, '0']);
    assert.equal(headers['subscription'], 'b');
  }); // StompTest.testReceiptNewQueue
});

describe('a receipt', () => {
  for (const version of VERSIONS) {
    test(`is for the sender alone, who gets one for its DISCONNECT as well, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      const consumer = await scene.client();
      await consumer.subscribes('/queue/a');
      client.writes('SEND\ndestination:/queue/a\nreceipt:msg-1\n\nHello World\0');
      await client.receipt('msg-1');
      assert.equal((await consumer.nextMessage()).headers['receipt'], undefined);
      client.writes('DISCONNECT\nreceipt:bye\n\n\0');
      await client.receipt('bye');
      await client.expectsClose();
    }); // StompTest.testReceipts
  }

  test('comes before the messages that were there before the subscription', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    for (let count = 0; count < 20; count += 1) {
      const producer = await scene.clientOverTcp('1.0');
      await producer.sends('/queue/a', `message ${count}`);
      await producer.disconnects();
      const consumer = await scene.clientOverTcp('1.0');
      consumer.writes('SUBSCRIBE\ndestination:/queue/a\nreceipt:first\n\n\0');
      assert.equal((await consumer.nextFrame()).headers['receipt-id'], 'first');
      assert.equal((await consumer.nextFrame()).body, `message ${count}`);
      await consumer.confirms('UNSUBSCRIBE', { destination: '/queue/a' });
      await consumer.disconnects();
    }
  }); // StompTest.testSubscriptionReceipts
});

describe('the header', () => {
  for (const version of VERSIONS) {
    test(`priority is 4 unless the sender of ${version} says otherwise`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      await client.sends('/queue/a');
      assert.equal((await client.nextMessage()).headers['priority'], '4');
    }); // StompTest.testSendMessageWithNoPriorityReceivesDefault

    // ActiveMQ does not show the group to STOMP consumers; here they see it, so that they can tell it.
    test(`JMSXGroupID names a group, and consumers see it, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', 'Hello World', { JMSXGroupID: 'TEST' });
      assert.equal((await client.nextMessage()).headers['JMSXGroupID'], 'TEST');
    }); // StompTest.testJMSXGroupIdCanBeSet

    test(`names that JMS knows, and the sender's own, come as they were sent in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      const sent = {
        'correlation-id': 'c123',
        persistent: 'true',
        priority: '3',
        type: 't345',
        JMSXGroupID: 'abc',
        foo: 'abc',
        bar: '123',
      };
      await client.sends('/queue/a', 'Hello World', sent);
      const { headers } = await client.nextMessage();
      for (const [name, value] of Object.entries(sent)) assert.equal(headers[name], value, name);
    }); // StompTest.testSendMessageWithStandardHeaders, StompTest.testSubscribeWithMessageSentWithProperties

    test(`persistent:true comes with the message in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', '', { persistent: 'true' });
      assert.equal((await client.nextMessage()).headers['persistent'], 'true');
    }); // StompTest.testPersistent
  }

  // In ActiveMQ such a message is lost with the broker; here what nobody said is the safe side.
  test('persistent is true for queues by default, and absent where a sender wants it so', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/a', { id: undefined });
    await client.sends('/queue/a');
    assert.equal((await client.nextMessage()).headers['persistent'], 'true');
    await client.sends('/queue/a', '', { persistent: 'false' });
    assert.equal((await client.nextMessage()).headers['persistent'], undefined);
    await client.subscribes('/topic/a', { id: undefined });
    await client.sends('/topic/a');
    assert.equal((await client.nextMessage()).headers['persistent'], undefined);
  }); // StompTest.testPersistentDefaultValue

  test('message-id and others that are the broker’s are not the sender’s to write', async (t) => {
    const scene = await brokerScene(t, { populateUserId: true });
    const client = await scene.client('1.0', { login: 'system', passcode: 'manager' });
    await client.subscribes('/queue/a', { id: undefined });
    await client.sends('/queue/a', 'Hello World', {
      'message-id': 'mine',
      timestamp: 1234,
      redelivered: 'true',
      subscription: 'mine',
      JMSXUserID: 'somebody',
    });
    const { headers } = await client.nextMessage();
    assert.notEqual(headers['message-id'], 'mine');
    assert.equal(headers['timestamp'], '1234');
    assert.equal(headers['redelivered'], undefined);
    assert.equal(headers['subscription'], undefined);
    assert.equal(headers['JMSXUserID'], 'system');
  }); // StompTest.testClientSetMessageIdIsIgnored

  test('JMSXUserID names the sender where the broker is told to show it', async (t) => {
    const scene = await brokerScene(t, { populateUserId: true });
    const client = await scene.client('1.0', { login: 'system', passcode: 'manager' });
    await client.subscribes('/queue/a', { id: undefined });
    await client.sends('/queue/a');
    assert.equal((await client.nextMessage()).headers['JMSXUserID'], 'system');
  }); // StompTest.testJMSXUserIDIsSetInMessage, StompTest.testJMSXUserIDIsSetInStompMessage

  for (const text of ['JustAString', 'some destination']) {
    test(`reply-to:${text}, which names nothing, comes as it was sent`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client('1.0');
      await client.subscribes('/queue/a', { id: undefined });
      await client.sends('/queue/a', '', { 'reply-to': text });
      assert.equal((await client.nextMessage()).headers['reply-to'], text);
    }); // StompTest.testDefaultJMSReplyToDest, StompTest.testReplytoModification
  }
});

describe('a delay', () => {
  test('holds a message back until it is over', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    await client.subscribes('/queue/a', { id: undefined });
    await client.sends('/queue/a', 'Hello World', { AMQ_SCHEDULED_DELAY: 2000 });
    scene.clock.advance(1999);
    await client.expectsNoFrame();
    scene.clock.advance(1);
    assert.equal((await client.nextMessage()).body, 'Hello World');
  }); // StompTest.testSendMessageWithDelay
});
