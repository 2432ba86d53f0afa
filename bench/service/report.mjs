/** Results as a table: rate and CPU of each library, and what the service makes of it. */
import { median } from '../report.mjs';

/** Key: its file in library/. The service comes first, the others are compared with it. */
export const LIBRARIES = {
  stompbox: 'stompbox, the service',
  client: '@stompbox/client by hand',
  stompjs: '@stomp/stompjs by hand',
  stompit: 'stompit by hand',
};

const whole = (number) => Math.round(number).toLocaleString('en-US');
const times = (number) => `${number.toFixed(2)}×`;

function medianOf(results, key) {
  return median(results.map((result) => result[key]));
}

/** How much the slowest and the fastest round differ, in percent of the median. */
function spread(results, key) {
  const numbers = results.map((result) => result[key]);
  const range = Math.max(...numbers) - Math.min(...numbers);
  return `${Math.round((range / median(numbers)) * 100)} %`;
}

function rows({ scenario, byLibrary }) {
  const rate = (library) => medianOf(byLibrary[library], 'perSecond');
  const cpu = (library) => medianOf(byLibrary[library], 'cpuMicros');
  return Object.entries(LIBRARIES).map(([library, shown]) => {
    const results = byLibrary[library];
    const ratios = [rate('stompbox') / rate(library), cpu(library) / cpu('stompbox')].map(times);
    return [
      ...[scenario.name, shown, `${whole(rate(library))}/s`, `${cpu(library).toFixed(1)} µs`],
      ...(library === 'stompbox' ? ['', ''] : ratios),
      ...[spread(results, 'perSecond'), spread(results, 'cpuMicros')],
    ];
  });
}

/** @param measured results of all rounds, as `{ scenario, byLibrary }` */
export function table(measured) {
  const numbers = ['messages', 'CPU each', 'ratio', 'CPU ratio', 'spread', 'CPU spread'];
  const head = ['scenario', 'by', ...numbers];
  const align = ['---', '---', ...numbers.map(() => '--:')];
  return [head, align, ...measured.flatMap(rows)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
