/** Errors that decide what becomes of a message. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchError, createMessaging, queue, resolveSettings, topic } from 'stompbox';
import { z } from 'zod';
import { FakeConnection } from '../support/fake-connection.js';

test('a batch error names its messages by their place', () => {
  const error = new BatchError(new Map([[2, new Error('third')]]));
  assert.equal(error.code, 'STOMP_LISTEN_BATCH');
  assert.match(error.message, /^1 of the messages of a batch failed/);
  assert.deepEqual([...error.failures.keys()], [2]);
});

test('a body that the schema refuses is told with all its issues, and not sent', async () => {
  const fake = new FakeConnection();
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    connect: async () => fake.connection,
  });
  const orders = queue('orders', {
    schema: z.object({ id: z.number(), lines: z.array(z.object({ price: z.number() })) }),
  });
  const wrong = { id: 'x', lines: [{ price: 'y' }] };
  await assert.rejects(messaging.send(orders, wrong as never), {
    code: 'STOMP_OPT_SCHEMA',
    destination: '/queue/orders',
    message: /schema of \/queue\/orders: id: .*; lines\.0\.price: /,
  });
  assert.deepEqual(fake.sends, []);
});

test('a destination needs a name, and a schema that is one', () => {
  assert.throws(() => queue(''), { code: 'STOMP_OPT_INVALID' });
  assert.throws(() => queue('/topic/a'), /is a topic/);
  assert.throws(() => topic('news', { schema: {} as never }), /must be a schema of zod, valibot/);
  assert.throws(() => topic('news', { validator: 1 } as never), /did you mean "schema"/);
  assert.deepEqual([queue('a').destination, topic('/topic/b').name], ['/queue/a', 'b']);
});
