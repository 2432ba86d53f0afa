/** When the messages of hold queues are brought back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerError, profileOf } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { createMessaging, resolveSettings } from 'stompbox';
import { settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';

/** A listener whose handler fails, at a broker with a schedule. */
async function scene() {
  const fake = new FakeConnection();
  const logger = new MemoryLogger();
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    logger,
    connect: async () => fake.connection,
  });
  const handler = () => Promise.reject(new Error('no'));
  const retry = { immediateMs: [], delayedMs: [100] };
  const handle = await messaging.consume(handler, { queue: 'a', retry });
  const keepers = () => fake.journal.filter((line) => line.startsWith('subscribe /queue/HOLD'));
  const fail = async (messageId: string) => {
    fake.subscriptions[0]?.deliver(messageId, '1');
    await settled();
  };
  return { fake, logger, handle, keepers, fail };
}

const RABBITMQ = { profile: profileOf('rabbitmq') };

test('a failover to a broker without a schedule starts them with the first held message', async () => {
  const { fake, handle, keepers, fail } = await scene();
  await fail('m1');
  assert.deepEqual(keepers(), []);
  Object.assign(fake.connection, RABBITMQ);
  await fail('m2');
  await fail('m3');
  assert.equal(fake.sends.at(-1)?.destination, '/queue/HOLD.a.100');
  assert.deepEqual(
    keepers().map((line) => line.split(' ')[1]),
    ['/queue/HOLD.a.100', '/queue/HOLD.a.other'],
  );
  await handle.close();
  assert.ok(fake.journal.includes('unsubscribe /queue/HOLD.a.100'));
});

test('who may not ask ActiveMQ for its schedule, holds messages', async () => {
  const fake = new FakeConnection('ActiveMQ/5.18', 'activemq');
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    logger: new MemoryLogger(),
    connect: async () => fake.connection,
  });
  const frame = {
    command: 'ERROR',
    headers: FrameHeaders.from({}),
    body: new Uint8Array(),
  } as const;
  fake.onSubscribe = async (destination) => {
    if (destination.startsWith('/temp-queue/')) throw BrokerError.refused('SUBSCRIBE', frame);
  };
  await messaging.consume(() => undefined, { queue: 'a', retry: { delayedMs: [100] } });
  await messaging.consume(() => undefined, { queue: 'b', retry: { delayedMs: [100] } });
  const asked = fake.journal.filter((line) => line.startsWith('subscribe /temp-queue/'));
  assert.equal(asked.length, 1);
  assert.ok(fake.journal.some((line) => line.startsWith('subscribe /queue/HOLD.a.100')));
});

test('a hold queue that may not be read is asked for once', async () => {
  const { fake, logger, keepers, fail } = await scene();
  const frame = {
    command: 'ERROR',
    headers: FrameHeaders.from({}),
    body: new Uint8Array(),
  } as const;
  fake.onSubscribe = () => Promise.reject(BrokerError.refused('SUBSCRIBE', frame));
  Object.assign(fake.connection, RABBITMQ);
  await fail('m1');
  await fail('m2');
  assert.equal(keepers().length, 2);
  assert.match(logger.lines.join('\n'), /cannot read \/queue\/HOLD\.a\.100, .*allow it/);
});
