/** `stompbox config show`: every setting, its value and its origin. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CATALOGUE } from '../../dist/settings/catalogue.js';
import { run } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const CONFIG = `import { defineConfig, queue } from 'stompbox';
export default defineConfig({
  url: 'stomp+ssl://mq', user: 'app', password: 'geheim-4711', tls: { keyPassphrase: 'geheim-4711' },
  listener: { retry: { delayedMs: [1, 2], unrecoverable: [TypeError] } },
  destinations: { orders: queue('orders') },
});`;

interface Shown {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
  readonly variable: string | null;
}

describe('stompbox config show', () => {
  test('prints each setting on a line of its own, without secrets', async (t) => {
    const cwd = temporaryFolder(t, { 'stompbox.config.ts': CONFIG });
    const { code, stdout, stderr } = await run(t, ['config', 'show'], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^url +stomp\+ssl:\/\/mq:61614\nport +61614\nuser +app\npassword +\[secret\]\n/,
    );
    assert.match(stdout, /^listener\.retry\.delayedMs +1,2$/m);
    assert.match(stdout, /^listener\.retry\.unrecoverable +\[TypeError\]$/m);
    assert.match(stdout, /^clientId +-$/m);
    assert.match(stdout, /^destinations\.orders +\/queue\/orders$/m);
    assert.doesNotMatch(stdout, /4711/);
  });

  test('with --origin says where each comes from', async (t) => {
    const cwd = temporaryFolder(t, { 'stompbox.config.ts': CONFIG });
    const env = { MQ_LISTENER_CONCURRENCY: '2-4', MQ_LISTENER_CIRCUIT: 'off' };
    const args = ['config', 'show', '--origin', '--url', 'stomp+ssl://other'];
    const { stdout } = await run(t, args, { cwd, env });
    assert.match(stdout, /^url +stomp\+ssl:\/\/other:61614 +# argument$/m);
    assert.match(stdout, /^listener\.concurrency +2-4 +# environment MQ_LISTENER_CONCURRENCY$/m);
    assert.match(stdout, /^listener\.retry\.delayedMs +1,2 +# .*stompbox\.config\.ts$/m);
    assert.match(stdout, /^listener\.circuit +false +# environment MQ_LISTENER_CIRCUIT$/m);
    assert.match(stdout, /^log\.level +info +# default$/m);
    assert.doesNotMatch(stdout, /^listener\.circuit\./m);
  });

  test('with --json prints key, value, origin and variable of each', async (t) => {
    const cwd = temporaryFolder(t);
    const env = { MQ_USER: 'app', MQ_PASSWORD: 'geheim-4711' };
    const { stdout } = await run(t, ['config', 'show', '--json'], { cwd, env });
    const shown = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Shown);
    assert.deepEqual(
      shown.map(({ key }) => key),
      CATALOGUE.filter(({ isSection }) => !isSection).map(({ path }) => path),
    );
    assert.deepEqual(
      shown.find(({ key }) => key === 'password'),
      {
        key: 'password',
        value: '[secret]',
        origin: 'environment MQ_PASSWORD',
        variable: 'MQ_PASSWORD',
      },
    );
    assert.deepEqual(
      shown.find(({ key }) => key === 'listener.retry.immediateMs'),
      {
        key: 'listener.retry.immediateMs',
        value: [0, 200],
        origin: 'default',
        variable: 'MQ_LISTENER_RETRY_IMMEDIATE_MS',
      },
    );
  });

  test('notes on standard error what should change, and refuses what is wrong', async (t) => {
    const cwd = temporaryFolder(t);
    const old = await run(t, ['config', 'show'], { cwd, env: { STOMP_SERVER_HOST: 'mq' } });
    assert.match(old.stdout, /^url +stomp:\/\/mq:61613$/m);
    assert.match(old.stderr, /^note: STOMP_SERVER_HOST is a name of django-stomp and will go: /);
    const wrong = await run(t, ['config', 'show'], { cwd, env: { MQ_LISTENR_PREFETCH: '1' } });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /MQ_LISTENR_PREFETCH .*did you mean MQ_LISTENER_PREFETCH\?/);
  });
});
