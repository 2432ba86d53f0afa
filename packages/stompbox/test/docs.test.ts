/** The reference pages name every option, variable, setting and exit code that there is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readBrokerOptions } from 'stompbox';
import { run } from './support/command.js';
import { temporaryFolder } from './support/temporary-folder.js';

const document = (path: string) =>
  readFileSync(new URL(`../../../docs/${path}`, import.meta.url), 'utf8');
const page = (name: string) => document(`reference/${name}`);
const firstCode = (text: string, language: string) =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? '';

describe('docs/reference/cli.md', () => {
  const text = page('cli.md');
  const shared = text.slice(text.indexOf('## Which broker'), text.indexOf('## stompbox broker'));

  const commands = ['broker', 'listen', 'explain', 'send', 'tail', 'shell', 'check', 'asyncapi'];
  for (const command of commands) {
    test(`names every option of ${command}`, async (t) => {
      const begin = text.indexOf(`## stompbox ${command}`);
      const end = text.indexOf('\n## ', begin);
      const section = text.slice(begin, end === -1 ? undefined : end) + shared;
      const { stdout } = await run(t, [command, '--help']);
      const options = stdout.slice(stdout.indexOf('\nOptions:')).matchAll(/^ {2}.*?(--[a-z-]+)/gm);
      const names = [...options].map(([, name]) => name ?? '').filter((name) => name !== '--help');
      assert.ok(names.length > 0);
      for (const name of names) assert.ok(section.includes(`${name}`), `${command} ${name}`);
    });
  }

  test('has the exit codes that the help has', async (t) => {
    const { stdout } = await run(t, ['--help']);
    const codes = [...stdout.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => code);
    assert.equal(codes.length, 6);
    for (const code of codes) assert.match(text, new RegExp(`^\\| ${code} \\|`, 'm'));
  });
});

test('docs/reference/settings.md names every setting and its variable', () => {
  const text = page('settings.md');
  for (const name of ['url', 'port', 'user', 'password', 'queue', 'topic']) {
    assert.match(text, new RegExp(`^\\| \`${name}\` \\| \`MQ_${name.toUpperCase()}\``, 'm'));
  }
  assert.match(text, /MQ_PASSWORD_FILE/);
});

describe('files for stompbox broker', () => {
  test('in docs/guide/broker.md are ones that it takes', (t) => {
    const guide = document('guide/broker.md');
    const cwd = temporaryFolder(t, {
      'broker.json': firstCode(guide, 'json'),
      'broker.ts': firstCode(guide, 'ts'),
    });
    const { data, connectors } = readBrokerOptions({ file: 'broker.json', cwd });
    assert.equal(data, '/var/lib/stompbox');
    assert.equal(connectors?.length, 2);
    assert.equal(typeof readBrokerOptions({ file: 'broker.ts', cwd }).onEvent, 'function');
  });

  test('in docs/reference/broker-settings.md too', (t) => {
    const content = firstCode(page('broker-settings.md'), 'ts');
    const cwd = temporaryFolder(t, { 'stompbox.config.ts': content });
    const { data, connectors } = readBrokerOptions({ cwd });
    assert.equal(data, join(cwd, 'data'));
    assert.equal(connectors?.length, 2);
  });
});
