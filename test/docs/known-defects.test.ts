/** What docs/reference/known-defects-of-others.md says is shown by the tests that it names. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { readText, repository, sourceFiles } from '../repository.js';
import { testLinks, testNames } from './compatibility-table.js';

const page = {
  path: 'docs/reference/known-defects-of-others.md',
  text: readText('docs/reference/known-defects-of-others.md'),
};

interface Complaint {
  readonly complaint: string;
  readonly whose: string;
  readonly here: string;
}

/** The rows of all tables that have these three columns. */
function complaintsOf(text: string): Complaint[] {
  const rows: Complaint[] = [];
  let isTable = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) isTable = false;
    else if (line === '| complaint | whose | here |') isTable = true;
    else if (isTable && !/^\|[-|]+\|$/.test(line)) {
      const cells = line.split(/(?<!\\)\|/).slice(1, -1);
      const [complaint = '', whose = '', here = ''] = cells.map((cell) => cell.trim());
      rows.push({ complaint, whose, here });
    }
  }
  return rows;
}

const complaints = complaintsOf(page.text);
const REASON = /\*\*(?:no test|does not apply)\*\*: \S/;

describe('docs/reference/known-defects-of-others.md', () => {
  test('names for each complaint a test, or the reason why there is none', () => {
    assert.ok(complaints.length > 100, `${complaints.length} complaints`);
    const bare = complaints.filter(
      ({ here }) => testLinks({ path: page.path, text: here }).length === 0 && !REASON.test(here),
    );
    assert.deepEqual(bare, []);
  });

  test('says of each complaint where it comes from', () => {
    const [intro = ''] = page.text.split('\n## ', 1);
    for (const { complaint, whose } of complaints) {
      for (const reference of whose.split(', ')) {
        const [, project = ''] = /^([\w. -]+?)(?:#\d+)?$/.exec(reference) ?? [];
        const isKnown = project === 'all of them' || intro.includes(project);
        assert.ok(project !== '' && isKnown, `${complaint}: ${reference}`);
      }
    }
  });

  test('names tests that there are', () => {
    const missing = testLinks(page).filter(({ file, name }) => {
      const isThere = existsSync(path.join(repository, file));
      return !isThere || !testNames(readText(file)).has(name);
    });
    assert.deepEqual(missing, []);
  });

  test('names every test of the folders for known defects', () => {
    const named = new Set(testLinks(page).map(({ file, name }) => `${file}: ${name}`));
    const tests = sourceFiles('.test.ts')
      .filter((file) => /\/test\/(?:client-)?known-defects\//.test(file.path))
      .flatMap((file) => [...testNames(file.text)].map((name) => `${file.path}: ${name}`));
    assert.ok(tests.length > 80, `${tests.length} tests`);
    assert.deepEqual(
      tests.filter((each) => !named.has(each)),
      [],
    );
  });
});

test('the reader of the page finds the rows of its tables alone', () => {
  const text = [
    '| complaint | whose | here |',
    '|---|---|---|',
    '| a \\| b | x#1, y | [it works](../../test/a.test.ts) |',
    '',
    '| other | table | here |',
  ].join('\n');
  const [row, ...others] = complaintsOf(text);
  assert.deepEqual([row?.complaint, row?.whose, others], ['a \\| b', 'x#1, y', []]);
});
