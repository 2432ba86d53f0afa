/** `stompbox broker` with options from a file: where they come from, what wins, what is refused. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { run, start } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Ready {
  readonly port: number;
  readonly connectors: readonly { readonly url: string }[];
  readonly http?: string;
  readonly data: string | null;
}

type Files = Readonly<Record<string, string>>;

/** The ready line of a broker that is started in a folder with these files. */
async function ready(t: TestContext, files: Files, args: readonly string[]) {
  const cwd = temporaryFolder(t, files);
  const broker = start(t, ['broker', '--json', ...args], { cwd });
  const [line = ''] = await broker.shows('stdout', /^.*\n/);
  return { broker, cwd, ...(JSON.parse(line) as Ready) };
}

const TWO_CONNECTORS = JSON.stringify({
  memory: true,
  connectors: [
    { port: 0, maxConnections: 7 },
    { kind: 'ws', port: 0, ws: { path: '/mq' } },
  ],
});

describe('stompbox broker takes its options', () => {
  test('from the JSON file of --config', async (t) => {
    const { connectors, data } = await ready(t, { 'mq.json': TWO_CONNECTORS }, [
      '--config',
      'mq.json',
    ]);
    assert.equal(data, null);
    assert.deepEqual(
      connectors.map(({ url }) => url.replace(/:\d+/, ':0')),
      ['stomp://127.0.0.1:0', 'ws://127.0.0.1:0/mq'],
    );
  });

  for (const ending of ['ts', 'js', 'mjs']) {
    test(`from a .${ending} file of --config, which may hold functions`, async (t) => {
      const type = ending === 'ts' ? ': string' : '';
      const content = `
        import { defineBroker } from 'stompbox';
        const text${type} = 'seen by the file';
        export default defineBroker({
          memory: true,
          connectors: [{ port: 0, maxConnections: 1 }],
          onEvent: ({ type }) => process.stderr.write(text + ': ' + type + '\\n'),
        });`;
      const name = `broker.${ending}`;
      const { broker, port } = await ready(t, { [name]: content }, ['--config', name]);
      const args = ['--url', `127.0.0.1:${port}`];
      const reader = start(t, ['tail', '/topic/a', ...args]);
      await reader.shows('stderr', /./);
      const second = start(t, ['tail', '/topic/a', ...args]);
      await broker.shows('stderr', /^seen by the file: connector-failed$/m);
      // What the file does with events takes nothing away from the command.
      await broker.shows('stderr', /^warning: stomp:.* closed a new connection, /m);
      second.signal('SIGKILL');
    });
  }

  for (const ending of ['ts', 'js', 'mjs']) {
    test(`from the section broker of stompbox.config.${ending}`, async (t) => {
      const content = `
        import { defineConfig } from 'stompbox';
        export default defineConfig({ queue: 'a', broker: { memory: true, connectors: [{ port: 0 }] } });`;
      const files = { [`stompbox.config.${ending}`]: content };
      assert.equal((await ready(t, files, [])).data, null);
    });
  }

  test('and serves HTTP when they say so, and warns when that goes wrong', async (t) => {
    const content = JSON.stringify({
      memory: true,
      connectors: [{ port: 0 }],
      http: { port: 0 },
      blobs: { minFreeBytes: Number.MAX_SAFE_INTEGER },
    });
    const files = { 'mq.json': content };
    const { broker, http } = await ready(t, files, ['--config', 'mq.json']);
    assert.match(http ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    const { status } = await fetch(`${http}/blobs/a`, { method: 'PUT', body: 'many bytes' });
    assert.equal(status, 507);
    await broker.shows('stderr', /^warning: .*/m);

    const cwd = temporaryFolder(t, files);
    const people = start(t, ['broker', '--config', 'mq.json'], { cwd });
    await people.shows('stdout', /^Broker ready at stomp:\S+, HTTP at http:\S+:\d+, messages in /);
  });

  test('from --config alone, when there is a stompbox.config.ts too', async (t) => {
    const files = {
      'stompbox.config.ts': 'export default { broker: { data: "./other" } };',
      'mq.json': '{ "connectors": [{ "port": 0 }] }',
    };
    const { cwd, data } = await ready(t, files, ['--config', 'mq.json']);
    assert.equal(data, './data');
    assert.ok(existsSync(join(cwd, 'data')));
    assert.ok(!existsSync(join(cwd, 'other')));
  });

  test('from an absolute path, with paths relative to the file', async (t) => {
    const folder = temporaryFolder(t, {
      'mq.json': '{ "data": "messages", "connectors": [{ "port": 0 }] }',
    });
    const { cwd, data } = await ready(t, {}, ['--config', join(folder, 'mq.json')]);
    assert.equal(data, join(folder, 'messages'));
    assert.ok(existsSync(join(folder, 'messages')));
    assert.ok(!existsSync(join(cwd, 'messages')));
  });

  test('without a configuration from nowhere else', async (t) => {
    const { data } = await ready(t, { 'stompbox.config.ts': 'export default {};' }, [
      '--port',
      '0',
    ]);
    assert.equal(data, './data');
  });
});

describe('a flag of stompbox broker wins over the file:', () => {
  const config = ['--config', 'mq.json'];
  const onDisk = { 'mq.json': '{ "data": "of-file", "connectors": [{ "port": 0 }] }' };
  const inMemory = { 'mq.json': '{ "memory": true, "connectors": [{ "port": 0 }] }' };

  test('--memory over data', async (t) => {
    assert.equal((await ready(t, onDisk, [...config, '--memory'])).data, null);
  });

  test('--data over data and memory', async (t) => {
    const { cwd, data } = await ready(t, onDisk, [...config, '--data', 'of-flag']);
    assert.equal(data, 'of-flag');
    assert.ok(!existsSync(join(cwd, 'of-file')));
    assert.equal((await ready(t, inMemory, [...config, '--data', 'of-flag'])).data, 'of-flag');
  });

  test('--host and --port over those of its one connector, which else stays as it is', async (t) => {
    const content = `{ "memory": true, "connectors": [
      { "kind": "ws", "host": "127.0.0.1", "port": 1, "ws": { "path": "/mq" } }] }`;
    const flags = ['--host', 'localhost', '--port', '0'];
    const { connectors } = await ready(t, { 'mq.json': content }, [...config, ...flags]);
    assert.equal(connectors.length, 1);
    assert.match(connectors[0]?.url ?? '', /^ws:\/\/localhost:\d+\/mq$/);
  });

  test('--listen over all connectors', async (t) => {
    const flags = ['--listen', 'stomp://127.0.0.1:0'];
    const { connectors } = await ready(t, { 'mq.json': TWO_CONNECTORS }, [...config, ...flags]);
    assert.equal(connectors.length, 1);
  });

  test('but --port does not say which of several it means', async (t) => {
    const cwd = temporaryFolder(t, { 'mq.json': TWO_CONNECTORS });
    const { code, stderr } = await run(t, ['broker', ...config, '--port', '0'], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /^error: --host and --port change one connector, and .* has 2\nhint: /);
  });
});

interface Refusal {
  readonly what: string;
  readonly name: string;
  readonly content?: string;
  readonly code?: string;
  /** What follows the path of the file. */
  readonly text: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    what: 'a syntax error in JSON',
    name: 'mq.json',
    content: '{ "memory": true,\n }',
    text: /^ cannot be loaded: .*JSON.* position 19/,
  },
  {
    what: 'a syntax error in TypeScript',
    name: 'mq.ts',
    content: 'export default {\n  memory: true, =\n};',
    text: /^ cannot be loaded: ParseError: .* \(line 2\)$/,
  },
  {
    what: 'a file that throws',
    name: 'mq.mjs',
    content: "throw new Error('no network\\ndrive');",
    text: /^ cannot be loaded: no network$/,
  },
  {
    what: 'a file without default export',
    name: 'mq.js',
    content: 'export const memory = true;',
    text: /^ has no default export: write export default defineBroker\(\{ … \}\)$/,
  },
  { what: 'a JSON file that is missing', name: 'mq.json', text: /^ is not there, or is no file: / },
  { what: 'a TypeScript file that is missing', name: 'mq.ts', text: /^ is not there, / },
  {
    what: 'a file of another kind',
    name: 'mq.yaml',
    content: 'memory: true',
    text: /^ is no configuration: name a file that ends with \.json, \.ts, \.js or \.mjs$/,
  },
  {
    what: 'a list',
    name: 'mq.json',
    content: '[]',
    text: /^: options must be an object, not a list$/,
  },
  {
    what: 'an unknown key',
    name: 'mq.json',
    content: '{ "connectors": [{ "prot": 61613 }] }',
    code: 'STOMP_OPT_UNKNOWN',
    text: /^: Unknown broker option connectors\[0\]\.prot; known: kind, host, port, /,
  },
  {
    what: 'an unknown key at the top',
    name: 'mq.mjs',
    content: 'export default { conectors: [] };',
    code: 'STOMP_OPT_UNKNOWN',
    text: /^: Unknown broker option conectors; known: data, memory, /,
  },
  {
    what: 'a value of a wrong type',
    name: 'mq.json',
    content: '{ "policies": [{ "destination": "a.>", "redelivery": { "maxRedeliveries": "3" } }] }',
    text: /^: policies\[0\]\.redelivery\.maxRedeliveries must be a whole number .*, not "3"$/,
  },
  {
    what: 'a path of a wrong type',
    name: 'mq.json',
    content: '{ "data": 7 }',
    text: /^: data must be a directory, not 7$/,
  },
  {
    what: 'code in JSON',
    name: 'mq.json',
    content: '{ "onEvent": "log" }',
    text: /^: onEvent is code, which JSON cannot hold: leave it out, or write a \.ts, /,
  },
  {
    what: 'an unknown key in stompbox.config.ts',
    name: 'stompbox.config.ts',
    content: 'export default { broker: { limits: { maxHeader: 1 } } };',
    code: 'STOMP_OPT_UNKNOWN',
    text: /^, section broker: Unknown broker option limits\.maxHeader; known: /,
  },
];

describe('stompbox broker refuses in one line that names the file', () => {
  for (const { what, name, content, code: expected = 'STOMP_OPT_INVALID', text } of refusals) {
    test(what, async (t) => {
      const cwd = temporaryFolder(t, content === undefined ? {} : { [name]: content });
      const isFound = name.startsWith('stompbox.config.');
      const args = ['broker', '--memory', ...(isFound ? [] : ['--config', name])];
      const { code, stdout, stderr } = await run(t, args, { cwd });
      assert.deepEqual([code, stdout], [2, '']);
      const [line = '', last, end] = stderr.split('\n');
      assert.deepEqual([last, end], [`code: ${expected}`, '']);
      const begin = `error: ${join(cwd, name)}`;
      assert.equal(line.slice(0, begin.length), begin);
      assert.match(line.slice(begin.length), text);
    });
  }

  test('a certificate that is not beside the file', async (t) => {
    const tls = { keyFile: 'key.pem', certFile: 'cert.pem' };
    const content = JSON.stringify({ connectors: [{ kind: 'tls', tls }] });
    const cwd = temporaryFolder(t, { 'mq.json': content });
    mkdirSync(join(cwd, 'elsewhere'));
    const { code, stderr } = await run(t, ['broker', '--config', '../mq.json'], {
      cwd: join(cwd, 'elsewhere'),
    });
    assert.equal(code, 2);
    assert.match(stderr, /^error: .*mq\.json: connectors\[0\]\.tls must name .*\ncode: \w+\n$/);
    assert.ok(stderr.includes(`'${join(cwd, 'key.pem')}'`), stderr);
  });

  test('a section broker that is no object, or misspelt', async (t) => {
    for (const [content, text] of [
      ['{ broker: 7 }', /^error: The setting broker \(.*\.mjs\) must be an object, not 7\n/],
      ['{ borker: {} }', /^error: The setting borker \(.*\) does not exist: did you mean "broker"/],
    ] as const) {
      const cwd = temporaryFolder(t, { 'stompbox.config.mjs': `export default ${content};` });
      const { code, stderr } = await run(t, ['broker', '--memory', '--port', '0'], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, text);
    }
  });
});
