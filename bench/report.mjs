/** Results as a table for people, with the machine and the command that made them. */
import { execFileSync } from 'node:child_process';
import os from 'node:os';

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The number that a scenario is about. */
export function measured(scenario, result) {
  if (scenario.measure === 'latency') return result.e2e_ms.p99;
  return scenario.measure === 'produce' ? result.produce_per_s : result.consume_per_s;
}

/** How many times better ours is; for latency less is better. */
export function ratioOf(scenario, ours, theirs) {
  return scenario.measure === 'latency' ? theirs / ours : ours / theirs;
}

function shown(scenario, numbers) {
  if (!numbers) return '–';
  const value = median(numbers);
  if (scenario.measure === 'latency') return `p99 ${value.toFixed(2)} ms`;
  return `${Math.round(value).toLocaleString('en-US')}/s`;
}

/** @param numbers measured numbers of each repetition, by broker and scenario */
export function table(scenarios, numbers) {
  const rows = scenarios.map((scenario) => {
    const ours = numbers.stompbox?.[scenario.name];
    const theirs = numbers.activemq?.[scenario.name];
    const ratio = ours && theirs && ratioOf(scenario, median(ours), median(theirs));
    const goal = scenario.goal ? `≥ ${scenario.goal.toFixed(1)}×` : '';
    const verdict = ratio && scenario.goal ? (ratio >= scenario.goal ? 'met' : 'missed') : '';
    const cells = [scenario.name, shown(scenario, ours), shown(scenario, theirs)];
    return [...cells, ratio ? `${ratio.toFixed(2)}×` : '–', goal, verdict];
  });
  const head = ['scenario', 'stompbox', 'ActiveMQ', 'ratio', 'goal', ''];
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(['---', '--:', '--:', '--:', '--:', '---']), ...rows.map(line)].join(
    '\n',
  );
}

/** Date, commit, command and machine: a number without them means nothing. */
export function heading(command, method) {
  const commit = execFileSync('git', ['log', '-1', '--format=%h'], { encoding: 'utf8' }).trim();
  const gib = Math.round(os.totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `## ${date}, commit ${commit}`,
    '',
    `\`${command}\`: ${method}, load generator on the same machine.`,
    `${os.cpus().length} cores, ${gib} GiB, ${os.type()} ${os.release()}, Node ${process.version}.`,
    '',
  ].join('\n');
}
