import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BlobProcess } from './blob-process.js';

const here = import.meta.dirname;
const guide = readFileSync(join(here, '../../../../docs/guide/blob-messages.md'), 'utf8');
const BROKER = join(here, '../../../broker/dist-test/crash/broker-child.js');

function folder(context: TestContext, parent: string): string {
  const made = mkdtempSync(join(parent, 'guide-'));
  context.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function startBroker(context: TestContext): Promise<string> {
  const child = spawn(process.execPath, [BROKER, folder(context, tmpdir())], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  context.after(async () => {
    child.stdin.end();
    await exit;
  });
  const line = once(createInterface(child.stdout), 'line');
  const [port] = await Promise.race([line, exit]);
  assert.match(String(port), /^\d{4,}$/, 'the broker has started');
  return port;
}

test('the example in the guide to blob messages runs as it is printed', async (context) => {
  const [, code] = /^```js\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  assert.ok(code);
  const [port, store] = await Promise.all([startBroker(context), BlobProcess.start(context)]);
  // Beside the tests, so that the package is found by its name.
  const file = join(folder(context, here), 'example.mjs');
  const text = code.replaceAll(':61613', `:${port}`).replaceAll(':8161', `:${store.port}`);
  writeFileSync(file, text);
  await import(pathToFileURL(file).href);
  const digest = createHash('sha256').update('many frames').digest('hex');
  assert.ok(store.files().some((name) => name.includes(digest)));
});
