/**
 * Measures the message service and its listeners beside the same work by hand, with @stompbox/client,
 * @stomp/stompjs and stompit, in the same run against one embedded broker.
 *
 *   npm run bench:service -- [--rounds N] [--only TEXT,TEXT] [--quick] [--profile DIR] [--save]
 *
 * Each library runs in a fresh process per scenario and round, in another order each round, after a
 * warm-up of its own; numbers are medians. A run in which a message is missing or came twice, or in
 * which one is left in the queue, is void and ends with exit code 1. --quick takes a tenth of the
 * messages: a check that all of it works, no measurement. --profile DIR writes a CPU profile of each
 * worker there, which slows it down. --save appends the table to bench/SERVICE-RESULTS.md.
 */
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { chosenScenarios } from '../chosen-scenarios.mjs';
import { heading } from '../heading.mjs';
import { startBroker } from './broker.mjs';
import { LIBRARIES, table } from './report.mjs';
import { partsOf, scenarios } from './scenarios.mjs';

const WORKER = path.join(import.meta.dirname, 'worker.mjs');
const RESULTS = path.join(import.meta.dirname, '../SERVICE-RESULTS.md');
const TIMEOUT_MS = 120_000;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});

function profiling({ library, scenario }) {
  if (flags.profile === undefined) return [];
  const name = `${scenario.name} ${library}.cpuprofile`.replaceAll(/[ ,]+/g, '-');
  return ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`, `--cpu-prof-name=${name}`];
}

async function measureOne(broker, scenario, library, round) {
  const run = `${scenarios.findIndex(({ name }) => name === scenario.name)}-${library}-${round}`;
  const parts = partsOf(scenario, run);
  await broker.prepare(scenario, parts);
  const job = { library, port: broker.port, scenario, run };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...profiling(job), WORKER, JSON.stringify(job)],
    { timeout: TIMEOUT_MS },
  );
  await broker.check(scenario, parts);
  return JSON.parse(stdout);
}

/** Each round begins with another library, so that none always has the machine at its best. */
function orderIn(round) {
  const names = Object.keys(LIBRARIES);
  return names.map((_, index) => names[(index + round) % names.length]);
}

async function measureScenario(broker, scenario, rounds) {
  const byLibrary = Object.fromEntries(Object.keys(LIBRARIES).map((library) => [library, []]));
  for (let round = 0; round < rounds; round++) {
    for (const library of orderIn(round)) {
      const result = await measureOne(broker, scenario, library, round);
      byLibrary[library].push(result);
      const { perSecond, cpuMicros } = result;
      const numbers = `${Math.round(perSecond)}/s, ${cpuMicros.toFixed(1)} µs CPU`;
      console.log(`${round + 1} ${scenario.name}, ${library}: ${numbers}`);
    }
  }
  return { scenario, byLibrary };
}

async function main() {
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a whole number of at least 1, not ${flags.rounds}`);
  }
  const measured = [];
  const chosen = chosenScenarios(scenarios, flags.only).map((scenario) =>
    flags.quick ? { ...scenario, count: Math.ceil(scenario.count / 10) } : scenario,
  );
  const broker = await startBroker();
  try {
    for (const scenario of chosen) measured.push(await measureScenario(broker, scenario, rounds));
  } finally {
    await broker.stop();
  }
  const command = `npm run bench:service -- ${process.argv.slice(2).join(' ')}`.replace(
    / -- $/,
    '',
  );
  const text = `${heading(command, rounds)}\n${table(measured)}\n`;
  console.log(`\n${text}`);
  if (flags.save) appendFileSync(RESULTS, `\n${text}`);
}

try {
  await main();
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
