/**
 * What health needs a real broker for, over real sockets: its probe queue works there, and red and green
 * follow what happens on the wire. How long things take is tested on a fake clock elsewhere.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { connect } from '@stompbox/client';
import {
  createMessaging,
  type Health,
  type HealthOptions,
  type HealthReport,
  health,
  type Messaging,
  resolveSettings,
} from 'stompbox';
import { MemoryLogger } from '../support/memory-logger.js';
import { codesOf, componentOf } from './scene.js';
import { startTamperingProxy, type TamperingProxy } from './tampering-proxy.js';

export interface DeliveryPlace {
  readonly name: string;
  /** URL of a broker without users. */
  readonly start: (test: TestContext) => Promise<string>;
  readonly tellsStatistics: boolean;
}

interface Watched {
  readonly proxy: TamperingProxy;
  readonly messaging: Messaging;
  readonly checked: Health;
  readonly logger: MemoryLogger;
  readonly queue: string;
  readonly handled: unknown[];
}

const QUICK: HealthOptions = {
  sampleMs: 20,
  canary: { everyMs: 50, timeoutMs: 2_000, idleMs: 0 },
};

async function watched(
  test: TestContext,
  place: DeliveryPlace,
  options: HealthOptions = {},
  prepare: (proxy: TamperingProxy, queue: string) => void = () => undefined,
): Promise<Watched> {
  const proxy = await startTamperingProxy(test, await place.start(test));
  const logger = new MemoryLogger();
  const queue = `/queue/health-${randomUUID()}`;
  prepare(proxy, queue);
  const settings = resolveSettings({ url: proxy.url }, { env: {} });
  const messaging = createMessaging(settings, {
    logger,
    connect: (url, given) =>
      connect(url, {
        ...given,
        heartBeat: { outgoingMs: 500, incomingMs: 500 },
        reconnect: { initialDelayMs: 50 },
      }),
  });
  const handled: unknown[] = [];
  const onOrder = (body: unknown) => {
    handled.push(body);
  };
  await messaging.consume(onOrder, { queue, name: 'OrderListener', retry: false });
  const checked = health(messaging, { ...QUICK, ...options }, { logger });
  test.after(async () => {
    await checked.close();
    await messaging.close();
  });
  return { proxy, messaging, checked, logger, queue, handled };
}

/** Looks turn by turn of the event loop until it is so. */
async function until(
  checked: Health,
  what: string,
  isSo: (report: HealthReport) => boolean,
): Promise<HealthReport> {
  const begunAtMs = performance.now();
  for (;;) {
    const report = await checked.check();
    if (isSo(report)) return report;
    if (performance.now() - begunAtMs > 30_000) {
      throw new Error(`${what} never came: ${JSON.stringify(report)}`);
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const canaryOf = (report: HealthReport) => componentOf(report, 'live', 'canary').state;
const isOk = ({ status }: HealthReport) => status === 'ok';

export function deliverySuite(place: DeliveryPlace): void {
  describe(`health at ${place.name}`, () => {
    test('gets its canary back, beside a listener that works', async (context) => {
      const { checked, messaging, queue, handled } = await watched(context, place);
      const report = await until(checked, 'the canary', (one) => canaryOf(one) === 'arrived');
      assert.deepEqual(codesOf(report, 'live'), []);
      await messaging.send(queue, { order: 1 });
      await until(checked, 'the message', () => handled.length === 1);
      assert.equal((await until(checked, 'well', isOk)).status, 'ok');
    });

    test('is red while deliveries are held back, and green again', async (context) => {
      const { checked, proxy } = await watched(context, place, {
        canary: { everyMs: 50, timeoutMs: 500, idleMs: 0 },
      });
      await until(checked, 'the canary', (one) => canaryOf(one) === 'arrived');
      proxy.rules.toClient = ({ command }) => (command === 'MESSAGE' ? 'drop' : 'pass');
      const red = await until(checked, 'red', (one) => codesOf(one, 'live').length > 0);
      assert.deepEqual(codesOf(red, 'live'), ['canary-lost']);
      proxy.rules.toClient = () => 'pass';
      await until(checked, 'green', isOk);
    });

    test('is red on a half-open connection, and green on the next one', async (context) => {
      const { checked, proxy, messaging, queue, handled } = await watched(context, place);
      await until(checked, 'the canary', (one) => canaryOf(one) === 'arrived');
      proxy.freeze();
      const red = await until(checked, 'red', (one) => one.ready.status === 'failed');
      assert.ok(codesOf(red, 'ready').includes('not-connected'));
      await until(checked, 'green', isOk);
      await until(checked, 'the canary', (one) => canaryOf(one) === 'arrived');
      await messaging.send(queue, { order: 1 });
      await until(checked, 'the message', () => handled.length === 1);
      assert.equal((await checked.check()).ready.status, 'ok');
    });

    if (place.tellsStatistics) {
      test('finds a SUBSCRIBE that was confirmed and lost', async (context) => {
        const { checked, proxy } = await watched(
          context,
          place,
          { statistics: true },
          (made, queue) => {
            made.rules.toBroker = ({ command, headers }) =>
              command === 'SUBSCRIBE' && headers.get('destination') === queue ? 'confirm' : 'pass';
          },
        );
        const red = await until(checked, 'red', (one) => codesOf(one, 'live').length > 0);
        assert.deepEqual(codesOf(red, 'live'), ['not-subscribed']);
        proxy.rules.toBroker = () => 'pass';
        proxy.cut();
        await until(checked, 'the loss', (one) => one.ready.status === 'failed');
        await until(checked, 'green', isOk);
      });
    } else {
      test('goes on without statistics where there are none', async (context) => {
        const { checked, logger } = await watched(context, place, { statistics: true });
        await until(checked, 'the canary', (one) => canaryOf(one) === 'arrived');
        const isTold = () => logger.lines.some((line) => line.includes('tells no statistics'));
        const profile = (await checked.check()).ready.status;
        assert.equal(profile, 'ok');
        if (place.name === 'ActiveMQ') await until(checked, 'the warning', isTold);
        assert.equal((await until(checked, 'well', isOk)).status, 'ok');
      });
    }
  });
}
