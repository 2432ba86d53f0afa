/** Many connections at a time, each with many subscriptions; and whole conversations over every transport. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerScene } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';
import { type AnyTransport, clientOver, EVERY_TRANSPORT, sceneOver } from './every-transport.js';
import { sizeOf } from './queue-counts.js';

/** ActiveMQ has 100 connections; over sockets fewer show the same here and take less long. */
const CONNECTIONS: Readonly<Record<AnyTransport, number>> = {
  memory: 100,
  tcp: 100,
  tls: 20,
  ws: 20,
  wss: 20,
};
const DESTINATIONS_EACH = 10;
const SENT = 250;
const BODY = Uint8Array.from({ length: 256 }, (_, index) => index);

describe('load', () => {
  for (const kind of EVERY_TRANSPORT) {
    test(`of ${CONNECTIONS[kind]} ${kind} connections reaches all subscribers whole`, async (t) => {
      const scene = await sceneOver(t, kind);
      const consumers: StompClient[] = [];
      for (let count = 0; count < CONNECTIONS[kind]; count += 1) {
        const consumer = await clientOver(t, scene, kind);
        await subscribeToMany(consumer, count);
        consumers.push(consumer);
      }
      const producer = await clientOver(t, scene, kind);
      const head = { destination: '/topic/load', 'content-length': BODY.length };
      for (let id = 0; id < SENT; id += 1) producer.frame('SEND', { ...head, id }, BODY);
      await producer.roundTrip();
      for (const consumer of consumers) await receiveAll(consumer);
      assert.equal(scene.broker.counters.topicMessagesDropped, 0);
    }); // StompLoadTest.testStompUnloadLoad, StompNIOLoadTest, StompSSLLoadTest, StompNIOSSLLoadTest
  }
});

async function subscribeToMany(consumer: StompClient, count: number): Promise<void> {
  for (let index = 0; index < DESTINATIONS_EACH; index += 1) {
    for (const kind of ['queue', 'topic']) {
      const destination = `/${kind}/mine.${count}.${index}`;
      consumer.frame('SUBSCRIBE', { destination, id: destination });
    }
  }
  await consumer.subscribes('/topic/load', {
    id: 'load',
    ack: 'client',
    'activemq.prefetchSize': 1,
  });
}

async function receiveAll(consumer: StompClient): Promise<void> {
  for (let number = 0; number < SENT; number += 1) {
    const message = await consumer.nextMessage();
    assert.equal(message.headers['id'], String(number));
    assert.deepEqual(message.bytes, BODY);
    consumer.frame('ACK', consumer.nameOf(message));
  }
}

/** In the stead of ActiveMQ's suites that run all of its tests again over another transport. */
describe('over', () => {
  for (const kind of EVERY_TRANSPORT) {
    test(`${kind} a client sends, consumes, settles, aborts, commits and leaves`, async (t) => {
      const scene = await sceneOver(t, kind);
      const client = await clientOver(t, scene, kind);
      await converse(scene, client);
      await client.disconnects();
    }); // StompNIOTest, StompSslTest, StompNIOSSLTest, StompAutoTest, Stomp11NIOTest, Stomp11NIOSSLTest, Stomp12NIOTest, Stomp12NIOSSLTest
  }
});

async function converse(scene: BrokerScene, client: StompClient): Promise<void> {
  await client.subscribes('/queue/a', { ack: 'client-individual' });
  await client.confirms('BEGIN', { transaction: 'tx' });
  await client.sends('/queue/a', 'never sent', { transaction: 'tx' });
  await client.confirms('ABORT', { transaction: 'tx' });
  await client.confirms('BEGIN', { transaction: 'tx' });
  await client.sends('/queue/a', BODY, { transaction: 'tx', 'content-length': BODY.length });
  await client.sends('/queue/a', '!®౩🙂', { transaction: 'tx' });
  await client.expectsNoFrame();
  await client.confirms('COMMIT', { transaction: 'tx' });
  const [bytes, text] = await client.nextMessages(2);
  assert(bytes && text);
  assert.deepEqual(bytes.bytes, BODY);
  assert.equal(text.body, '!®౩🙂');
  await client.acks(bytes);
  await client.nacks(text);
  scene.clock.advance(1000);
  const again = await client.nextMessage();
  assert.deepEqual([again.body, again.headers['redelivered']], ['!®౩🙂', 'true']);
  await client.acks(again);
  await client.unsubscribes();
  assert.equal(sizeOf(scene, 'a'), 0);
}
