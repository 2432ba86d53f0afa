/**
 * Whether health tells of brokers that end and of draining. Connections and subscriptions that look well and
 * are not: see test/health.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Health, type HealthReport, health, type Messaging } from 'stompbox';
import { gate } from '../support/events.js';
import { planned } from './planned-handler.js';
import { type OpenScene, scenarios } from './scenarios.js';

const OPTIONS = {
  sampleMs: 20,
  confirmWithinMs: 500,
  // Fewer losses than any test here has are no loop.
  reconnectLoop: { losses: 100 },
  canary: { everyMs: 100, timeoutMs: 1_000, idleMs: 0 },
} as const;

export function healthScenarios(): void {
  scenarios('health', (open) => {
    brokerTest(open);
    drainTest(open);
  });
}

function watched(t: TestContext, messaging: Messaging): Health {
  const watching = health(messaging, OPTIONS, { logger: QUIET });
  t.after(() => watching.close());
  return watching;
}

const QUIET = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
} as const;

/** Resolves with the first report that is wanted; the one of now counts, too. */
async function until(
  watching: Health,
  isWanted: (report: HealthReport) => boolean,
): Promise<HealthReport> {
  return await new Promise((resolve) => {
    const stop = watching.onChange((report) => look(report));
    const look = (report: HealthReport) => {
      if (!isWanted(report)) return;
      stop();
      resolve(report);
    };
    void watching.check().then(look);
  });
}

const codesOf = ({ components }: HealthReport['live']) =>
  components.flatMap(({ code }) => (code === undefined ? [] : [code]));

function brokerTest(open: OpenScene): void {
  test('without a broker it is not ready but alive, and ready again when listeners are subscribed again', async (t) => {
    const scene = open(t);
    const messaging = scene.service();
    await messaging.consume(planned, { queue: scene.queue });
    const watching = watched(t, messaging);
    await until(watching, ({ status }) => status === 'ok');
    await scene.broker.down('killed');
    const away = await until(watching, ({ ready }) => ready.status === 'failed');
    assert.ok(codesOf(away.ready).includes('not-connected'), codesOf(away.ready).join());
    assert.equal(away.live.status, 'ok');
    await scene.broker.up();
    await until(watching, ({ status }) => status === 'ok');
    await scene.send({});
    await scene.ledger.untilEnded(1, 'handled');
    await scene.account();
  });
}

function drainTest(open: OpenScene): void {
  test('while it drains it is not ready but alive', async (t) => {
    const scene = open(t);
    const [begun, finish] = [gate(), gate()];
    const handler = async () => {
      begun.open();
      await finish.promise;
    };
    const messaging = scene.service();
    await messaging.consume(handler, { queue: scene.queue });
    const watching = watched(t, messaging);
    await until(watching, ({ status }) => status === 'ok');
    await scene.send({});
    await begun.promise;
    const closing = messaging.close({ timeoutMs: 10_000 });
    const { live, ready } = await until(watching, (report) => report.ready.status === 'failed');
    assert.deepEqual([codesOf(ready), live.status], [['draining'], 'ok']);
    finish.open();
    await closing;
    await scene.account();
  });
}
