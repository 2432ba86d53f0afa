/** The service's promises against the embedded broker, with its messages on disk. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessaging, type ListenerContext, resolveSettings, startBroker } from 'stompbox';
import { type RunningBroker, serviceSuite } from '../service-suite.js';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { newTemporaryFolder } from '../support/temporary-folder.js';

const HOST = '127.0.0.1';

async function startEmbedded(): Promise<RunningBroker> {
  const folder = newTemporaryFolder();
  const open = (port: number) =>
    startBroker({ data: folder.path, connectors: [{ host: HOST, port }] });
  let broker = await open(0);
  const [connector] = broker.connectors;
  assert.ok(connector);
  return {
    url: connector.url,
    async restart() {
      await broker.close();
      broker = await open(connector.port);
    },
    async stop() {
      await broker.close();
      folder.remove();
    },
  };
}

serviceSuite({
  name: 'the embedded broker',
  start: startEmbedded,
  whyNoSelectors: 'the embedded broker refuses selectors so far',
});

describe('the message service with the embedded broker alone', () => {
  test('a message that its handler refuses is tried again, and knows which try it is', async (t) => {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    t.after(() => broker.close());
    const settings = resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
    const messaging = createMessaging(settings, { logger: new MemoryLogger() });
    t.after(() => messaging.close());
    const inbox = new Inbox<number>();
    const handler = (_body: unknown, { attempt }: ListenerContext) => {
      inbox.add(attempt);
      if (attempt < 4) throw new Error('not yet');
    };
    await messaging.consume(handler, { retry: { immediateMs: [0], delayedMs: [1, 1] } });
    await messaging.sendToQueue('once more');
    assert.deepEqual(await inbox.until(4), [1, 2, 3, 4]);
  });

  test('a broker that is not there is told with its address and what to do', async () => {
    const messaging = createMessaging(resolveSettings({ url: '127.0.0.1:1' }, { env: {} }));
    await assert.rejects(messaging.sendToQueue(1), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'STOMP_NET_REFUSED');
      assert.match(error.message, /127\.0\.0\.1:1 .*broker may be down.*61613.*stompbox broker/s);
      return true;
    });
    await messaging.close();
  });
});
