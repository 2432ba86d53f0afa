/** The page of the settings has every row of the catalogue, as the catalogue has it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { resolveSettings } from 'stompbox';
import { CATALOGUE } from '../../dist/settings/catalogue.js';
import { describeInitial } from '../../dist/settings/setting-row.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const page = readFileSync(
  new URL('../../../../docs/reference/settings.md', import.meta.url),
  'utf8',
);
const documented = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \| (.+) \|$/gm)]
  .map(([, path = '', variable = '', initial = '', about = '']) => ({
    path,
    variable,
    initial,
    about,
  }))
  .filter(({ variable }) => variable !== '');

describe('docs/reference/settings.md', () => {
  test('has every setting once, in the order of the catalogue, and no other', () => {
    assert.deepEqual(
      documented.map(({ path }) => path),
      CATALOGUE.map(({ path }) => path),
    );
  });

  for (const row of CATALOGUE) {
    test(`says variable, default and meaning of ${row.path}`, () => {
      const line = documented.find(({ path }) => path === row.path);
      const file = `, or \`${row.variable}_FILE\` with the path of a file`;
      const variable = row.variable === undefined ? '–' : `\`${row.variable}\``;
      assert.equal(line?.variable, `${variable}${row.isFromFile ? file : ''}`);
      const hasValue = row.initially === undefined && String(row.initial ?? '') !== '';
      const initial = hasValue ? `\`${describeInitial(row)}\`` : (row.initially ?? 'none');
      assert.equal(line?.initial, initial);
      assert.equal(line?.about, row.about);
    });
  }

  test('has a configuration with destinations that is taken', (t) => {
    const files = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
    const content = files.find((text) => text.includes('destinations:')) ?? '';
    const cwd = temporaryFolder(t, { 'stompbox.config.ts': content });
    const { destinations, listener } = resolveSettings({}, { env: {}, cwd });
    assert.deepEqual(Object.keys(destinations), ['orders', 'news']);
    assert.equal(listener.concurrency, 4);
  });
});
