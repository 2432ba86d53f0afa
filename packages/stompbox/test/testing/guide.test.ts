/** The guide to testing: its tests for Node's runner pass as they are printed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { guidePrograms } from './guide-programs.js';

const here = import.meta.dirname;

test('the guide has programs for every runner', () => {
  assert.deepEqual(
    [...guidePrograms.keys()],
    [
      'orders.mjs',
      'orders.test.mjs',
      'broker.test.mjs',
      'handler.test.mjs',
      'orders.test.ts',
      'orders.test.cjs',
    ],
  );
});

for (const [name, passes] of [
  ['orders.test.mjs', 3],
  ['broker.test.mjs', 1],
  ['handler.test.mjs', 1],
] as const) {
  test(`${name} passes`, async (t) => {
    // Beside the tests, so that the package is found by its name.
    const folder = mkdtempSync(path.join(here, 'guide-'));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const [file, code] of guidePrograms) writeFileSync(path.join(folder, file), code);
    // A runner within a runner would report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(folder, name)], {
      env,
    });
    assert.match(stdout, new RegExp(`^(?:#|ℹ) pass ${passes}$`, 'm'));
    assert.match(stdout, /^(?:#|ℹ) fail 0$/m);
  });
}
