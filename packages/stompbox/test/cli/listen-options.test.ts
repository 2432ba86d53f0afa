/** What `stompbox listen` can be told: which listeners, how many messages at a time, how to log. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run, start } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const SHOP = `
import { listener } from 'stompbox';
const print = (line) => process.stdout.write(line + '\\n');
export default [
  listener('/queue/orders', { name: 'Orders', concurrency: 2, retry: { delayedMs: [10000, 300000] } },
    async (order) => print('order ' + order)),
  listener('/queue/bills', { name: 'Bills', retry: false, deadLetter: 'lost.{listener}' },
    async (bill) => print('bill ' + bill)),
];`;

/** Finishes two messages only together. */
const PAIR = `
import { listener } from 'stompbox';
let meet;
const both = new Promise((resolve) => { meet = resolve; });
let count = 0;
export default listener('/queue/pairs', { name: 'Pairs' }, async () => {
  count += 1;
  if (count === 2) meet();
  await both;
  process.stdout.write('paired\\n');
});`;

const SLOW = `
import { once } from 'node:events';
export default async function slow(body) {
  process.stdout.write('begun ' + body + '\\n');
  await once(process.stdin, 'data');
}`;

describe('stompbox listen', () => {
  test('begins with the broker and what each listener will do', async (t) => {
    const { url } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const listen = start(t, ['listen', '--url', url, '--login', 'app'], { cwd });
    await listen.shows('stderr', /^Bills listens to /m);
    listen.signal('SIGTERM');
    const { stderr } = await listen.ended;
    const [broker, orders, bills] = stderr.split('\n');
    assert.equal(broker, `broker ${url} as app`);
    assert.equal(
      orders,
      'listener Orders: /queue/orders, concurrency 2, 2 retries at once and 2 later (10 s, 5 min), ' +
        'dead letters to DLQ.orders',
    );
    assert.equal(
      bills,
      'listener Bills: /queue/bills, concurrency 1, no retries, dead letters to lost.Bills',
    );
  });

  test('runs all that an array holds, or with --only some of it', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const listen = start(t, ['listen', '--only', 'Bills', '--url', url], { cwd });
    await listen.shows('stderr', /^Bills listens to /m);
    await messaging.send('/queue/orders', 1);
    await messaging.send('/queue/bills', 2);
    await listen.shows('stdout', /^bill 2\n/);
    listen.signal('SIGTERM');
    const { stdout, stderr } = await listen.ended;
    assert.equal(stdout, 'bill 2\n');
    assert.doesNotMatch(stderr, /Orders/);
  });

  test('ends with 2 when --only names a listener that there is not', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const { code, stderr } = await run(t, ['listen', '--only', 'Bill'], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /^error: there is no listener Bill\nhint: did you mean Bills\?\n/);
    const other = await run(t, ['listen', '--only', 'Nobody'], { cwd });
    assert.match(
      other.stderr,
      /^error: there is no listener Nobody\nhint: there are Orders, Bills/,
    );
  });

  test('finds listeners by a pattern, and never in node_modules', async (t) => {
    const { url } = await embeddedBroker(t);
    const cwd = temporaryFolder(t);
    for (const folder of ['src/shop', 'src/node_modules/x', 'other']) {
      mkdirSync(join(cwd, folder), { recursive: true });
      const name = folder.replaceAll('/', '-');
      const code = `export default function handle() {}; handle.toString();`;
      writeFileSync(
        join(cwd, folder, `${name}.listener.js`),
        `throw new Error('the twin of ${name}')`,
      );
      writeFileSync(
        join(cwd, folder, `${name}.listener.ts`),
        code.replaceAll('handle', name.replaceAll('-', '_')),
      );
    }
    const listen = start(t, ['listen', 'src/**/*.listener.{ts,js}', '--url', url], { cwd });
    await listen.shows('stderr', /^src_shop listens to /m);
    listen.signal('SIGTERM');
    const { code, stderr } = await listen.ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /other|node_modules/);
    const none = await run(t, ['listen', 'lib/**/*.ts'], { cwd });
    assert.equal(none.code, 2);
    assert.match(none.stderr, /^error: no file fits lib\/\*\*\/\*\.ts\n/);
  });

  test('handles as many messages at a time as --concurrency says', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'pairs.listener.mjs': PAIR });
    const listen = start(t, ['listen', '--concurrency', '2', '--url', url], { cwd });
    await messaging.send('/queue/pairs', 1);
    await messaging.send('/queue/pairs', 2);
    await listen.shows('stdout', /^paired\npaired\n/);
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
  });

  test('with --log-format json writes nothing but JSON lines', async (t) => {
    const { url } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const listen = start(t, ['listen', '--log-format', 'json', '--url', url], { cwd });
    await listen.shows('stderr', /Bills listens to /);
    listen.signal('SIGTERM');
    const { stderr } = await listen.ended;
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    assert.ok(lines.some(({ msg }) => msg.startsWith('Orders listens to /queue/orders at ')));
    assert.ok(lines.some(({ msg }) => msg.startsWith('stopping: ')));
  });

  test('logs no more than log.level says', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const env = { MQ_LOG_LEVEL: 'error', MQ_LOG_FORMAT: 'json' };
    const listen = start(t, ['listen', '--url', url], { cwd, env });
    await messaging.send('/queue/orders', 1);
    await listen.shows('stdout', /^order 1\n/);
    listen.signal('SIGTERM');
    assert.deepEqual(await listen.ended, { code: 0, stdout: 'order 1\n', stderr: '' });
  });

  test('ends with 1 when a handler needs longer than --drain-timeout', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'slow.mjs': SLOW });
    const args = ['listen', 'slow.mjs', '--drain-timeout', '50', '--url', url];
    const listen = start(t, args, { cwd });
    await messaging.sendToQueue(1);
    await listen.shows('stdout', /^begun 1\n/);
    listen.signal('SIGTERM');
    const { code, stderr } = await listen.ended;
    assert.equal(code, 1);
    assert.match(stderr, /still open: slow with 1 message from \/queue\/SampleQueue \(ids [^)]+\)/);
    assert.match(stderr, /code: STOMP_NET_TIMEOUT_CLOSE\n$/);
  });

  test('waits for a broker that is not there yet, unless startup says fail', async (t) => {
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const args = ['listen', '--health-port', '0', '--url', '127.0.0.1:1'];
    const listen = start(t, args, { cwd });
    const [, url] = await listen.shows('stderr', /^health (\S+)$/m);
    const { status } = await fetch(`${url}/ready`);
    assert.equal(status, 503);
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
    const env = { MQ_CONNECTION_STARTUP: 'fail' };
    assert.equal((await run(t, args, { cwd, env })).code, 3);
  });

  test('with --health-port answers probes, and check asks them', async (t) => {
    const { url } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'shop.listener.mjs': SHOP });
    const env = { MQ_HEALTH_PATH: '/mq' };
    const listen = start(t, ['listen', '--health-port', '0', '--url', url], { cwd, env });
    const [, port = ''] = await listen.shows('stderr', /^health http:\/\/127\.0\.0\.1:(\d+)\/mq$/m);
    await listen.shows('stderr', /^Bills listens to /m);
    const check = await run(t, ['check', '--port', port, '--path', '/mq'], { cwd });
    assert.deepEqual(check, { code: 0, stdout: 'ok: ready\n', stderr: '' });
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
    assert.equal((await run(t, ['check', '--port', port], { cwd })).code, 3);
  });

  test('prints what has to be changed in the settings', async (t) => {
    const { url } = await embeddedBroker(t);
    const host = new URL(url).hostname;
    const port = new URL(url.replace('stomp:', 'http:')).port;
    const env = { STOMP_SERVER_HOST: host, STOMP_SERVER_PORT: port };
    const { code, stderr } = await run(t, ['send', '/queue/a', 'x'], { env });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^note: STOMP_SERVER_HOST is a name of django-stomp and will go: set MQ_URL=stomp:\/\/127\.0\.0\.1 instead\n/,
    );
  });
});
