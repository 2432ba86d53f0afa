/** The reference pages name every option, variable, setting and exit code that there is. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { run } from './support/command.js';

const page = (name: string) =>
  readFileSync(new URL(`../../../docs/reference/${name}`, import.meta.url), 'utf8');

describe('docs/reference/cli.md', () => {
  const text = page('cli.md');
  const shared = text.slice(text.indexOf('## Which broker'), text.indexOf('## stompbox broker'));

  for (const command of ['broker', 'listen', 'send', 'tail']) {
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
