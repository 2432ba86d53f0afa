/** The file that `npx stompbox` runs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './support/temporary-folder.js';

const BIN = fileURLToPath(new URL('../bin/stompbox.js', import.meta.resolve('stompbox')));

test('npx stompbox runs the command', () => {
  const { status, stdout } = spawnSync(process.execPath, [BIN, '--version'], { encoding: 'utf8' });
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(status, 0);
});

test('npx stompbox in a clone that is not built says in one line what to do', (t) => {
  const clone = temporaryFolder(t, { 'package.json': '{"type":"module"}' });
  mkdirSync(join(clone, 'bin'));
  copyFileSync(BIN, join(clone, 'bin', 'stompbox.js'));
  const { status, stderr } = spawnSync(process.execPath, [join(clone, 'bin', 'stompbox.js')], {
    encoding: 'utf8',
  });
  assert.equal(stderr, 'error: stompbox is not built yet: run npm run build first\n');
  assert.equal(status, 1);
});
