/**
 * Measures the embedded broker and, where it is installed, ActiveMQ, in the same run.
 *
 *   npm run bench -- [--repeat N] [--only NAME,NAME] [--load PATH] [--save]
 *
 * The brokers take turns scenario by scenario, so that a busy moment of the machine hits both. Each
 * number is the median of N repetitions (default 3). A run in which a message is lost, doubled or out
 * of order is void: it ends with exit code 1. --save appends the table to bench/RESULTS.md.
 */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPeer, startStompbox } from './brokers.mjs';
import { faultOf, findLoadGenerator, runLoad } from './load.mjs';
import { heading, measured, table } from './report.mjs';
import { scenarios, warmUp } from './scenarios.mjs';

const { values: flags } = parseArgs({
  options: {
    repeat: { type: 'string', default: '3' },
    only: { type: 'string' },
    load: { type: 'string' },
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

async function measure(generator, brokers, chosen, repetitions) {
  const numbers = Object.fromEntries(brokers.map(({ name }) => [name, {}]));
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const scenario of chosen) {
      for (const broker of brokers) {
        const runId = `${process.pid}-${repetition}`;
        const result = await runLoad(generator, broker, scenario, runId);
        const fault = faultOf(result);
        if (fault) throw new Error(`Void run: ${fault}`);
        const value = measured(scenario, result);
        console.log(`${repetition}/${repetitions} ${result.label}: ${value}`);
        const ofBroker = numbers[broker.name];
        ofBroker[scenario.name] = [...(ofBroker[scenario.name] ?? []), value];
      }
    }
  }
  return numbers;
}

async function main() {
  const repetitions = Number(flags.repeat);
  if (!Number.isInteger(repetitions) || repetitions < 1) {
    throw new Error(`--repeat must be a whole number of at least 1, not ${flags.repeat}`);
  }
  const chosen = selectScenarios(flags.only);
  const generator = findLoadGenerator(flags.load);
  const brokers = [];
  const stopAll = () => Promise.all(brokers.map((broker) => broker.stop()));
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => stopAll().finally(() => process.exit(1)));
  }
  try {
    for (const start of [startStompbox, startPeer]) {
      const broker = await start();
      if (broker) brokers.push(broker);
    }
    for (const broker of brokers) await runLoad(generator, broker, warmUp, process.pid);
    const numbers = await measure(generator, brokers, chosen, repetitions);
    const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/ (-- )?$/, '');
    const text = `${heading(command, repetitions)}\n${table(chosen, numbers)}\n`;
    console.log(`\n${text}`);
    const results = path.join(import.meta.dirname, 'RESULTS.md');
    if (flags.save) appendFileSync(results, `\n${text}`);
  } finally {
    await stopAll();
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
