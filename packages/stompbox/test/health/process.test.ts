/** Health is a guest: a process that has nothing else to do ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.js';

const PROGRAM = `
  const { createMessaging, health, startHealthServer, touchFile } =
    await import(${JSON.stringify(import.meta.resolve('stompbox'))});
  const [file] = process.argv.slice(-1);
  const checked = health(createMessaging({ url: '127.0.0.1:1' }), { connect: false });
  const server = await startHealthServer(checked, { port: 0 });
  await touchFile(checked, { path: file });
  const response = await fetch(server.url + '/ready');
  process.stdout.write(String(response.status));
`;

test('health, its server and its file keep no process alive', async (context) => {
  const file = join(temporaryFolder(context), 'health');
  const args = ['--input-type=module', '--eval', PROGRAM, file];
  const child = spawn(process.execPath, args, { env: {}, timeout: 30_000 });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  assert.deepEqual([output, errors, code], ['503', '', 0]);
});
