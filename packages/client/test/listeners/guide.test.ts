import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startTcpBroker } from '../support/tcp-broker.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const file = join(here, '../../../../docs/guide/coming-from-stomp-py.md');
const snippets = [...readFileSync(file, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)];

describe('the guide for users of stomp.py', () => {
  assert.equal(snippets.length, 3, 'the examples are found');
  for (const [n, [, code = '']] of snippets.entries()) {
    test(`example ${n + 1} runs as it is printed`, async () => {
      const broker = await startTcpBroker();
      // Beside the tests, so that the package is found by its name.
      const folder = mkdtempSync(join(here, 'guide-'));
      try {
        const example = join(folder, `example-${n + 1}.mjs`);
        writeFileSync(example, code.replaceAll(':61613', `:${broker.port}`));
        await import(pathToFileURL(example).href);
        assert.equal(broker.frames.at(-1)?.command, 'DISCONNECT', 'it ends in order');
      } finally {
        rmSync(folder, { recursive: true });
        await broker.close();
      }
    });
  }
});
