/** The CommonJS twin under Jest, which users of Nest have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sampleApp } from '../testing/sample-app.js';
import { commonJsProgram } from './nest-versions.js';

test('an application of Nest works under Jest, which leaves nothing open', (t) => {
  const tools = process.env['TOOL_FOLDER'] ?? '';
  const app = sampleApp(t, tools, {
    'package.json': JSON.stringify({ private: true, jest: { testMatch: ['**/*.test.cjs'] } }),
    'program.cjs': commonJsProgram,
    'nest.test.cjs': "test('it works', async () => { await require('./program.cjs').main(); });\n",
  });
  const jest = path.join(tools, 'node_modules/jest/bin/jest.js');
  const flags = ['--detectOpenHandles', '--json', '--outputFile=result.json'];
  const { code, output } = app.run(jest, ...flags);
  assert.equal(code, 0, output);
  const result = readFileSync(path.join(app.folder, 'result.json'), 'utf8');
  const { numPassedTests, openHandles } = JSON.parse(result);
  assert.deepEqual([numPassedTests, openHandles], [1, []]);
});
