import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startTcpBroker } from './support/tcp-broker.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(join(here, '../../../docs/guide/client.md'), 'utf8');

const snippets = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');

describe('the guide', () => {
  assert.ok(snippets.length >= 6, 'the examples are found');
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
});
