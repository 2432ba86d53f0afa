/** What scripts/test.mjs refuses, in a repository of its own with one test. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../scripts', import.meta.url));
const PASSING = "require('node:test').test('passes', () => {});";

function runTests(context: TestContext, files: Record<string, string>, args: string[] = []) {
  const root = mkdtempSync(join(tmpdir(), 'stompbox-run-tests-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['test.mjs', 'run-node.mjs']) {
    cpSync(join(SCRIPTS, name), join(root, 'scripts', name));
  }
  for (const folder of ['packages', 'examples']) mkdirSync(join(root, folder));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  // As if it was started by hand: a runner inside a runner reports differently.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const command = [join(root, 'scripts', 'test.mjs'), ...args];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', env });
  return { status, stderr };
}

const compiled = {
  'packages/a/test/one.test.ts': '',
  'packages/a/dist-test/one.test.js': PASSING,
};

test('compiled tests are run', (t) => {
  assert.deepEqual(runTests(t, compiled), { status: 0, stderr: '' });
});

test('a test that is not compiled is a failure, not a test that is never run', (t) => {
  const files = { ...compiled, 'examples/b/test/deep/two.test.ts': '' };
  const { status, stderr } = runTests(t, files);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^Not compiled, so it would never run: examples\/b\/test\/deep\/two\.test\.ts\n.*tsconfig\.json/,
  );
  assert.equal(runTests(t, files, ['packages/a']).status, 0, 'what was not asked for');
});

test('a filter that matches nothing is a failure', (t) => {
  const { status, stderr } = runTests(t, compiled, ['mistyped']);
  assert.equal(status, 1);
  assert.match(stderr, /^No compiled test matches mistyped/);
});
