/** With Nest 10, which `npm run test:tools` installs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { testNestVersion } from './nest-versions.js';

test('it is Nest 10', () => {
  const require = createRequire(path.join(process.env['TOOL_FOLDER'] ?? '', 'package.json'));
  const { version } = require('@nestjs/core/package.json') as { version: string };
  assert.match(version, /^10\./);
});

testNestVersion();
