/**
 * One library, one scenario, one fresh process: warms up, measures once, prints one line of JSON.
 *
 *   node worker.mjs '{"library":"stompbox","port":61613,"scenario":{…},"run":"r1"}'
 *
 * Connecting is not measured; what lies between SUBSCRIBE or the first SEND and the last receipt is.
 * CPU time is that of this process, with all its threads.
 */
import { Arrivals, orderOf } from './order.mjs';
import { partsOf } from './scenarios.mjs';

const { library, port, scenario, run } = JSON.parse(process.argv[2]);
const { open } = await import(`./library/${library}.mjs`);

/** Keeps `window` sends outstanding, each of which the broker confirms. */
async function send(client, { destination, count, window }) {
  let sent = 0;
  const sendOnAndOn = async () => {
    while (sent < count) await client.send(destination, orderOf(sent++));
  };
  await Promise.all(Array.from({ length: window }, sendOnAndOn));
}

/** Resolves when all messages came and the broker has confirmed their ACKs. */
async function consume(client, work) {
  const arrivals = new Arrivals(work.count);
  await client.consume(work, async (order) => arrivals.add(order));
  arrivals.check();
}

async function measure(work) {
  // A client of its own for each part: what the first one still has to do is not measured.
  const client = await open(port);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await (scenario.kind === 'send' ? send : consume)(client, { ...scenario, ...work });
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  await client.close();
  return { perSecond: (work.count / elapsedMs) * 1000, cpuMicros: (user + system) / work.count };
}

const [warmUp, real] = partsOf(scenario, run);
await measure(warmUp);
const result = await measure(real);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
