/** The examples of the guide, as they are printed, on the embedded broker. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBroker } from '@stompbox/broker';
import * as stompit from '@stompbox/client/stompit';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(join(here, '../../../../docs/guide/coming-from-stompit.md'), 'utf8');
const examples = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');

describe('docs/guide/coming-from-stompit.md', () => {
  assert.equal(examples.length, 2);
  for (const [n, code] of examples.entries()) {
    test(`example ${n + 1} receives what it sends`, async () => {
      const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
      const port = new URL(broker.connectors[0]?.url ?? '').port;
      // Beside the tests, so that the package is found by its name.
      const folder = mkdtempSync(join(here, 'guide-'));
      try {
        const file = join(folder, 'example.mjs');
        writeFileSync(file, code.replaceAll('61613', port));
        const child = spawn(process.execPath, [file]);
        const [output, errors, [status]] = await Promise.all([
          textOf(child.stdout),
          textOf(child.stderr),
          once(child, 'exit'),
        ]);
        assert.deepEqual({ output, errors, status }, { output: 'hello\n', errors: '', status: 0 });
      } finally {
        rmSync(folder, { recursive: true });
        await broker.close();
      }
    });
  }

  test('names everything that the adapter has', () => {
    const names = [
      ...Object.keys(stompit),
      ...Object.getOwnPropertyNames(stompit.Client.prototype),
      ...Object.getOwnPropertyNames(stompit.Channel.prototype),
      ...Object.getOwnPropertyNames(stompit.ConnectFailover.prototype),
    ].filter((name) => !['constructor', 'take'].includes(name) && !/^create\w+Error$/.test(name));
    assert.deepEqual(
      names.filter((name) => !guide.includes(name)),
      [],
    );
  });
});
