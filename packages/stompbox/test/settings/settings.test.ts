/** Where settings come from, which source is stronger, and that a password never shows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { resolveSettings, Secret, type SettingsInput } from 'stompbox';
import { temporaryFolder } from '../support/temporary-folder.js';

function settings(
  context: TestContext,
  sources: {
    input?: SettingsInput;
    env?: Record<string, string>;
    files?: Record<string, string>;
  } = {},
) {
  const cwd = temporaryFolder(context, sources.files ?? {});
  return resolveSettings(sources.input ?? {}, { env: sources.env ?? {}, cwd });
}

describe('settings', () => {
  test('without any source the local broker and the sample destinations are meant', (t) => {
    const resolved = settings(t);
    assert.equal(resolved.url, 'stomp://127.0.0.1:61613');
    assert.deepEqual(resolved.server, { host: '127.0.0.1', port: 61613 });
    assert.equal(resolved.user, undefined);
    assert.equal(resolved.password, undefined);
    assert.equal(resolved.queue, '/queue/SampleQueue');
    assert.equal(resolved.topic, '/topic/SampleTopic');
    assert.deepEqual(new Set(Object.values(resolved.origins)), new Set(['default']));
  });

  test('every MQ_ variable sets its setting', (t) => {
    const resolved = settings(t, {
      env: {
        MQ_URL: 'mq.example.com',
        MQ_PORT: '7000',
        MQ_USER: 'app',
        MQ_PASSWORD: 'geheim',
        MQ_QUEUE: '/queue/orders',
        MQ_TOPIC: '/topic/news',
      },
    });
    assert.equal(resolved.url, 'stomp://mq.example.com:7000');
    assert.equal(resolved.user, 'app');
    assert.equal(resolved.password?.reveal(), 'geheim');
    assert.equal(resolved.queue, '/queue/orders');
    assert.equal(resolved.topic, '/topic/news');
    assert.equal(resolved.origins.port, 'environment MQ_PORT');
    assert.equal(resolved.origins.password, 'environment MQ_PASSWORD');
  });

  test('variables of other programs are left alone', (t) => {
    const names = ['MQ_QUEUE_1', 'MQ_USER_2', 'MQ_TOPIC2', 'MQ_QMGR_NAME', 'MQ_ADMIN_PASSWORD'];
    const env = Object.fromEntries(names.map((name) => [name, 'x']));
    assert.equal(settings(t, { env }).origins.queue, 'default');
  });

  test('a MQ_PORT of Kubernetes does not matter where MQ_URL has the port', (t) => {
    const MQ_PORT = 'tcp://10.0.0.1:61613';
    for (const MQ_URL of ['mq:7000', 'stomp://mq:7000', 'failover:(stomp://mq:7000)']) {
      assert.match(settings(t, { env: { MQ_URL, MQ_PORT } }).url, /mq:7000/);
    }
  });

  test('an argument is stronger than the environment, and that stronger than the file', (t) => {
    const files = {
      'stompbox.config.ts': `
        import { defineConfig } from 'stompbox';
        const port: number = 7003;
        export default defineConfig({ url: 'file', port, queue: 'q-file', topic: 't-file' });`,
    };
    const env = { MQ_PORT: '7002', MQ_QUEUE: 'q-env' };
    const resolved = settings(t, { input: { queue: 'q-argument' }, env, files });
    assert.equal(resolved.url, 'stomp://file:7002');
    assert.equal(resolved.queue, '/queue/q-argument');
    assert.equal(resolved.topic, '/topic/t-file');
    assert.equal(resolved.origins.queue, 'argument');
    assert.match(resolved.origins.topic, /stompbox\.config\.ts$/);
  });

  for (const name of ['stompbox.config.js', 'stompbox.config.mjs']) {
    test(`${name} is read too`, (t) => {
      const files = { [name]: "export default { url: 'from-file:7001' };" };
      assert.equal(settings(t, { files }).url, 'stomp://from-file:7001');
    });
  }

  test('an empty variable counts as not set', (t) => {
    const env = { MQ_URL: '', MQ_PASSWORD: '', MQ_QUEUE: '' };
    assert.equal(settings(t, { env }).url, 'stomp://127.0.0.1:61613');
  });

  test('an argument that is undefined counts as not given', (t) => {
    const env = { MQ_QUEUE: 'orders' };
    assert.equal(settings(t, { input: { queue: undefined }, env }).queue, '/queue/orders');
  });

  const urls: readonly (readonly [url: string, connectsTo: string])[] = [
    ['mq.example.com', 'stomp://mq.example.com:61613'],
    ['mq.example.com:7000', 'stomp://mq.example.com:7000'],
    ['localhost', 'stomp://localhost:61613'],
    ['::1', 'stomp://[::1]:61613'],
    ['[::1]:7000', 'stomp://[::1]:7000'],
    ['stomp://mq', 'stomp://mq:61613'],
    ['stomp://mq:7000/', 'stomp://mq:7000'],
    ['tcp://mq:7000', 'stomp://mq:7000'],
    ['stomp+ssl://mq', 'stomp+ssl://mq:61614'],
    ['failover:(stomp://a:1,stomp://b:2)?randomize=false', ''],
    ['failover://(stomp://a,stomp://b)', ''],
  ];
  for (const [url, connectsTo] of urls) {
    test(`MQ_URL may be ${url}`, (t) => {
      const resolved = settings(t, { env: { MQ_URL: url } });
      assert.equal(resolved.url, connectsTo === '' ? url : connectsTo);
      assert.equal(resolved.origins.url, 'environment MQ_URL');
    });
  }

  test('a port in a stronger url wins over a weaker port', (t) => {
    const resolved = settings(t, { input: { url: 'a:7000' }, env: { MQ_PORT: '7001' } });
    assert.equal(resolved.url, 'stomp://a:7000');
    assert.equal(resolved.origins.port, 'argument');
  });

  test('a stronger port wins over the port in a url', (t) => {
    const resolved = settings(t, { input: { port: 7001 }, env: { MQ_URL: 'a:7000' } });
    assert.equal(resolved.url, 'stomp://a:7001');
  });

  test('a login in the url counts as given there and leaves the url', (t) => {
    const env = { MQ_URL: 'stomp://app:ge%40heim@mq', MQ_USER: 'app' };
    const resolved = settings(t, { env });
    assert.equal(resolved.url, 'stomp://mq:61613');
    assert.equal(resolved.user, 'app');
    assert.equal(resolved.password?.reveal(), 'ge@heim');
    const stronger = settings(t, { input: { user: 'me', password: 'mine' }, env });
    assert.equal(stronger.user, 'me');
    assert.equal(stronger.password?.reveal(), 'mine');
  });

  test('a password may stand in a file, whose last line end does not belong to it', (t) => {
    const folder = temporaryFolder(t, { secret: 'geheim \n' });
    const env = { MQ_USER: 'app', MQ_PASSWORD_FILE: join(folder, 'secret') };
    const resolved = settings(t, { env });
    assert.equal(resolved.password?.reveal(), 'geheim ');
    assert.equal(resolved.origins.password, 'environment MQ_PASSWORD_FILE');
  });

  test("a queue and a topic may be given by name alone, and other brokers' forms pass", (t) => {
    assert.equal(settings(t, { input: { queue: 'orders' } }).queue, '/queue/orders');
    assert.equal(settings(t, { input: { queue: '/temp-queue/x' } }).queue, '/temp-queue/x');
    assert.equal(settings(t, { input: { queue: '/amq/queue/x' } }).queue, '/amq/queue/x');
    assert.equal(settings(t, { input: { queue: '/queues' } }).queue, '/queues');
    assert.equal(settings(t, { input: { topic: 'news.eu' } }).topic, '/topic/news.eu');
    assert.equal(settings(t, { input: { topic: '/exchange/x' } }).topic, '/exchange/x');
  });

  test('in production a given url is enough', (t) => {
    const env = { NODE_ENV: 'production', MQ_URL: 'mq' };
    assert.equal(settings(t, { env }).url, 'stomp://mq:61613');
  });

  test('settings are frozen', (t) => {
    assert.ok(Object.isFrozen(settings(t)));
  });
});

describe('a password', () => {
  const password = 'geheim-4711';

  test('never shows in settings that are printed, logged or serialised', (t) => {
    for (const given of [password, new Secret(password)]) {
      const resolved = settings(t, { input: { user: 'app', password: given } });
      const printed = [
        String(resolved),
        `${resolved.password}`,
        JSON.stringify(resolved),
        inspect(resolved, { depth: 9, showHidden: true }),
        inspect({ ...resolved }),
      ];
      for (const text of printed) assert.doesNotMatch(text, /4711/);
      assert.match(printed[2] ?? '', /"password":"\[secret\]"/);
      assert.equal(resolved.password?.reveal(), password);
    }
  });
});
