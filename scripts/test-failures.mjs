/**
 * Runs the failure suite, the tests named *.failures.test.js, against one broker after the other:
 *
 *   node scripts/test-failures.mjs [embedded] [activemq] [artemis] [rabbitmq]    default: all of them
 *
 * The embedded broker is a child process of each test file; the others are real ones, see
 * peer-tests.mjs for what happens where they are not installed.
 */
import { startActiveMq } from './peer-activemq.mjs';
import { startArtemis } from './peer-artemis.mjs';
import { startRabbitMq } from './peer-rabbitmq.mjs';
import { runPeerTests } from './peer-tests.mjs';
import { findTests, runTests } from './test.mjs';

/** Of one file. */
const TIMEOUT_MS = 400_000;

const run = {
  embedded: (files) =>
    runTests(files, { timeoutMs: TIMEOUT_MS, env: { FAILURE_BROKER: 'embedded' } }),
  activemq: (files) =>
    runPeerTests(() => startActiveMq({ hasUsers: true }), files, {
      timeoutMs: TIMEOUT_MS,
      env: { FAILURE_BROKER: 'activemq' },
    }),
  artemis: (files) =>
    runPeerTests(startArtemis, files, {
      timeoutMs: TIMEOUT_MS,
      env: { FAILURE_BROKER: 'artemis' },
    }),
  rabbitmq: (files) =>
    runPeerTests(startRabbitMq, files, {
      timeoutMs: TIMEOUT_MS,
      env: { FAILURE_BROKER: 'rabbitmq' },
    }),
};

async function main(args) {
  const names = args.length > 0 ? args : Object.keys(run);
  const unknown = names.find((name) => !Object.hasOwn(run, name));
  if (unknown !== undefined) {
    console.error(`Unknown broker ${unknown}: use ${Object.keys(run).join(', ')}`);
    return 2;
  }
  const files = findTests().filter((file) => file.endsWith('.failures.test.js'));
  if (files.length === 0) {
    console.error('No compiled test is named *.failures.test.js: run npm run build');
    return 1;
  }
  let code = 0;
  for (const name of names) {
    console.log(`\n== the failure suite with ${name}`);
    const ended = await run[name](files);
    if (ended !== 0) code = ended;
  }
  return code;
}

process.exitCode = await main(process.argv.slice(2));
