/** Each wrong setting is one sentence: the setting, its origin, the bad value, what to do. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { OptionsError, resolveSettings } from 'stompbox';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Sources {
  /** Not typed, because it is wrong on purpose. */
  input?: object;
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function refusal(context: TestContext, sources: Sources): OptionsError {
  const cwd = temporaryFolder(context, sources.files ?? {});
  try {
    resolveSettings(sources.input, { env: sources.env ?? {}, cwd });
  } catch (error) {
    assert.ok(error instanceof OptionsError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error;
  }
  throw new assert.AssertionError({ message: 'the settings were accepted' });
}

interface Case {
  readonly name: string;
  readonly sources: Sources;
  readonly code?: string;
  readonly message: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'a port that is no number',
    sources: { env: { MQ_PORT: '61613x' } },
    message: /^The setting port \(environment MQ_PORT\) must be .* 0 to 65535, not "61613x"$/,
  },
  {
    name: 'a port that Kubernetes set for a Service named mq',
    sources: { env: { MQ_PORT: 'tcp://10.0.0.1:61613' } },
    message:
      /^The setting port \(environment MQ_PORT\) must be .*, not "tcp:\/\/10\.0\.0\.1:61613": Kubernetes sets .* enableServiceLinks: false .*MQ_URL=mq:61613/,
  },
  {
    name: 'a port that Kubernetes set, beside a url without one',
    sources: { env: { MQ_URL: 'mq', MQ_PORT: 'tcp://10.0.0.1:61613' } },
    message: /: Kubernetes sets /,
  },
  {
    name: 'a port out of range',
    sources: { env: { MQ_PORT: '65536' } },
    message: /^The setting port \(environment MQ_PORT\) must be .* 0 to 65535, not 65536$/,
  },
  {
    name: 'a port of the wrong type',
    sources: { input: { port: '61613' } },
    message: /^The setting port \(argument\) must be a whole number .*, not "61613"$/,
  },
  {
    name: 'a queue that is empty',
    sources: { input: { queue: ' ' } },
    message: /^The setting queue \(argument\) must be a text that is not empty, not " "$/,
  },
  {
    name: 'a value in the file',
    sources: { files: { 'stompbox.config.mjs': 'export default { user: 7 };' } },
    message: /^The setting user \(.*stompbox\.config\.mjs\) must be a text .*, not 7$/,
  },
  {
    name: 'a misspelt key',
    sources: { input: { quue: 'orders' } },
    code: 'STOMP_OPT_UNKNOWN',
    message: /^The setting quue \(argument\) does not exist: did you mean "queue"\?$/,
  },
  {
    name: "another library's key",
    sources: { files: { 'stompbox.config.js': "export default { host: 'mq' };" } },
    code: 'STOMP_OPT_UNKNOWN',
    message: /host \(.*stompbox\.config\.js\) does not exist: did you mean "url"\?$/,
  },
  {
    name: 'a key that resembles nothing',
    sources: { input: { colour: 'red' } },
    code: 'STOMP_OPT_UNKNOWN',
    message: /does not exist: the keys are url, port, user, password, queue, topic, profile, /,
  },
  {
    name: 'a misspelt variable',
    sources: { env: { MQ_PROT: '61613' } },
    code: 'STOMP_OPT_UNKNOWN',
    message: /^The environment variable MQ_PROT is not a setting: did you mean MQ_PORT\?$/,
  },
  {
    name: 'settings that are no object',
    sources: { files: { 'stompbox.config.js': "export default 'mq';" } },
    message:
      /^The settings \(.*stompbox\.config\.js\) must be an object with the keys url, .* "mq"$/,
  },
  {
    name: 'a file without default export',
    sources: { files: { 'stompbox.config.ts': "export const url = 'mq';" } },
    message: /stompbox\.config\.ts has no default export: write export default defineConfig/,
  },
  {
    name: 'a file that throws',
    sources: { files: { 'stompbox.config.ts': "throw new Error('no network drive');" } },
    message: /stompbox\.config\.ts cannot be loaded: no network drive$/,
  },
  {
    name: 'a file with a syntax error',
    sources: { files: { 'stompbox.config.ts': 'export default {' } },
    message: /stompbox\.config\.ts cannot be loaded: /,
  },
  {
    name: 'two files',
    sources: {
      files: { 'stompbox.config.ts': 'export default {}', 'stompbox.config.js': '' },
    },
    message: /^There are two configurations, .*\.ts and .*\.js: remove one$/,
  },
  {
    name: 'a missing url in production',
    sources: { env: { NODE_ENV: 'production', MQ_PORT: '61613' } },
    message: /^The setting url is missing: in production .* set MQ_URL/,
  },
  {
    name: 'a url that is no address',
    sources: { env: { MQ_URL: 'mq host' } },
    message: /^The setting url \(environment MQ_URL\) "mq host" is not an address; write a host, /,
  },
  {
    name: 'a url without host',
    sources: { env: { MQ_URL: 'stomp://:61613' } },
    message: /^The setting url \(environment MQ_URL\) "stomp:\/\/:61613" /,
  },
  {
    name: 'a url with a path',
    sources: { input: { url: 'stomp://mq:61613/vhost' } },
    message: /^The setting url \(argument\) .* has more than a host and a port/,
  },
  {
    name: 'a foreign scheme',
    sources: { env: { MQ_URL: 'amqp://mq' } },
    message: /has the scheme amqp:\/\/, which is not spoken here; write a host/,
  },
  {
    name: 'a comma list',
    sources: { env: { MQ_URL: 'a:1,b:2' } },
    message: /lists several servers; write them as failover:\(/,
  },
  {
    name: 'a broken failover url',
    sources: { env: { MQ_URL: 'failover:(stomp://a' } },
    message: /is not a failover URL; write failover:\(/,
  },
  {
    name: 'a port beside a failover url',
    sources: { env: { MQ_URL: 'failover:(stomp://a)', MQ_PORT: '61613' } },
    message: /^The setting port \(environment MQ_PORT\) has no meaning beside a failover url/,
  },
  {
    name: 'two ports of the same strength',
    sources: { env: { MQ_URL: 'a:7000', MQ_PORT: '7001' } },
    message:
      /^The setting port is given twice, 7000 by the url .* and 7001 \(environment MQ_PORT\)/,
  },
  {
    name: 'two users of the same strength',
    sources: { env: { MQ_URL: 'stomp://a@mq', MQ_USER: 'b' } },
    message: /^The setting user is given twice, by the url .* and by environment MQ_USER/,
  },
  {
    name: 'a topic where a queue belongs',
    sources: { env: { MQ_QUEUE: '/topic/news' } },
    message: /^The queue "\/topic\/news" \(environment MQ_QUEUE\) is a topic: write/,
  },
  {
    name: 'a topic without a name',
    sources: { env: { MQ_TOPIC: '/topic/' } },
    message: /^The topic "\/topic\/" \(environment MQ_TOPIC\) has no name: write/,
  },
  {
    name: 'a password file that is not there',
    sources: { env: { MQ_USER: 'a', MQ_PASSWORD_FILE: '/nowhere/secret' } },
    message:
      /^The password file "\/nowhere\/secret" \(environment MQ_PASSWORD_FILE\) cannot be read/,
  },
  {
    name: 'a password and a password file',
    sources: { env: { MQ_PASSWORD: 'geheim', MQ_PASSWORD_FILE: '/nowhere' } },
    message:
      /^The setting password is given twice, by environment MQ_PASSWORD and MQ_PASSWORD_FILE/,
  },
  {
    name: 'a password without a user',
    sources: { env: { MQ_PASSWORD: 'geheim' } },
    message:
      /^The setting password \(environment MQ_PASSWORD\) is given without a user: set MQ_USER/,
  },
];

describe('a wrong setting is refused in one sentence', () => {
  for (const { name, sources, code = 'STOMP_OPT_INVALID', message } of cases) {
    test(name, (t) => {
      const error = refusal(t, sources);
      assert.match(error.message, message);
      assert.equal(error.code, code);
    });
  }
});

describe('an error never shows a password', () => {
  const secret = 'geheim-4711';
  const hostile: readonly Sources[] = [
    { input: { user: 'a', password: { value: secret } } },
    { env: { MQ_PASSWORD: secret } },
    { env: { MQ_URL: `stomp://a:${secret}@mq`, MQ_USER: 'a', MQ_PASSWORD: 'other' } },
    { env: { MQ_URL: `stomp://a:${secret}@mq/path` } },
    { env: { MQ_URL: `stomp://a:${secret}/x@mq` } },
    { env: { MQ_URL: `amqp://a:${secret}@mq` } },
    { env: { MQ_URL: `a:${secret}@mq host` } },
    { env: { MQ_URL: `stomp://a:${secret}%zz@mq` } },
    { env: { MQ_URL: `failover:(stomp://a:${secret}@mq)` } },
    { env: { MQ_URL: `failover:(stomp://a:${secret}@mq` } },
    // The host was forgotten.
    { env: { MQ_URL: `stomp://a:${secret}` } },
    { env: { MQ_URL: `stomp://a://${secret}` } },
    { env: { MQ_URL: `stomp://a:7/${secret}` } },
    { env: { MQ_URL: `stomp://[::1]:${secret}` } },
    { env: { MQ_URL: `stomp+ssl://a:${secret}/x` } },
    { env: { MQ_URL: `amqp://a:${secret}` } },
    { env: { MQ_URL: `a:${secret}` } },
    { env: { MQ_URL: `a:${secret}:x` } },
    { env: { MQ_URL: `a:x@b:${secret}` } },
    { env: { MQ_URL: `a:${secret},b:${secret}` } },
    { env: { MQ_URL: `failover:(stomp://a:${secret})` } },
    { env: { MQ_URL: `failover:(a:${secret})` } },
    { env: { MQ_URL: `failover:(stomp://mq:1,stomp://a:${secret})?randomize=false` } },
    { env: { MQ_URL: `failover:(stomp://a:7,${secret}` } },
    { env: { MQ_URL: `failover://(stomp://a:${secret}` } },
    { env: { MQ_URL: `failover:stomp://a:${secret}` } },
  ];
  for (const [index, sources] of hostile.entries()) {
    test(`case ${index + 1}`, (t) => {
      const error = refusal(t, sources);
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /4711/);
    });
  }
});
