/** The examples of the guides run as they are printed, against a broker of their own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBroker } from 'stompbox';

const here = fileURLToPath(new URL('.', import.meta.url));

for (const guide of ['typed-destinations', 'asyncapi']) {
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
        const file = join(folder, 'example.mjs');
        writeFileSync(file, code);
        const env = { MQ_URL: broker.connectors[0]?.url ?? '' };
        const child = spawn(process.execPath, [file], { cwd: folder, env });
        const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
        const [exitCode] = await once(child, 'exit');
        const [printed, errors] = await output;
        assert.equal(exitCode, 0, errors);
        const promises = [...code.matchAll(/console\.log\([^;]*\); \/\/ ([^\n]*)$/gm)];
        assert.ok(promises.length > 0, 'it promises something');
        for (const [, promised] of promises) {
          assert.ok(printed.split('\n').includes(promised ?? ''), `${promised} in\n${printed}`);
        }
      });
    }
  });
}
