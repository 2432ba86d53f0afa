import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startTcpBroker } from '../support/tcp-broker.js';

const here = import.meta.dirname;
const guide = readFileSync(join(here, '../../../../docs/guide/observability.md'), 'utf8');
const snippets = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');

describe('the guide to observability', () => {
  assert.equal(snippets.length, 3, 'the examples are found');
  for (const [n, code] of snippets.entries()) {
    test(`example ${n + 1} runs as it is printed`, async () => {
      const broker = await startTcpBroker();
      // Beside the tests, so that the package is found by its name.
      const folder = mkdtempSync(join(here, 'guide-'));
      try {
        const file = join(folder, `example-${n + 1}.mjs`);
        writeFileSync(file, code.replaceAll(':61613', `:${broker.port}`));
        await import(pathToFileURL(file).href);
        assert.equal(broker.frames.at(-1)?.command, 'DISCONNECT', 'it ends in order');
      } finally {
        rmSync(folder, { recursive: true });
        await broker.close();
      }
    });
  }

  test('names every channel and every field of its contexts', () => {
    const source = readFileSync(join(here, '../../src/trace/tracing.ts'), 'utf8');
    const channels = [...source.matchAll(/open\('(stompbox:\w+)'\)/g)].map(([, name]) => name);
    assert.equal(channels.length, 6);
    const contexts = source.slice(0, source.indexOf('The context of each channel'));
    const fields = [...contexts.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name]) => name);
    assert.ok(fields.length > 20, `${fields.length} fields`);
    for (const name of [...channels, ...fields]) assert.ok(guide.includes(`\`${name}\``), name);
  });
});
