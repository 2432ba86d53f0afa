/**
 * One library, one scenario, one fresh process: warms up, measures once, prints one line of JSON.
 *
 *   node --expose-gc worker.mjs '{"library":"stompbox","port":61613,"scenario":{…},"run":"r1"}'
 *
 * CPU time is that of this process, so it says what a message costs the application even where
 * somebody else is the bottleneck or the machine is shared.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isHeap, WARM_UP_SHARE } from './scenarios.mjs';

/** Sends without receipts between two turns of the loop: a batch job that does not hog the process. */
const SENDS_PER_TURN = 500;

const { library, port, scenario, run, server } = JSON.parse(process.argv[2]);
const { open } = await import(`./library/${library}.mjs`);

const bodyOf = (size) => (size > 4096 ? new Uint8Array(size).fill(120) : 'x'.repeat(size));

/** Resolves when all messages came, and with ack also when the last ACK is confirmed. */
async function receive(client, { ack, size }, count, destination) {
  let messages = 0;
  let bytes = 0;
  const isText = size <= 4096;
  let complete;
  const all = new Promise((resolve) => {
    complete = resolve;
  });
  const onBody = (body) => {
    messages++;
    bytes += body.length;
    if (messages === count) complete();
    return messages === count;
  };
  await client.receive({ destination, ack, isText, onBody });
  await all;
  if (messages !== count || bytes !== count * size) {
    throw new Error(`${messages} messages with ${bytes} bytes received instead of ${count}`);
  }
}

/** The last send asks for a receipt, so that all are known to have arrived. */
async function sendUnconfirmed(client, { size }, count, destination) {
  const body = bodyOf(size);
  for (let sent = 1; sent < count; sent++) {
    const written = client.send(destination, body);
    if (sent % SENDS_PER_TURN === 0) {
      await written;
      await nextTurn();
    }
  }
  await new Promise((resolve, reject) => client.sendConfirmed(destination, body, resolve, reject));
}

/** Keeps `window` receipts outstanding until all have come. */
function sendConfirmed(client, { size, window }, count, destination) {
  const body = bodyOf(size);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let confirmed = 0;
    const send = () => {
      sent++;
      client.sendConfirmed(destination, body, onReceipt, reject);
    };
    const onReceipt = () => {
      confirmed++;
      if (confirmed === count) resolve();
      else if (sent < count) send();
    };
    while (sent < Math.min(window, count)) send();
  });
}

async function measureRate() {
  const work = { receive, send: scenario.window === 0 ? sendUnconfirmed : sendConfirmed }[
    scenario.kind
  ];
  const count = server === 'broker' ? scenario.brokerCount : scenario.count;
  const warmUp = Math.round(count * WARM_UP_SHARE);
  const name = (part, messages) =>
    scenario.kind === 'receive'
      ? `/queue/feed-${scenario.size}-${messages}-${run}-${part}`
      : `/queue/sent-${run}-${part}`;
  // A client of its own each: what the first one still has to do is not measured.
  const first = await open(port);
  await work(first, scenario, warmUp, name('warm', warmUp));
  await first.close();
  const client = await open(port);
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await work(client, scenario, count, name('real', count));
  const elapsedMs = Number(process.hrtime.bigint() - start) / 1e6;
  const { user, system } = process.cpuUsage(cpu);
  await client.close();
  return { perSecond: (count / elapsedMs) * 1000, cpuMicros: (user + system) / count };
}

/** Bytes in use after full garbage collections. */
async function memoryInUse() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measureHeap() {
  const count = server === 'broker' ? scenario.brokerCount : scenario.count;
  const clients = [await open(port)];
  if (scenario.kind === 'idle') {
    while (clients.length < 20) clients.push(await open(port));
    const before = await memoryInUse();
    for (let index = 0; index < count; index++) clients.push(await open(port));
    return { bytesEach: ((await memoryInUse()) - before) / count };
  }
  const [client] = clients;
  const body = bodyOf(scenario.size);
  // The receipt of a later message proves that all before have left.
  const allWritten = () =>
    new Promise((resolve, reject) => client.sendConfirmed('/queue/sent', body, resolve, reject));
  let answered = 0;
  const hold = async (messages) => {
    for (let sent = 1; sent <= messages; sent++) {
      // Whoever waits for a receipt knows for which message: one closure each.
      const onReceipt = () => {
        answered = sent;
      };
      client.sendConfirmed('/queue/hold', body, onReceipt, onReceipt);
      if (sent % SENDS_PER_TURN === 0) await nextTurn();
    }
    await allWritten();
  };
  await hold(1000);
  const before = await memoryInUse();
  await hold(count);
  const bytesEach = ((await memoryInUse()) - before) / count;
  if (answered !== 0) throw new Error(`Receipt ${answered} was answered, which should be pending`);
  return { bytesEach };
}

const result = await (isHeap(scenario) ? measureHeap() : measureRate());
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
