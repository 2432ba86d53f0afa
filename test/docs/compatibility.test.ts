/** What docs/compatibility.md says is shown by the tests that it names. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { resolveBrokerOptions } from '@stompbox/broker';
import { readText, repository } from '../repository.js';
import { KINDS, rowsOf, testLinks, testNames } from './compatibility-table.js';

const page = { path: 'docs/compatibility.md', text: readText('docs/compatibility.md') };
const rows = rowsOf(page.text);

describe('docs/compatibility.md', () => {
  test('says of each feature what it is', () => {
    assert.ok(rows.length > 150, `${rows.length} rows`);
    for (const { feature, here, how } of rows) {
      assert.ok(
        KINDS.some((kind) => kind === here),
        `${feature}: "${here}"`,
      );
      assert.notEqual(how, '', feature);
    }
  });

  test('names a test for all that is the same', () => {
    const unproven = rows.filter(
      ({ here, how }) => here === 'same' && testLinks({ path: page.path, text: how }).length === 0,
    );
    assert.deepEqual(unproven, []);
  });

  test('names tests that there are', () => {
    const names = new Map<string, ReadonlySet<string>>();
    const missing: string[] = [];
    for (const { file, name } of testLinks(page)) {
      if (!names.has(file)) {
        const isThere = existsSync(path.join(repository, file));
        names.set(file, isThere ? testNames(readText(file)) : new Set());
      }
      if (!names.get(file)?.has(name)) missing.push(`${file}: ${name}`);
    }
    assert.deepEqual(missing, []);
  });

  test('has a policy that makes queues more like those of ActiveMQ', () => {
    const [, code = ''] = /^```json\n([\s\S]*?)^```$/m.exec(page.text) ?? [];
    const { policies } = resolveBrokerOptions({ policies: [JSON.parse(code)] });
    const policy = policies.policyOf({ kind: 'queue', name: 'a' });
    assert.equal(policy.prioritized, false);
    assert.equal(policy.redelivery.maxRedeliveries, 0);
    assert.equal(policy.deadLetter.queue, 'ActiveMQ.DLQ');
  });
});

describe('the reader of the page', () => {
  test('finds rows and the tests that they link to', () => {
    const text = [
      '| feature | here | how |',
      '|---|---|---|',
      '| a \\| b | **same** | so: [it \\`is\\` so](../test/a.test.ts), [more](guide/b.md) |',
      '',
      '| other | table | here |',
    ].join('\n');
    const [row, ...others] = rowsOf(text);
    assert.deepEqual([row?.feature, row?.here, others], ['a \\| b', 'same', []]);
    assert.deepEqual(testLinks({ path: 'docs/x.md', text }), [
      { name: 'it `is` so', file: 'test/a.test.ts' },
    ]);
  });

  test('reads the sentences of tests with those of their suites', () => {
    const source = [
      "describe('a queue', () => {",
      '  for (const version of VERSIONS) {',
      `    test(\`works in \${version}\`, async (t) => {`,
      '    });',
      '  }',
      '});',
      'test(',
      "  'it\\'s alone',",
      '  () => {});',
    ].join('\n');
    assert.deepEqual([...testNames(source)], ['a queue works in …', "it's alone"]);
  });
});
