/** A failure must be found by the id of the request that it belongs to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessaging, type LogFields, type Logger, resolveSettings } from 'stompbox';
import { Inbox } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';

test('a failure is logged with the fields of its message, where the logger has fields', async () => {
  const fake = new FakeConnection();
  const lines = new Inbox<readonly [string, LogFields]>();
  const loggerWith = (fields: LogFields): Logger => ({
    debug: () => undefined,
    info: () => undefined,
    warn: (text) => lines.add([text, fields]),
    error: (text) => lines.add([text, fields]),
    child: (more) => loggerWith({ ...fields, ...more }),
  });
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    logger: loggerWith({}),
    connect: async () => fake.connection,
  });
  const onMessage = function pricing() {
    throw new Error('no price');
  };
  await messaging.consume(onMessage, { queue: 'a', retry: false });
  fake.subscriptions[0]?.deliver('m1', '{}', { 'correlation-id': 'request-7' });
  const [[text, fields] = []] = await lines.until(1);
  assert.match(text ?? '', /pricing failed on message m1/);
  assert.deepEqual(fields, {
    listener: 'pricing',
    destination: '/queue/a',
    messageId: 'm1',
    correlationId: 'request-7',
  });
});
