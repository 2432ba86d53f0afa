/**
 * Runs the compiled tests with Node's own test runner. Node 20 has no globs for it, so the files
 * are found here.
 *
 *   node scripts/test.mjs [--peers] [--timeout=MS] [PART-OF-A-PATH …]
 *
 * - `*.peer.test.js` need programs beside Node (stomp.py, strace, npm) and run with --peers only.
 * - `*.activemq.test.js`, `*.artemis.test.js`, `*.rabbitmq.test.js` and `*.failures.test.js` need real brokers, and
 *   `*.database.test.js` real databases: see peer-tests.mjs and test-databases.mjs.
 * - `*.tools.test.js` need tools of others, installed from npm: see test-tools.mjs.
 * - A compiled file whose source was deleted is not run.
 * - No file found is a failure: a mistyped filter must not look like success.
 * - A test that is not compiled is a failure: a forgotten project would never be tested.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode } from './run-node.mjs';

const root = path.resolve(import.meta.dirname, '..');
const NEEDS_OTHERS = /\.(activemq|artemis|rabbitmq|database|failures|tools)\.test\.js$/;

/** Folders of compiled tests, each with the folder of its sources. */
function testFolders() {
  const folders = [{ compiled: 'test/dist-test', source: 'test' }];
  for (const group of ['packages', 'examples']) {
    for (const entry of readdirSync(path.join(root, group))) {
      folders.push({ compiled: `${group}/${entry}/dist-test`, source: `${group}/${entry}/test` });
    }
  }
  return folders;
}

/** Compiled test files, relative to the repository, sorted. */
export function findTests() {
  const found = [];
  for (const { compiled, source } of testFolders()) {
    const folder = path.join(root, compiled);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder, { recursive: true })) {
      const written = path.join(root, source, name.replace(/\.js$/, '.ts'));
      if (name.endsWith('.test.js') && existsSync(written)) found.push(path.join(compiled, name));
    }
  }
  return found.sort();
}

/** Sources of tests without a compiled twin, relative to the repository, sorted. */
function findNotCompiled() {
  const found = [];
  for (const { compiled, source } of testFolders()) {
    const folder = path.join(root, source);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder, { recursive: true })) {
      const twin = path.join(root, compiled, name.replace(/\.ts$/, '.js'));
      if (name.endsWith('.test.ts') && !existsSync(twin)) found.push(path.join(source, name));
    }
  }
  return found.sort();
}

/** Runs the files, so many at once; resolves with the exit code. */
export function runTests(files, { timeoutMs = 120_000, env = {}, concurrency = 2 } = {}) {
  const options = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
  ];
  return runNode([...options, ...files], { cwd: root, env });
}

async function main(args) {
  const flags = args.filter((argument) => argument.startsWith('--'));
  const filters = args.filter((argument) => !argument.startsWith('--'));
  const timeout = flags.find((flag) => flag.startsWith('--timeout='));
  const unknown = flags.find((flag) => flag !== '--peers' && flag !== timeout);
  if (unknown) {
    console.error(`Unknown option ${unknown}: use --peers, --timeout=MS or parts of paths`);
    return 2;
  }
  const isWanted = (file) => filters.length === 0 || filters.some((part) => file.includes(part));
  const notCompiled = findNotCompiled().filter(isWanted);
  if (notCompiled.length > 0) {
    console.error(`Not compiled, so it would never run: ${notCompiled.join(', ')}`);
    console.error('Run npm run build; if that is done, add its folder to tsconfig.json');
    return 1;
  }
  const withPeers = flags.includes('--peers');
  const files = findTests()
    .filter((file) => !NEEDS_OTHERS.test(file))
    .filter((file) => withPeers || !file.endsWith('.peer.test.js'))
    .filter(isWanted);
  if (files.length === 0) {
    console.error(`No compiled test matches ${filters.join(' ') || 'anything'}: run npm run build`);
    return 1;
  }
  return runTests(files, timeout ? { timeoutMs: Number(timeout.split('=')[1]) } : {});
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
