/** What a service writes while messages are handled: of which message, and never what is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { jsonLogger } from '../../dist/logging/json-logger.js';
import { gate } from '../support/events.js';

test('lines of a handler name their message; none shows a body or a password', async (t) => {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const url = broker.connectors[0]?.url ?? '';
  const settings = resolveSettings({ url, user: 'ada', password: 'hunter2' }, { env: {} });
  const lines: string[] = [];
  const logger = jsonLogger({ level: 'debug', write: (line) => lines.push(line) });
  const messaging = createMessaging(settings, { logger });
  const dead = gate();
  t.after(async () => {
    await messaging.close();
    await broker.close();
  });
  t.after(
    messaging.onEvent(({ type }) => {
      if (type === 'dead-lettered') dead.open();
    }),
  );
  const ids: string[] = [];
  await messaging.consume(
    function onOrder(_order, context) {
      ids.push(context.messageId);
      context.log.info('looking');
      throw new RangeError('too much');
    },
    { queue: 'orders', retry: { immediateMs: [0], delayedMs: [] } },
  );
  await messaging.send('/queue/orders', { card: 'body-4111' }, { correlationId: 'c-7' });
  await dead.promise;

  const about = { listener: 'onOrder', destination: '/queue/orders', correlationId: 'c-7' };
  const own = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'looking');
  assert.deepEqual(
    own.map(({ time: _, ...fields }) => fields),
    [1, 2].map((attempt) => ({
      level: 'info',
      ...about,
      messageId: ids[0],
      attempt,
      msg: 'looking',
    })),
  );
  const text = lines.join('');
  assert.match(text, /too much/);
  assert.doesNotMatch(text, /hunter2|body-4111/);
});
