/** Results as a table: rate and CPU of each library, ratio to the faster peer, verdict on the goal. */
import { median } from '../report.mjs';
import { isHeap } from './scenarios.mjs';

export const LIBRARIES = ['stompbox', 'stompit', 'stompjs'];
const PEERS = LIBRARIES.slice(1);

const whole = (number) => Math.round(number).toLocaleString('en-US');

function medianOf(results, key) {
  return median(results.map((result) => result[key]));
}

/** The number that decides, as "more is better". */
function score(scenario, results) {
  return isHeap(scenario) ? 1 / medianOf(results, 'bytesEach') : medianOf(results, 'perSecond');
}

function shown(scenario, results) {
  if (isHeap(scenario)) return `${whole(medianOf(results, 'bytesEach'))} B`;
  const cpu = medianOf(results, 'cpuMicros');
  return `${whole(medianOf(results, 'perSecond'))}/s (${cpu.toFixed(cpu < 10 ? 2 : 0)} µs)`;
}

/** How many times less CPU time than the thriftier peer. */
function cpuRatio(scenario, byLibrary) {
  if (isHeap(scenario)) return '';
  const cpu = (library) => medianOf(byLibrary[library], 'cpuMicros');
  return `${(Math.min(...PEERS.map(cpu)) / cpu('stompbox')).toFixed(2)}×`;
}

/** How much the slowest and the fastest round differ, in percent of the median; the worst library. */
function spread(scenario, byLibrary) {
  const key = isHeap(scenario) ? 'bytesEach' : 'perSecond';
  const spreads = LIBRARIES.map((library) => {
    const numbers = byLibrary[library].map((result) => result[key]);
    return (Math.max(...numbers) - Math.min(...numbers)) / median(numbers);
  });
  return `${Math.round(Math.max(...spreads) * 100)} %`;
}

function row(scenario, server, byLibrary) {
  const best = Math.max(...PEERS.map((peer) => score(scenario, byLibrary[peer])));
  const ratio = score(scenario, byLibrary.stompbox) / best;
  const { goal } = scenario;
  const verdict = goal === undefined ? '' : ratio >= goal ? 'met' : 'missed';
  return [
    ...[scenario.name, server],
    ...LIBRARIES.map((library) => shown(scenario, byLibrary[library])),
    ...[`${ratio.toFixed(2)}×`, cpuRatio(scenario, byLibrary)],
    ...[goal === undefined ? '' : `≥ ${goal}×`, verdict, spread(scenario, byLibrary)],
  ];
}

/** @param measured results of all rounds, as `{ scenario, server, byLibrary }` */
export function table(measured) {
  const head = ['scenario', 'against', ...LIBRARIES, 'ratio', 'CPU ratio', 'goal', '', 'spread'];
  const align = ['---', '---', '--:', '--:', '--:', '--:', '--:', '--:', '---', '--:'];
  const rows = measured.map(({ scenario, server, byLibrary }) => row(scenario, server, byLibrary));
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
