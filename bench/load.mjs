/**
 * The load comes from a program outside this repository, so that no broker is measured with its own
 * client: stompload, a small STOMP client in Rust. It checks that nothing is lost, doubled or out of
 * order, and prints one line of JSON per scenario.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const SOURCE = path.resolve(root, '../shared/bench/stompload.rs');
const BUILT = path.join(root, '.peers/stompload');
const TIMEOUT_MS = 150_000;

/** Path of the load generator: the given one, STOMPLOAD, or one built from its source beside us. */
export function findLoadGenerator(given = process.env.STOMPLOAD) {
  if (given) {
    if (existsSync(given)) return path.resolve(given);
    throw new Error(`There is no load generator at ${given}: check --load or STOMPLOAD`);
  }
  if (!existsSync(SOURCE)) {
    throw new Error(
      'No load generator: give its path with --load PATH or STOMPLOAD (rustc -O stompload.rs)',
    );
  }
  if (!existsSync(BUILT)) {
    mkdirSync(path.dirname(BUILT), { recursive: true });
    execFileSync('rustc', ['-O', '-o', BUILT, SOURCE], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
  return BUILT;
}

/** Runs a scenario once against a broker; its result as the load generator printed it. */
export async function runLoad(generator, broker, scenario, runId) {
  const args = [
    ...['--addr', `127.0.0.1:${broker.port}`, '--label', `${broker.name}/${scenario.name}`],
    ...['--dest', `${scenario.destination}${runId}`, '--timeout', '120', ...scenario.options],
  ];
  const { stdout, stderr } = await promisify(execFile)(generator, args, { timeout: TIMEOUT_MS });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (!line) throw new Error(`${scenario.name} on ${broker.name} printed no result: ${stderr}`);
  return JSON.parse(line);
}

/** What is wrong with a result, as text; undefined if every message came once and in order. */
export function faultOf(result) {
  const faults = [];
  if (result.received !== result.expected) {
    faults.push(`${result.received} of ${result.expected} messages received`);
  }
  const isQueue = result.expected > 0 && result.unique > 0;
  if (isQueue && result.unique !== result.expected) faults.push(`${result.unique} different ones`);
  if (result.dup > 0) faults.push(`${result.dup} duplicates`);
  if (result.misordered > 0) faults.push(`${result.misordered} out of order`);
  return faults.length === 0 ? undefined : `${result.label}: ${faults.join(', ')}`;
}
