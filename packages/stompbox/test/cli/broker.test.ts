import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createMessaging, resolveSettings } from 'stompbox';
import { run, start } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

describe('stompbox broker', () => {
  test('prints one ready line as JSON, serves, and ends with 0 at SIGTERM', async (t) => {
    const broker = start(t, ['broker', '--port', '0', '--memory', '--json']);
    const [line] = await broker.shows('stdout', /^.*\n/);
    const ready = JSON.parse(line ?? '') as { url: string; port: number };
    const { url, port } = ready;
    assert.ok(port > 0);
    const connectors = [{ url, host: '127.0.0.1', port }];
    assert.deepEqual(ready, { ready: true, ...connectors[0], connectors, data: null });

    const messaging = createMessaging(resolveSettings({ url }, { env: {} }));
    await messaging.sendToQueue(1);
    await messaging.close();

    broker.signal('SIGTERM');
    const { code, stdout } = await broker.ended;
    assert.equal(code, 0);
    assert.equal(stdout, line, 'only the ready line is data');
  });

  test('keeps messages in its directory, by default ./data, until it is started again', async (t) => {
    const cwd = temporaryFolder(t);
    const first = start(t, ['broker', '--port', '0'], { cwd });
    const [, url = ''] = await first.shows(
      'stdout',
      /^Broker ready at (\S+), messages in \.\/data\n/,
    );
    const producer = createMessaging(resolveSettings({ url }, { env: {} }));
    await producer.sendToQueue('kept');
    await producer.close();
    first.signal('SIGINT');
    assert.equal((await first.ended).code, 0);
    assert.ok(existsSync(join(cwd, 'data')));

    const second = start(t, ['broker', '--port', '0', '--data', join(cwd, 'data')]);
    const [, again = ''] = await second.shows('stdout', /^Broker ready at (\S+),/);
    const args = ['tail', '/queue/SampleQueue', '--consume', '--count', '1', '--url', again];
    assert.equal((await run(t, args)).stdout, '/queue/SampleQueue\tkept\n');
  });

  test('says in one line that the port is taken, and ends with 1', async (t) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    t.after(() => other.close());
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    const { code, stdout, stderr } = await run(t, [
      'broker',
      '--memory',
      '--port',
      `${address.port}`,
    ]);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      new RegExp(`^error: .*${address.port}.*\ncode: STOMP_START_PORT_IN_USE\n$`),
    );
  });

  test('listens on all that it is told to, and names them', async (t) => {
    const any = [
      '--listen',
      'stomp://127.0.0.1:0?maxConnections=1',
      '--listen',
      'ws://localhost:0/mq',
    ];
    const broker = start(t, ['broker', '--memory', '--json', ...any]);
    const [line] = await broker.shows('stdout', /^.*\n/);
    const { url, host, port, connectors } = JSON.parse(line ?? '');
    assert.deepEqual(connectors[0], { url, host, port });
    assert.match(url, /^stomp:\/\/127\.0\.0\.1:\d+$/);
    assert.match(connectors[1].url, /^ws:\/\/localhost:\d+\/mq$/);
    assert.equal(connectors.length, 2);

    const first = connect(port, '127.0.0.1');
    await once(first, 'connect');
    const second = connect(port, '127.0.0.1').on('error', () => second.destroy());
    await once(second.resume(), 'close');
    await broker.shows('stderr', /^warning: stomp:\/\/127\.0\.0\.1:\d+ closed a new connection, /m);
    first.destroy();

    const people = start(t, ['broker', '--memory', ...any]);
    await people.shows('stdout', /^Broker ready at stomp:\S+ and ws:\S+\/mq, messages in memory\n/);
  });

  for (const [args, text] of [
    [
      ['--listen', 'tcp://127.0.0.1:0'],
      /^error: Cannot listen on "tcp:\/\/127\.0\.0\.1:0": it must begin with stomp:\/\//,
    ],
    [['--listen', 'ws://127.0.0.1:0?key=a'], /^error: Unknown key key in "ws:.*; known: max/],
    [['--listen', 'stomp+ssl://127.0.0.1:0'], /^error: connectors\[0\]\.tls\.keyFile is missing/],
    [['--listen', 'stomp://127.0.0.1:0', '--port', '1'], /^error: .*leave out --host and --port/],
  ] as const) {
    test(`refuses ${args.join(' ')}, and ends with 2`, async (t) => {
      const { code, stdout, stderr } = await run(t, ['broker', '--memory', ...args]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, text);
    });
  }
});
