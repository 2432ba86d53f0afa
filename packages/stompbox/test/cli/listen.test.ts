import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { run, start } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { settled } from '../support/events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PRINT = 'const print = (line: string) => process.stdout.write(line + "\\n");';

const CLASS_MODULE = `
import type { Message, MessageListener } from 'stompbox';
${PRINT}
enum Mark { Got = 'got' }
export class Printer implements MessageListener {
  onMessage(body: unknown, message: Message) {
    if (body === 'bad') throw new Error('boom');
    print(Mark.Got + ' ' + message.destination + ' ' + JSON.stringify(body));
  }
  onError(error: unknown) { print('failed ' + String(error)); }
}`;

const DEFINITION_MODULE = `
import { listener } from 'stompbox';
${PRINT}
export const orders = listener('/queue/orders', { concurrency: 2 }, async (order: { id: number }) => {
  print('order ' + order.id);
});
export const news = listener('/topic/news', {}, (text) => print('news ' + text));
export function notAListener() {}`;

const FUNCTION_MODULE = `export default function handle(body) { console.log('handled', body); }`;

/** Says when it begins and finishes when something is written to standard input. */
const SLOW_MODULE = `
import { once } from 'node:events';
export default async function slow(body) {
  console.log('begun', body);
  await once(process.stdin, 'data');
  console.log('finished', body);
}`;

describe('stompbox listen', () => {
  test('runs a class of a TypeScript file on the queue and topic of the settings', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'printer.ts': CLASS_MODULE });
    const listen = start(t, ['listen', 'printer.ts', '--url', url], { cwd });
    await listen.shows(
      'stderr',
      /^Printer listens to \/queue\/SampleQueue and \/topic\/SampleTopic at /m,
    );
    await messaging.sendToQueue('bad');
    await listen.shows('stdout', /^failed Error: boom\n/);
    await messaging.sendToTopic({ n: 1 });
    await listen.shows('stdout', /\ngot \/topic\/SampleTopic \{"n":1\}\n/);
    await messaging.sendToQueue({ n: 2 });
    await listen.shows('stdout', /\ngot \/queue\/SampleQueue \{"n":2\}\n/);
    listen.signal('SIGTERM');
    assert.equal((await listen.ended).code, 0);
  });

  test('finds listeners here and in listeners/, and runs all they export', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, {
      'shop.listener.ts': DEFINITION_MODULE,
      'shop.listener.js': 'throw new Error("the compiled twin must not be loaded");',
      'types.listener.d.ts': 'throw',
      'other.ts': 'throw new Error("not a listener");',
    });
    mkdirSync(join(cwd, 'listeners'));
    writeFileSync(join(cwd, 'listeners', 'sample.listener.mjs'), FUNCTION_MODULE);
    const listen = start(t, ['listen'], { cwd, env: { MQ_URL: url, MQ_QUEUE: 'samples' } });
    await listen.shows('stderr', /listens to \/queue\/orders at /);
    await listen.shows('stderr', /listens to \/topic\/news at /);
    await listen.shows('stderr', /handle listens to \/queue\/samples and \/topic\/SampleTopic/);
    await messaging.send('/queue/orders', { id: 7 });
    await messaging.send('/topic/news', 'hello');
    await messaging.send('/queue/samples', 'x');
    await listen.shows('stdout', /order 7\n/);
    await listen.shows('stdout', /news hello\n/);
    await listen.shows('stdout', /handled x\n/);
    listen.signal('SIGINT');
    assert.equal((await listen.ended).code, 0);
  });

  test('starts a listener once, however often its module exports it', async (t) => {
    const { url } = await embeddedBroker(t);
    const twice = `${CLASS_MODULE}\nexport { Printer as Again };\nexport default Printer;`;
    const cwd = temporaryFolder(t, {
      'a.listener.ts': twice,
      'b.listener.mjs': FUNCTION_MODULE,
    });
    const listen = start(t, ['listen', '--url', url], { cwd });
    await listen.shows('stderr', /^handle listens /m);
    listen.signal('SIGTERM');
    const { stderr } = await listen.ended;
    assert.equal(stderr.match(/^Printer listens /gm)?.length, 1, stderr);
  });

  test('at SIGTERM finishes the running handler, acks, and ends with 0', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'slow.mjs': SLOW_MODULE });
    const listen = start(t, ['listen', 'slow.mjs', '--url', url], { cwd });
    await messaging.sendToQueue(1);
    await messaging.sendToQueue(2);
    await listen.shows('stdout', /^begun 1\n/);
    listen.signal('SIGTERM');
    await listen.shows('stderr', /^stopping: running handlers finish/m);
    listen.write('go\n');
    const { code, stdout } = await listen.ended;
    assert.equal(code, 0);
    assert.equal(stdout, 'begun 1\nfinished 1\n');
    const args = ['tail', '/queue/SampleQueue', '--consume', '--count', '1', '--url', url];
    assert.equal((await run(t, args)).stdout, '/queue/SampleQueue\t2\n');
  });

  test('at a second signal ends at once with 130', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'slow.mjs': SLOW_MODULE });
    const listen = start(t, ['listen', 'slow.mjs', '--url', url], { cwd });
    await messaging.sendToQueue(1);
    await listen.shows('stdout', /^begun 1\n/);
    listen.signal('SIGINT');
    await listen.shows('stderr', /^stopping: /m);
    // Signals close to the first count as the same key press, so it is asked until it obeys.
    while (!listen.isEnded) {
      listen.signal('SIGINT');
      await settled();
    }
    assert.equal((await listen.ended).code, 130);
  });

  test('ends with 3 when the connection is gone for good, for a supervisor to see', async (t) => {
    const { url, stop } = await embeddedBroker(t);
    const cwd = temporaryFolder(t, { 'printer.ts': CLASS_MODULE });
    const failover = `failover:(${url})?maxReconnectAttempts=0`;
    const listen = start(t, ['listen', 'printer.ts', '--url', failover], { cwd });
    await listen.shows('stderr', /^Printer listens to /m);
    await stop();
    const { code, stderr } = await listen.ended;
    assert.equal(code, 3);
    assert.match(stderr, /\nerror: The connection to .* was lost: .*\ncode: STOMP_NET_LOST\n$/);
  });

  test('takes its settings from stompbox.config.ts', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const config = `import { defineConfig } from 'stompbox';
      export default defineConfig({ url: '${url}', queue: 'configured' });`;
    const cwd = temporaryFolder(t, { 'a.listener.ts': CLASS_MODULE, 'stompbox.config.ts': config });
    const listen = start(t, ['listen'], { cwd });
    await listen.shows('stderr', /^Printer listens to \/queue\/configured and /m);
    await messaging.send('/queue/configured', 1);
    await listen.shows('stdout', /^got \/queue\/configured 1\n/);
  });

  test('a module without a listener ends with 2 and says what one is', async (t) => {
    const cwd = temporaryFolder(t, { 'no.ts': 'export function handle() {}' });
    const { code, stderr } = await run(t, ['listen', 'no.ts'], { cwd });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: .*no\.ts exports no listener\nhint: export a class with onMessage/,
    );
  });

  test('a module that throws ends with 1, the reason and the place', async (t) => {
    const cwd = temporaryFolder(t, { 'throws.ts': "throw new Error('no database');" });
    const { code, stderr } = await run(t, ['listen', 'throws.ts'], { cwd });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: .*throws\.ts cannot be loaded: no database\nhint: at .*throws\.ts:1/,
    );
  });

  test('without any listener file ends with 2 and says what it looked for', async (t) => {
    const { code, stderr } = await run(t, ['listen'], { cwd: temporaryFolder(t) });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: there is no listener: no \*\.listener\.ts, .*\nhint: name the files/,
    );
  });

  test('a file that is not there ends with 2', async (t) => {
    const { code, stderr } = await run(t, ['listen', 'missing.ts'], { cwd: temporaryFolder(t) });
    assert.equal(code, 2);
    assert.match(stderr, /^error: missing\.ts is not a file\n/);
  });
});
