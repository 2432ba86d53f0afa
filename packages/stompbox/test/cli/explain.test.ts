/** `stompbox explain`: what will happen to a message, without running a listener. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Explanation } from '../../dist/cli/explain/explain-listener.js';
import { run } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SHOP = `
import { listener, queue } from 'stompbox';
const schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };
const store = { begin: async () => 'new', finish: async () => {}, forget: async () => {} };
const never = async () => { throw new Error('explain must not call a handler'); };
export default [
  listener(queue('orders', { schema }), {
    name: 'Orders', concurrency: '2-10', timeoutMs: 30000, rateLimit: { max: 5, perMs: 1000 },
    idempotency: store, deadLetter: 'lost.{queue}.{listener}',
    retry: { immediateMs: [0], delayedMs: [10000, 300000], unrecoverable: [TypeError, 'E_GONE'],
      retryIf: () => true, stack: false },
  }, never),
  listener('/topic/prices', { name: 'Prices', circuit: false }, never),
  listener('/topic/news', { name: 'News', durable: 'news', ack: 'manual' }, never),
];`;

function explanations(stdout: string): Explanation[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Explanation);
}

describe('stompbox explain', () => {
  test('says in sentences what happens, without a broker', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.ts': SHOP });
    const env = { MQ_PROFILE: 'activemq', MQ_CORRELATION_REQUIRED: 'true' };
    const { code, stdout, stderr } = await run(t, ['explain', 'Orders'], { cwd, env });
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `Listener Orders
  It handles up to 10 messages at a time for each destination; the broker sends up to 10 ahead.
  Messages of one group (JMSXGroupID) are never handled at the same time.
  At most 5 messages begin within 1 s.
  A message without a correlation id goes to its dead letter queue.
  The schema of the destination checks each body first.
  A message that was handled before is only acknowledged.
  The handler has 30 s; then its signal aborts and the try has failed.
  It pauses after 20 failures in a row, or when 50 % of at least 20 tries within 1 min failed; then one message is tried every 10 s until one succeeds.

A message of /queue/orders
  ActiveMQ Classic: subscribed to /queue/orders with ack:client-individual, activemq.prefetchSize:10.
  ActiveMQ Classic: for a later try it waits in the broker's schedule if that is on, else in /queue/HOLD.orders.10000, /queue/HOLD.orders.300000, /queue/HOLD.orders.other.
  It is acknowledged when its handler has finished.
  Try 1: when it arrives.
  Try 2: at once, in this process.
  Try 3: 10 s later (8 s to 12 s, by the jitter), in any process; the broker keeps it.
  Try 4: 5 min later (4 min to 6 min, by the jitter), in any process; the broker keeps it.
  Not tried again: UnrecoverableError, TypeError, E_GONE, a body that cannot be read, a body that the schema refuses, what retryIf says no to.
  A try that ran out of time is not tried again at once, only later.
  When the last try fails it goes to /queue/lost.orders.Orders and is acknowledged when the broker has it.
  That dead letter never expires and says why: x-original-destination, x-original-message-id, x-original-timestamp, x-original-expires, x-original-dedup-id, x-attempt, x-delayed-retries, x-max-attempts, x-first-failure-at, x-last-failure-at, x-failure-class, x-failure-code, x-failure-message, x-failure-host, x-failure-fingerprint, x-listener.
`,
    );
  });

  test('says it as JSON, for each broker that may be there', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.ts': SHOP });
    const { stdout } = await run(t, ['explain', '--json'], { cwd });
    const [orders, prices, news] = explanations(stdout);
    const subscriptions = orders?.destinations[0]?.subscriptions ?? [];
    assert.deepEqual(
      subscriptions.map((one) => [one.profile, 'waits' in one && one.waits.by]),
      [
        ['activemq', 'asked'],
        ['artemis', 'schedule'],
        ['rabbitmq', 'hold'],
        ['stompbox', 'schedule'],
      ],
    );
    assert.deepEqual(orders?.destinations[0]?.tries[2], {
      attempt: 3,
      after: 'broker',
      waitMs: 10_000,
      betweenMs: [8_000, 12_000],
    });
    const plain = prices?.destinations[0];
    assert.equal(plain?.isAcked, false);
    assert.deepEqual(
      plain?.tries.map(({ after }) => after),
      ['delivery', 'process', 'process'],
    );
    assert.equal(prices?.handling.circuit, null);
    const durable = news?.destinations[0]?.subscriptions ?? [];
    const refused = durable.filter((one) => 'refused' in one).map(({ profile }) => profile);
    assert.deepEqual(refused, ['activemq', 'artemis', 'stompbox']);
    const atRabbit = durable.find(({ profile }) => profile === 'rabbitmq');
    assert.ok(atRabbit && 'retryQueue' in atRabbit);
    assert.equal(atRabbit.retryQueue, '/queue/RETRY.News');
  });

  test('with --connect explains the broker that is there', async (t) => {
    const { url } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.ts': SHOP });
    const args = ['explain', 'News', 'shop.listener.ts', '--connect', '--json', '--url', url];
    const { code, stdout, stderr } = await run(t, args, { cwd, env: { MQ_CLIENT_ID: 'me' } });
    assert.equal(code, 0, stderr);
    const [news, ...others] = explanations(stdout);
    assert.deepEqual(others, []);
    assert.deepEqual(news?.destinations[0]?.subscriptions, [
      {
        profile: 'stompbox',
        title: 'stompbox',
        subscribesTo: '/topic/news',
        ack: 'client-individual',
        headers: { 'activemq.prefetchSize': '1', 'durable-subscription-name': 'news' },
        retryQueue: '/queue/RETRY.News',
        waits: { by: 'schedule', holdQueues: [] },
      },
    ]);
  });

  test('ends with 3 when --connect finds no broker', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.ts': SHOP });
    const { code } = await run(t, ['explain', '--connect', '--url', '127.0.0.1:1'], { cwd });
    assert.equal(code, 3);
  });

  test('ends with 2 when there is no such listener', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.ts': SHOP });
    const { code, stderr } = await run(t, ['explain', 'Order'], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /^error: there is no listener Order\nhint: did you mean Orders\?\n/);
  });
});
