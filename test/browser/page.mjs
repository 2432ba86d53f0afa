/**
 * What the page of the browser test does, with the prebuilt file as its only import. Each function
 * returns what the page saw, as data; the test asserts on it.
 */
import { connect } from './stompbox-client.min.js';

const RECONNECT = { initialDelayMs: 20, maxDelayMs: 200 };

/** Shows on the page what happens, for the screenshot. */
function show(line) {
  const item = document.createElement('li');
  item.textContent = line;
  document.querySelector('#log').append(item);
}

/** Takes messages one by one, whoever asks first. */
function inbox() {
  const messages = [];
  const waiters = [];
  return {
    put: (message) => (waiters.length > 0 ? waiters.shift()(message) : messages.push(message)),
    take: () =>
      messages.length > 0
        ? Promise.resolve(messages.shift())
        : new Promise((resolve) => waiters.push(resolve)),
    get waiting() {
      return messages.length;
    },
  };
}

async function exchange(url) {
  const connection = await connect(url, { login: 'page', passcode: 'secret' });
  const queue = '/queue/page';
  const box = inbox();
  const subscription = await connection.subscribe(queue, { ack: 'client-individual' }, box.put);
  const large = new Uint8Array(3_000_000).fill(7);
  await Promise.all([
    connection.send(queue, 'grüße'),
    connection.send(queue, new Uint8Array([0, 255, 10, 0])),
    connection.send(queue, JSON.stringify({ id: 7 }), { contentType: 'application/json' }),
    connection.send(queue, large),
  ]);
  const [text, binary, json, big] = [
    await box.take(),
    await box.take(),
    await box.take(),
    await box.take(),
  ];
  for (const message of [text, binary, json, big]) await message.ack({ receipt: true });
  await subscription.unsubscribe();
  // What was not settled would come again, before what is sent now.
  await connection.send(queue, 'last');
  await connection.subscribe(queue, {}, box.put);
  const last = await box.take();
  const seen = {
    peer: connection.peer,
    version: connection.version,
    text: text.text(),
    binary: [...binary.body],
    json: json.json(),
    bigBytes: big.body.length,
    isBigWhole: big.body.every((byte) => byte === 7),
    next: last.text(),
  };
  await connection.close();
  show(`exchange: ${JSON.stringify(seen).slice(0, 200)}`);
  return { ...seen, state: connection.state };
}

async function transact(url) {
  const connection = await connect(url);
  const box = inbox();
  await connection.subscribe('/queue/tx', {}, box.put);
  const aborted = await connection.begin();
  await aborted.send('/queue/tx', 'never');
  await aborted.abort();
  const committed = await connection.begin();
  await committed.send('/queue/tx', 'one');
  await committed.send('/queue/tx', 'two');
  const before = box.waiting;
  await committed.commit();
  const after = [(await box.take()).text(), (await box.take()).text()];
  await connection.close();
  show(`transaction: ${after}`);
  return { before, after };
}

/** The error of a connect that fails. */
async function refusal(url, options) {
  try {
    await connect(url, options);
    return undefined;
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message };
  }
}

let lasting;

/** Connects for good; `afterRestart` goes on with it. */
async function begin(url) {
  const events = [];
  const connection = await connect(url, {
    reconnect: RECONNECT,
    onStatus: ({ type }) => events.push(type),
  });
  const box = inbox();
  await connection.subscribe('/queue/lasting', { ack: 'client' }, box.put);
  await connection.send('/queue/lasting', 'before');
  const message = await box.take();
  lasting = { connection, events, box, message };
  return message.text();
}

async function untilLost() {
  const { connection } = lasting;
  if (connection.state === 'reconnecting') return;
  for await (const { type } of connection.status()) if (type === 'reconnecting') return;
}

async function afterRestart() {
  const { connection, events, box, message } = lasting;
  const again = await box.take();
  await connection.send('/queue/lasting', 'after');
  const next = await box.take();
  await next.ack({ receipt: true });
  const stale = await message.ack().then(
    () => 'acknowledged',
    (error) => error.code,
  );
  await connection.close();
  show(`reconnect: ${events}`);
  return {
    again: again.text(),
    next: next.text(),
    stale,
    events,
  };
}

/** Counts heart-beats in both directions until there are enough of them. */
async function beats(url, count) {
  const connection = await connect(url, { heartBeat: { outgoingMs: 1000, incomingMs: 1000 } });
  const seen = { in: 0, out: 0 };
  await new Promise((resolve) => {
    connection.onFrame(({ direction, frame }) => {
      if (frame === undefined) seen[direction]++;
      if (seen.in >= count && seen.out >= count) resolve();
    });
  });
  const { state } = connection;
  await connection.close();
  show(`heart-beats while the page was ${document.visibilityState}: ${JSON.stringify(seen)}`);
  return { state, visibility: document.visibilityState };
}

globalThis.page = { exchange, transact, refusal, begin, untilLost, afterRestart, beats };
document.body.dataset.isReady = 'true';
