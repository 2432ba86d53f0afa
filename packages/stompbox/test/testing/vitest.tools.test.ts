/** The testing kit under Vitest, which `npm run test:tools` installs: the guide's tests, and one that fails. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { failing, guideProgram } from './guide-programs.js';
import { sampleApp } from './sample-app.js';

const tools = process.env['TOOL_FOLDER'] ?? '';
const vitest = path.join(tools, 'node_modules/vitest/vitest.mjs');

test('the tests of the guide pass under Vitest', (t) => {
  const app = sampleApp(t, tools, {
    'package.json': '{ "private": true, "type": "module" }',
    'orders.test.ts': guideProgram('orders.test.ts'),
  });
  const { code, output } = app.run(vitest, 'run');
  assert.equal(code, 0, output);
  assert.match(output, /Tests {2}2 passed/);
});

test('a test that fails says what was seen, and Vitest ends', (t) => {
  const app = sampleApp(t, tools, {
    'package.json': '{ "private": true, "type": "module" }',
    'fails.test.ts': failing(guideProgram('orders.test.ts')),
  });
  const { code, output } = app.run(vitest, 'run');
  assert.equal(code, 1, output);
  assert.match(output, /TestTimeoutError: Nothing has happened for 50 ms/);
  assert.match(
    output,
    /while waiting until something was sent to \/queue\/orders\.\s+Seen so far:/,
  );
});
