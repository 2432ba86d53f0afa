import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
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
    assert.deepEqual(ready, { ready: true, url, host: '127.0.0.1', port, data: null });

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
});
