/** The testing kit under Jest, in CommonJS; `npm run test:tools` installs Jest. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { failing, guideProgram } from './guide-programs.js';
import { sampleApp } from './sample-app.js';

const tools = process.env['TOOL_FOLDER'] ?? '';
const jest = path.join(tools, 'node_modules/jest/bin/jest.js');
const CONFIG = JSON.stringify({ private: true, jest: { testMatch: ['**/*.test.cjs'] } });

test('the tests of the guide pass under Jest, which leaves nothing open', (t) => {
  const app = sampleApp(t, tools, {
    'package.json': CONFIG,
    'orders.test.cjs': guideProgram('orders.test.cjs'),
  });
  const { code, output } = app.run(
    jest,
    '--detectOpenHandles',
    '--outputFile=result.json',
    '--json',
  );
  assert.equal(code, 0, output);
  const result = readFileSync(path.join(app.folder, 'result.json'), 'utf8');
  const { numPassedTests, openHandles } = JSON.parse(result);
  assert.deepEqual([numPassedTests, openHandles], [2, []]);
});

test('a test that fails says what was seen, and Jest ends', (t) => {
  const app = sampleApp(t, tools, {
    'package.json': CONFIG,
    'fails.test.cjs': failing(guideProgram('orders.test.cjs')),
  });
  const { code, output } = app.run(jest);
  assert.equal(code, 1, output);
  assert.match(output, /Nothing has happened for 50 ms/);
  assert.match(
    output,
    /while waiting until something was sent to \/queue\/orders\.\s+Seen so far:/,
  );
});
