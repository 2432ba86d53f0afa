/** Runs the examples that a document prints, each as a program of its own against a broker. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startTcpBroker } from './tcp-broker.js';

const here = import.meta.dirname;

/** The text of a page in the folder docs. */
export function readDocument(page: string): string {
  return readFileSync(join(here, '../../../../docs', page), 'utf8');
}

/**
 * Makes a test of each example in JavaScript; port 61613 is a broker that is started for it.
 * @returns how many there are
 */
export function testExamples(text: string): number {
  const examples = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
  for (const [n, code] of examples.entries()) {
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
  return examples.length;
}
