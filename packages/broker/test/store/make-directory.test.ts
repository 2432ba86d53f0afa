import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { makeDirectory } from '../../dist/store/sync-directory.js';
import { temporaryDirectory } from './temporary-directory.js';

const isWindows = process.platform === 'win32';

describe('a directory that is made', () => {
  test('is for its owner alone, as are those above it that were missing', (context) => {
    const folder = temporaryDirectory(context);
    makeDirectory(join(folder, 'above', 'data'));
    for (const path of [join(folder, 'above'), join(folder, 'above', 'data')]) {
      assert.equal(statSync(path).mode & 0o777, isWindows ? 0o666 : 0o700);
    }
  });

  test('may be named relative to where the process is', (context) => {
    const folder = temporaryDirectory(context);
    makeDirectory(`${relative(process.cwd(), folder)}/missing/../a/b`);
    assert.ok(existsSync(join(folder, 'a', 'b')));
    assert.ok(!existsSync(join(folder, 'missing')));
  });

  test('stays as it is when it exists', (context) => {
    const path = join(temporaryDirectory(context), 'data');
    mkdirSync(path, { mode: 0o755 });
    const { mode } = statSync(path);
    makeDirectory(path);
    assert.equal(statSync(path).mode, mode);
  });
});
