/**
 * Measures the embedded broker and, where it is installed, ActiveMQ, in the same run.
 *
 *   npm run bench -- [--repeat N] [--warm] [--only NAME,NAME] [--load PATH] [--save]
 *
 * Each number is the median of N repetitions (default 3). In each of them each broker is started, goes
 * through all scenarios alone on the machine, and is stopped. With --warm both run all the time and
 * take turns scenario by scenario, so that their compilers have warmed up. A run in which a message is lost, doubled or out
 * of order is void: it ends with exit code 1. --save appends the table to bench/RESULTS.md.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPeer, startStompbox } from './brokers.mjs';
import { faultOf, findLoadGenerator, runLoad } from './load.mjs';
import { heading, measured, table } from './report.mjs';
import { scenarios, warmUp } from './scenarios.mjs';

const START = [startStompbox, startPeer];

const { values: flags } = parseArgs({
  options: {
    repeat: { type: 'string', default: '3' },
    only: { type: 'string' },
    load: { type: 'string' },
    warm: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

function selectScenarios(only) {
  if (!only) return scenarios;
  const names = only.split(',');
  const unknown = names.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (!unknown) return scenarios.filter((scenario) => names.includes(scenario.name));
  throw new Error(`Unknown scenario ${unknown}: ${scenarios.map(({ name }) => name).join(', ')}`);
}

/** Adds the number of each broker and scenario to `numbers`. */
async function measure(generator, brokers, chosen, { repetition, numbers }) {
  for (const scenario of chosen) {
    for (const broker of brokers) {
      const result = await runLoad(generator, broker, scenario, `${process.pid}-${repetition}`);
      const fault = faultOf(result);
      if (fault) throw new Error(`Void run: ${fault}`);
      const value = measured(scenario, result);
      console.log(`${repetition} ${result.label}: ${value}`);
      numbers[broker.name] ??= {};
      const ofBroker = numbers[broker.name];
      ofBroker[scenario.name] = [...(ofBroker[scenario.name] ?? []), value];
    }
  }
}

/** Starts the brokers, ActiveMQ only where it is installed, and stops them after the work. */
async function withBrokers(starts, work) {
  const brokers = [];
  const stopAll = () => Promise.all(brokers.map((broker) => broker.stop()));
  const interrupted = () => stopAll().finally(() => process.exit(1));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted);
  try {
    for (const start of starts) {
      const broker = await start();
      if (broker) brokers.push(broker);
    }
    await work(brokers);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, interrupted);
    await stopAll();
  }
}

async function measureWarm(generator, chosen, repetitions, numbers) {
  await withBrokers(START, async (brokers) => {
    for (const broker of brokers) await runLoad(generator, broker, warmUp, process.pid);
    for (let repetition = 1; repetition <= repetitions; repetition++) {
      await measure(generator, brokers, chosen, { repetition, numbers });
    }
  });
}

async function measureFresh(generator, chosen, repetitions, numbers) {
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const start of START) {
      await withBrokers([start], (brokers) =>
        measure(generator, brokers, chosen, { repetition, numbers }),
      );
    }
  }
}

async function main() {
  const repetitions = Number(flags.repeat);
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new Error(`--repeat must be a whole number of at least 1, not ${flags.repeat}`);
  }
  const chosen = selectScenarios(flags.only);
  const generator = findLoadGenerator(flags.load);
  const numbers = {};
  const run = flags.warm ? measureWarm : measureFresh;
  await run(generator, chosen, repetitions, numbers);
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/ (-- )?$/, '');
  const state = flags.warm ? 'warm brokers, taking turns' : 'each broker alone and started anew';
  const text = `${heading(command, `median of ${repetitions}, ${state}`)}\n${table(chosen, numbers)}\n`;
  console.log(`\n${text}`);
  const results = path.join(import.meta.dirname, 'RESULTS.md');
  if (flags.save) appendFileSync(results, `\n${text}`);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
