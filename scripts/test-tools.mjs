/**
 * Runs the tests named <tool>.tools.test.js with tools of others that are too big to be dependencies:
 * the official AsyncAPI parser and the like. Each is installed from npm, in exactly the version that is
 * listed here, into a folder of its own, which is kept for the next run; no script of theirs is run.
 *
 *   node scripts/test-tools.mjs [TOOL …]
 *
 * A test finds its tool in the folder that TOOL_FOLDER names, and a PostgreSQL at POSTGRES_URL where its
 * tool works with one. One line says when and why a tool was
 * skipped; with CI=true that is a failure. A test for a tool that is not listed is one too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startPostgres } from './peer-postgres.mjs';
import { NotInstalledError } from './peer-process.mjs';
import { findTests, runTests } from './test.mjs';

function nest({ core, microservices, fastify }) {
  return [
    ...['common', 'core', 'platform-express'].map((name) => `@nestjs/${name}@${core}`),
    `@nestjs/microservices@${microservices}`,
    `@nestjs/platform-fastify@${fastify}`,
    'reflect-metadata@0.2.2',
    'rxjs@7.8.2',
  ];
}

/** By the name of their tests: what npm is to install. */
const TOOLS = {
  'nestjs-10': nest({ core: '10.4.22', microservices: '10.4.22', fastify: '10.4.22' }),
  'nestjs-12': nest({ core: '12.5.1', microservices: '12.1.1', fastify: '12.5.0' }),
  'asyncapi-parser': ['@asyncapi/parser@3.6.3'],
  jest: ['jest@30.5.2'],
  vitest: ['vitest@3.2.7'],
  prisma: ['prisma@7.10.0', '@prisma/client@7.10.0', '@prisma/adapter-pg@7.10.0'],
};

/** Tools that work with a PostgreSQL. */
const WITH_POSTGRES = new Set(['prisma']);

const root = path.resolve(import.meta.dirname, '..');
const isCi = process.env.CI === 'true';
const toolOf = (file) => path.basename(file, '.tools.test.js');

/** @returns its folder, or why there is none */
function install(name, packages) {
  const folder = path.join(root, 'node_modules/.cache/stompbox-tools', name);
  const marker = path.join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return { folder };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, ...packages], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (status === 0) {
    writeFileSync(marker, wanted);
    return { folder };
  }
  const reason = stderr?.match(/^npm error (?!A complete log)(.*)$/m)?.[1] ?? 'npm did not answer';
  return { missing: `npm could not install ${packages.join(' ')}: ${reason}` };
}

async function run(name, files, env) {
  if (!WITH_POSTGRES.has(name) || process.env.POSTGRES_URL) return await runTests(files, { env });
  let peer;
  try {
    peer = await startPostgres();
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    console.log(`${isCi ? 'Failed' : 'Skipped'} ${name}: ${error.message}`);
    return isCi ? 1 : 0;
  }
  try {
    return await runTests(files, { env: { ...env, POSTGRES_URL: peer.url } });
  } finally {
    await peer.stop();
  }
}

async function main(only) {
  const files = findTests().filter((file) => file.endsWith('.tools.test.js'));
  const unknown = [...only, ...files.map(toolOf)].filter((name) => !Object.hasOwn(TOOLS, name));
  if (files.length === 0 || unknown.length > 0) {
    const listed = Object.keys(TOOLS).join(', ');
    console.error(
      files.length === 0
        ? 'No compiled test is named *.tools.test.js: run npm run build'
        : `Unknown tool ${unknown.join(', ')}: the tools are ${listed}`,
    );
    return 1;
  }
  let failures = 0;
  for (const [name, packages] of Object.entries(TOOLS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const { folder, missing } = install(name, packages);
    if (folder === undefined) {
      console.log(`${isCi ? 'Failed' : 'Skipped'} ${name}: ${missing}`);
      if (isCi) failures++;
      continue;
    }
    const own = files.filter((file) => toolOf(file) === name);
    if ((await run(name, own, { TOOL_FOLDER: folder })) !== 0) failures++;
  }
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
