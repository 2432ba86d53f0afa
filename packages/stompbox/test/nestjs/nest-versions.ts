/** Runs the program beside this file with the Nest of a tool's folder, in the ways that users load it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sampleApp } from '../testing/sample-app.js';

const SOURCE = path.join(import.meta.dirname, '../../test/nestjs/program.mjs');

const RUN = "main(adapter).then((count) => console.log('seen', count));\n";
/** Only in the folder of the tool. */
const PLATFORM = '@nestjs/platform-fastify';
const FASTIFY = 'const adapter = () => new FastifyAdapter();\n';

const program = readFileSync(SOURCE, 'utf8');

/** The program as CommonJS. */
export const commonJsProgram = `${program
  .replace(/^import '([^']+)';$/gm, "require('$1');")
  .replace(/^import (\w+) from '([^']+)';$/gm, "const $1 = require('$2');")
  .replace(/^import (\{[^}]+\}) from '([^']+)';$/gm, "const $1 = require('$2');")
  .replace(/^export async function main/m, 'async function main')}
exports.main = main;
`;

export function testNestVersion(): void {
  const tools = process.env['TOOL_FOLDER'] ?? '';

  for (const [how, files] of [
    ['an ES module on Express', { 'run.mjs': `const adapter = undefined;\n${program}${RUN}` }],
    [
      'an ES module on Fastify',
      {
        'run.mjs': `import { FastifyAdapter } from '${PLATFORM}';\n${FASTIFY}${program}${RUN}`,
      },
    ],
    ['CommonJS', { 'run.cjs': `const adapter = undefined;\n${commonJsProgram}${RUN}` }],
  ] as const) {
    test(`sends, listens, answers and ends as ${how}`, (t) => {
      const app = sampleApp(t, tools, files);
      const [file = ''] = Object.keys(files);
      const { code, output } = app.run(path.join(app.folder, file));
      assert.equal(code, 0, output);
      assert.match(output, /^seen \d+$/m);
    });
  }
}
