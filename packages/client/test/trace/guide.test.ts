import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readDocument, testExamples } from '../support/guide-examples.js';

const guide = readDocument('guide/observability.md');

describe('the guide to observability', () => {
  assert.equal(testExamples(guide), 3, 'the examples are found');

  test('names every channel and every field of its contexts', () => {
    const source = readFileSync(join(import.meta.dirname, '../../src/trace/tracing.ts'), 'utf8');
    const channels = [...source.matchAll(/open\('(stompbox:\w+)'\)/g)].map(([, name]) => name);
    assert.equal(channels.length, 6);
    const contexts = source.slice(0, source.indexOf('The context of each channel'));
    const fields = [...contexts.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name]) => name);
    assert.ok(fields.length > 20, `${fields.length} fields`);
    for (const name of [...channels, ...fields]) assert.ok(guide.includes(`\`${name}\``), name);
  });
});
