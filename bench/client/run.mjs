/**
 * Measures @stompbox/client beside stompit and @stomp/stompjs, in the same run.
 *
 *   npm run bench:client -- [--rounds N] [--only TEXT,TEXT] [--against socket|broker] [--quick] [--save]
 *
 * Each library runs in a fresh process per scenario and round, in another order each round, after a
 * warm-up of its own; numbers are medians. A run in which a message, an ACK or a receipt is missing is
 * void and ends with exit code 1. --quick takes a tenth of the messages: a check that all of it works,
 * no measurement. --profile DIR writes a CPU profile of each worker there, which slows it down.
 * --save appends the table to bench/CLIENT-RESULTS.md.
 */
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { chosenScenarios } from '../chosen-scenarios.mjs';
import { heading } from '../heading.mjs';
import { LIBRARIES, table } from './report.mjs';
import { scenarios, WARM_UP_SHARE } from './scenarios.mjs';
import { startBroker, startFeeder } from './servers.mjs';

const WORKER = path.join(import.meta.dirname, 'worker.mjs');
const TIMEOUT_MS = 120_000;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    against: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});

function shrunk(scenario) {
  const tenth = (count) => count && Math.ceil(count / 10);
  const { count, brokerCount } = scenario;
  return { ...scenario, count: tenth(count), brokerCount: tenth(brokerCount) };
}

/** Where a worker receives from or sends to, its warm-up included; the worker makes the same names. */
function queuesOf(scenario, count, run) {
  const kind = scenario.kind === 'receive' ? `feed-${scenario.size}-` : 'sent-';
  const part = (name, messages) => {
    const number = scenario.kind === 'receive' ? `${messages}-` : '';
    return { destination: `/queue/${kind}${number}${run}-${name}`, count: messages };
  };
  return [part('warm', Math.round(count * WARM_UP_SHARE)), part('real', count)];
}

function profiling({ library, server, scenario }) {
  if (flags.profile === undefined) return [];
  const name = `${server} ${scenario.name} ${library}.cpuprofile`.replaceAll(/[ ,]+/g, '-');
  return ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`, `--cpu-prof-name=${name}`];
}

async function measureOne(server, scenario, library, round) {
  const count = server.name === 'broker' ? scenario.brokerCount : scenario.count;
  const run = `${library}-${process.pid}-${round}`;
  const queues = queuesOf(scenario, count, run);
  await server.prepare(scenario, queues);
  const job = { library, port: server.port, server: server.name, scenario, run };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', ...profiling(job), WORKER, JSON.stringify(job)],
    { timeout: TIMEOUT_MS },
  );
  await server.check(
    scenario,
    queues.map((queue) => queue.count),
    queues,
  );
  return JSON.parse(stdout);
}

/** Each round begins with another library, so that none always has the machine at its best. */
function orderOf(round) {
  return LIBRARIES.map((_, index) => LIBRARIES[(index + round) % LIBRARIES.length]);
}

async function measureScenario(server, scenario, rounds) {
  const byLibrary = Object.fromEntries(LIBRARIES.map((library) => [library, []]));
  for (let round = 0; round < rounds; round++) {
    for (const library of orderOf(round)) {
      const result = await measureOne(server, scenario, library, round);
      byLibrary[library].push(result);
      const numbers = Object.entries(result).map(([key, value]) => `${key} ${value.toFixed(2)}`);
      console.log(
        `${round + 1} ${server.name} ${scenario.name}, ${library}: ${numbers.join(', ')}`,
      );
    }
  }
  return { scenario, server: server.name, byLibrary };
}

async function main() {
  const rounds = Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a whole number of at least 1, not ${flags.rounds}`);
  }
  const starts = { socket: startFeeder, broker: startBroker };
  const names = flags.against === undefined ? Object.keys(starts) : [flags.against];
  const chosen = chosenScenarios(scenarios, flags.only);
  const measured = [];
  for (const name of names) {
    if (!starts[name]) throw new Error(`--against must be socket or broker, not ${name}`);
    const server = await starts[name]();
    try {
      for (const scenario of chosen.map(flags.quick ? shrunk : (one) => one)) {
        if (name === 'broker' && scenario.brokerCount === undefined) continue;
        measured.push(await measureScenario(server, scenario, rounds));
      }
    } finally {
      await server.stop();
    }
  }
  const command = `npm run bench:client -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, '');
  const text = `${heading(command, rounds)}\n${table(measured)}\n`;
  console.log(`\n${text}`);
  const results = path.join(import.meta.dirname, '../CLIENT-RESULTS.md');
  if (flags.save) appendFileSync(results, `\n${text}`);
}

try {
  await main();
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
