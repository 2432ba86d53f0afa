import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startTcpBroker } from '../support/tcp-broker.js';
import { BlobProcess } from './blob-process.js';

const here = import.meta.dirname;
const guide = readFileSync(join(here, '../../../../docs/guide/blob-messages.md'), 'utf8');

test('the example in the guide to blob messages runs as it is printed', async (context) => {
  const [, code] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  assert.ok(code);
  const [broker, store] = await Promise.all([startTcpBroker(), BlobProcess.start(context)]);
  // Beside the tests, so that the package is found by its name.
  const folder = mkdtempSync(join(here, 'guide-'));
  try {
    const file = join(folder, 'example.mjs');
    const here = code.replaceAll(':61613', `:${broker.port}`).replaceAll(':8161', `:${store.port}`);
    writeFileSync(file, here);
    await import(pathToFileURL(file).href);
    const commands = broker.frames.map(({ command }) => command);
    assert.ok(commands.indexOf('ACK') > commands.indexOf('SEND'));
    assert.equal(commands.at(-1), 'DISCONNECT', 'it ends in order');
  } finally {
    rmSync(folder, { recursive: true });
    await broker.close();
  }
});
