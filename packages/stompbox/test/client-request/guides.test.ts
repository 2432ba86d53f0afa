/** The examples of the guides run as they are printed, against a broker of their own. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBroker } from '@stompbox/broker';

const here = fileURLToPath(new URL('.', import.meta.url));

for (const guide of ['broker-profiles', 'request-reply', 'codecs']) {
  describe(`the guide ${guide}`, () => {
    const text = readFileSync(join(here, `../../../../docs/guide/${guide}.md`), 'utf8');
    const snippets = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
    assert.ok(snippets.length >= 2, 'the examples are found');
    for (const [index, code] of snippets.entries()) {
      test(`example ${index + 1} prints what it says`, async (t) => {
        const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
        // Beside the tests, so that the package is found by its name.
        const folder = mkdtempSync(join(here, 'guide-'));
        t.after(async () => {
          rmSync(folder, { recursive: true });
          await broker.close();
        });
        const printed: string[] = [];
        t.mock.method(console, 'log', (value: unknown) => printed.push(String(value)));
        const file = join(folder, `example-${index + 1}.mjs`);
        writeFileSync(file, code.replaceAll(':61613', `:${broker.connectors[0]?.port}`));
        await import(pathToFileURL(file).href);
        for (const [, promised] of code.matchAll(/console\.log\([^;]*\); \/\/ (\w[^\n]*)$/gm)) {
          assert.ok(printed.includes(promised ?? ''), `${promised} is printed`);
        }
        assert.ok(printed.length > 0, 'it prints something');
      });
    }
  });
}
