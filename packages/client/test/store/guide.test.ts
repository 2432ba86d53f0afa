import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startTcpBroker } from '../support/tcp-broker.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const guide = readFileSync(join(here, '../../../../docs/guide/offline-queue.md'), 'utf8');

test('the example of the offline queue runs as it is printed', async (t) => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const broker = await startTcpBroker();
  // Beside the tests, so that the package is found by its name.
  const folder = mkdtempSync(join(here, 'guide-'));
  t.after(async () => {
    rmSync(folder, { recursive: true });
    await broker.close();
  });
  const queue = join(folder, 'unsent-orders');
  const file = join(folder, 'example.mjs');
  const runnable = code
    .replace(':61613', `:${broker.port}`)
    .replace("'data/unsent-orders'", JSON.stringify(queue));
  writeFileSync(file, runnable);
  await import(pathToFileURL(file).href);
  const sent = broker.frames.find(({ command }) => command === 'SEND');
  assert.ok(sent?.headers.get('dedup-id'), 'a repetition can be told');
  assert.equal(broker.frames.at(-1)?.command, 'DISCONNECT', 'it ends in order');
  assert.deepEqual(readdirSync(queue), [], 'nothing waits any more');
});
