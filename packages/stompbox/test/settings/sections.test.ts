/** Sections of settings: what each source may say, and how the sources are put together. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { OptionsError, queue, resolveSettings, Secret, type SettingsInput } from 'stompbox';
import { resolveListenerOptions } from '../../dist/listener/listener-options.js';
import { CATALOGUE } from '../../dist/settings/catalogue.js';
import { showSettings, valueAt } from '../../dist/settings/show-settings.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Sources {
  input?: SettingsInput;
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function settings(context: TestContext, sources: Sources = {}) {
  const cwd = temporaryFolder(context, sources.files ?? {});
  return resolveSettings(sources.input ?? {}, { env: sources.env ?? {}, cwd });
}

function refusal(context: TestContext, sources: Sources): string {
  try {
    settings(context, sources);
  } catch (error) {
    assert.ok(error instanceof OptionsError, String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: 'the settings were accepted' });
}

describe('every setting of the catalogue', () => {
  test('has its default where nobody says anything', (t) => {
    const resolved = settings(t);
    for (const { path, initial, isSection } of CATALOGUE) {
      if (path === 'url' || path === 'port' || isSection) continue;
      const expected = path === 'listener.rateLimit.perMs' ? undefined : initial;
      assert.deepEqual(valueAt(resolved, path), expected, path);
      assert.equal(resolved.origins[path], 'default', path);
    }
  });

  test('has a variable of its own, which sets it', (t) => {
    const others: Readonly<Record<string, string>> = {
      MQ_URL: 'stomp+ssl://mq',
      MQ_USER: 'app',
      MQ_LISTENER_RATE_LIMIT_MAX: '5',
    };
    const variables = CATALOGUE.flatMap(({ variable }) => variable ?? []);
    assert.equal(new Set(variables).size, variables.length);
    for (const { path, variable, initial, kind, isSecret, isSection } of CATALOGUE) {
      if (variable === undefined || isSection || path === 'url') continue;
      const text = textFor(initial, (one) => kind.problem(kind.read(one)) === undefined);
      const resolved = settings(t, { env: { ...others, [variable]: text } });
      assert.equal(resolved.origins[path], `environment ${variable}`, path);
      const value = valueAt(resolved, path);
      if (isSecret) assert.ok(value instanceof Secret && value.reveal() === text, path);
      else assert.notDeepEqual(value, initial, path);
    }
  });

  test('of a listener has the default that listeners have by themselves', (t) => {
    assert.deepEqual(resolveListenerOptions({}, settings(t).listener), resolveListenerOptions({}));
  });
});

/** A text that the setting takes and that is not its default. */
function textFor(initial: unknown, isFine: (text: string) => boolean): string {
  const candidates = ['7', '0.7', 'false', 'true', 'first', 'hold', 'activemq', 'retry'];
  const more = ['debug', 'json', '7,8', '/p', 'name'];
  const text = [...candidates, ...more].find((one) => isFine(one) && one !== String(initial));
  assert.ok(text !== undefined, `no text for ${String(initial)}`);
  return text;
}

describe('a section', () => {
  test('takes each value from the strongest source that has it', (t) => {
    const resolved = settings(t, {
      input: { listener: { concurrency: 2 } },
      env: { MQ_LISTENER_CONCURRENCY: '3', MQ_LISTENER_RETRY_DELAYED_MS: '10000, 60000' },
      files: {
        'stompbox.config.mjs': `export default {
          listener: { concurrency: 4, timeoutMs: 50, retry: { delayedMs: [1], jitter: 0 } },
        };`,
      },
    });
    assert.equal(resolved.listener.concurrency, 2);
    assert.equal(resolved.listener.timeoutMs, 50);
    const { retry } = resolved.listener;
    assert.ok(retry);
    assert.deepEqual(retry.delayedMs, [10_000, 60_000]);
    assert.equal(retry.jitter, 0);
    assert.deepEqual(retry.immediateMs, [0, 200]);
    assert.equal(resolved.origins['listener.concurrency'], 'argument');
    assert.equal(
      resolved.origins['listener.retry.delayedMs'],
      'environment MQ_LISTENER_RETRY_DELAYED_MS',
    );
    assert.match(resolved.origins['listener.retry.jitter'], /stompbox\.config\.mjs$/);
    assert.equal(resolved.origins['listener.retry.immediateMs'], 'default');
  });

  test('is frozen through and through', (t) => {
    const { listener, tls, connection } = settings(t);
    assert.ok(Object.isFrozen(listener) && Object.isFrozen(tls) && Object.isFrozen(connection));
    assert.ok(listener.retry && Object.isFrozen(listener.retry.delayedMs));
  });

  test('may be off, until a stronger source sets something inside', (t) => {
    const files = { 'stompbox.config.mjs': 'export default { listener: { retry: false } };' };
    assert.equal(settings(t, { files }).listener.retry, false);
    const env = { MQ_LISTENER_RETRY_DELAYED_MS: '5' };
    const { retry } = settings(t, { files, env }).listener;
    assert.ok(retry);
    assert.deepEqual(retry.delayedMs, [5]);
    assert.equal(settings(t, { env: { MQ_LISTENER_CIRCUIT: 'false' } }).listener.circuit, false);
  });

  test('that is off and set by the same source is refused', (t) => {
    const env = { MQ_LISTENER_RETRY: 'false', MQ_LISTENER_RETRY_JITTER: '0' };
    assert.match(
      refusal(t, { env }),
      /^The setting listener\.retry \(environment MQ_LISTENER_RETRY\) is false, so listener\.retry\.jitter /,
    );
  });

  test('of TLS has absolute paths, those of the file from its folder', (t) => {
    const files = { 'stompbox.config.mjs': "export default { tls: { keyFile: 'tls/key.pem' } };" };
    const cwd = temporaryFolder(t, files);
    const env = { MQ_URL: 'stomp+ssl://mq', MQ_TLS_CA_FILE: 'ca.pem' };
    const { tls } = resolveSettings({ tls: { certFile: '/etc/cert.pem' } }, { env, cwd });
    assert.equal(tls.caFile, join(cwd, 'ca.pem'));
    assert.equal(tls.certFile, '/etc/cert.pem');
    assert.equal(tls.keyFile, join(cwd, 'tls', 'key.pem'));
  });

  test('of TLS without effect is noted', (t) => {
    const { notes } = settings(t, { env: { MQ_TLS_SERVERNAME: 'mq' } });
    assert.deepEqual(notes, [
      'The setting tls.servername (environment MQ_TLS_SERVERNAME) has no effect, ' +
        'stomp://127.0.0.1:61613 is not encrypted: write stomp+ssl://',
    ]);
  });

  test('of rate limits counts by the second unless told otherwise', (t) => {
    const { listener } = settings(t, { input: { listener: { rateLimit: { max: 5, perMs: 9 } } } });
    assert.deepEqual(listener.rateLimit, { max: 5, perMs: 9 });
    const env = { MQ_LISTENER_RATE_LIMIT_MAX: '7' };
    assert.deepEqual(settings(t, { env }).listener.rateLimit, { max: 7, perMs: 1_000 });
  });
});

describe('destinations', () => {
  test('come from the file and the argument, name by name', (t) => {
    const files = {
      'stompbox.config.ts': `import { defineConfig, queue, topic } from 'stompbox';
        export default defineConfig({
          destinations: { orders: queue('orders'), news: topic('news', { description: 'News' }) },
        });`,
    };
    const input = { destinations: { orders: queue('orders.test') } };
    const { destinations, origins } = settings(t, { files, input });
    assert.equal(destinations['orders']?.destination, '/queue/orders.test');
    assert.equal(destinations['news']?.destination, '/topic/news');
    assert.equal(destinations['news']?.description, 'News');
    assert.equal(origins.destinations, 'argument');
  });

  const wrong: readonly (readonly [input: object, message: RegExp])[] = [
    [{ destinations: 'orders' }, /^The setting destinations \(argument\) must be an object such/],
    [
      { destinations: { orders: '/queue/orders' } },
      /^The setting destinations\.orders \(argument\) must be what queue\(\) or topic\(\) gives/,
    ],
  ];
  for (const [input, message] of wrong) {
    test(`that are ${JSON.stringify(input)} are refused`, (t) => {
      assert.match(refusal(t, { input }), message);
    });
  }
});

describe('a wrong value or key in a section is refused in one sentence', () => {
  const wrong: readonly (readonly [sources: { input?: object; env?: object }, message: RegExp])[] =
    [
      [
        { env: { MQ_LISTENER_CONCURRENCY: 'many' } },
        /^The setting listener\.concurrency \(environment MQ_LISTENER_CONCURRENCY\) must be a whole number from 1 to 10000, or a range .*, not "many"$/,
      ],
      [
        { env: { MQ_LISTENER_RETRY_DELAYED_MS: '10s' } },
        /^The setting listener\.retry\.delayedMs \(environment .*\) must be a list of .*, not "10s"$/,
      ],
      [
        { env: { MQ_LISTENER_RETRY: 'true' } },
        /^The setting listener\.retry \(environment .*\) must be an object of retry options, or false, not true$/,
      ],
      [
        { env: { MQ_TLS_REJECT_UNAUTHORIZED: 'maybe' } },
        /^The setting tls\.rejectUnauthorized .* must be true or false, not "maybe"$/,
      ],
      [
        { input: { listener: { concurency: 2 } } },
        /^The setting listener\.concurency \(argument\) does not exist: did you mean "listener\.concurrency"\?$/,
      ],
      [
        { input: { listener: { retry: { delayMs: [1] } } } },
        /^The setting listener\.retry\.delayMs .*did you mean "listener\.retry\.delayedMs"\?$/,
      ],
      [
        { input: { listener: { name: 'a' } } },
        /^The setting listener\.name \(argument\) does not exist: the keys are concurrency, /,
      ],
      [
        { input: { drainTimeoutMs: 5 } },
        /^The setting drainTimeoutMs .*did you mean "shutdown\.drainTimeoutMs"\?$/,
      ],
      [
        { input: { connection: 'fast' } },
        /^The setting connection \(argument\) must be an object with the keys connectTimeoutMs, .*, not "fast"$/,
      ],
      [
        { input: { connection: { startup: 'later' } } },
        /^The setting connection\.startup \(argument\) must be one of background, retry, fail, not "later"$/,
      ],
      [
        { env: { MQ_HEALTH_PATH: 'health' } },
        /^The setting health\.path .* must be a path such as \/health, not "health"$/,
      ],
      [
        { env: { MQ_LISTNER_CONCURENCY: '2' } },
        /^The environment variable MQ_LISTNER_CONCURENCY is not a setting: did you mean MQ_LISTENER_CONCURRENCY\?$/,
      ],
      [{ env: { MQ_PASWRD: 'x' } }, /did you mean MQ_PASSWORD\?$/],
      [
        { env: { MQ_USER: 'a', MQ_USER_FILE: '/nowhere' } },
        /^The setting user is given twice, by environment MQ_USER and MQ_USER_FILE: unset one$/,
      ],
      [
        { env: { MQ_TLS_KEY_PASSPHRASE_FILE: '/nowhere' } },
        /^The tls\.keyPassphrase file "\/nowhere" \(environment MQ_TLS_KEY_PASSPHRASE_FILE\) cannot be read/,
      ],
    ];
  for (const [sources, message] of wrong) {
    test(JSON.stringify(sources), (t) => {
      assert.match(refusal(t, sources as Sources), message);
    });
  }

  test('but variables of other programs pass', (t) => {
    const env = { MQ_QMGR_NAME: 'QM1', MQ_HOST: 'x', MQ_SERVICE_HOST: 'y', MQ_ADMIN: 'z' };
    assert.equal(settings(t, { env }).url, 'stomp://127.0.0.1:61613');
  });
});

describe('secrets', () => {
  test('may stand in files, the login name too', (t) => {
    const folder = temporaryFolder(t, { user: 'app\n', key: 'geheim-4711\n' });
    const resolved = settings(t, {
      env: {
        MQ_USER_FILE: join(folder, 'user'),
        MQ_TLS_KEY_PASSPHRASE_FILE: join(folder, 'key'),
      },
    });
    assert.equal(resolved.user, 'app');
    assert.equal(resolved.tls.keyPassphrase?.reveal(), 'geheim-4711');
  });

  test('never show in settings that are printed, nor does what a store holds', (t) => {
    const store = {
      secret: 'geheim-4711',
      begin: async () => 'new' as const,
      finish: async () => undefined,
      forget: async () => undefined,
    };
    const resolved = settings(t, {
      input: {
        user: 'app',
        password: 'geheim-4711',
        tls: { keyPassphrase: 'geheim-4711' },
        listener: { idempotency: store },
      },
    });
    const printed = [String(resolved), JSON.stringify(resolved), inspect(resolved, { depth: 9 })];
    for (const text of printed) assert.doesNotMatch(text, /4711/);
    assert.doesNotMatch(JSON.stringify(showSettings(resolved)), /4711/);
    assert.equal(resolved.listener.idempotency, store);
  });
});
