import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { type Connection, type ConnectOptions, connect } from '@stompbox/client';
import {
  type ConnectionListener,
  connectWithListeners,
  HeartBeatListener,
  PrintingListener,
  StatisticsListener,
  setListener,
  TestListener,
  WaitingListener,
} from '@stompbox/client/listeners';
import { FrameHeaders } from '@stompbox/protocol';
import { type Stage, stage } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

interface Heard<L> extends Stage {
  readonly connection: Connection;
  readonly listener: L;
}

/** A connection with one listener, which was there from the first attempt on. */
async function heardBy<L extends ConnectionListener>(
  make: (stage: Stage) => L,
  options: ConnectOptions = {},
  connected: Readonly<Record<string, string>> = { version: '1.2' },
): Promise<Heard<L>> {
  const parts = stage(options);
  parts.broker.connected = connected;
  const listener = make(parts);
  const connection = await connectWithListeners({ listener }, (hooks) =>
    connect('stomp://broker:61613', { ...parts.options, ...hooks }),
  );
  return { ...parts, connection, listener };
}

const BEATING = [
  { heartBeat: { outgoingMs: 1000, incomingMs: 1000 } },
  { version: '1.2', 'heart-beat': '1000,2000' },
] as const;

describe('the printing listener', () => {
  test('prints every hook as one line, and no passcode', async () => {
    const lines: string[] = [];
    const print = () => new PrintingListener((line) => lines.push(line));
    const { connection, broker } = await heardBy(print, { login: 'me', passcode: 'secret' });
    const subscription = await connection.subscribe('/queue/a', { id: 's' });
    broker.session.message('s', 'm-1', 'two\nlines \u001b[31m');
    await subscription[Symbol.asyncIterator]().next();
    await connection.close();
    assert.equal(lines[0], 'onConnecting broker:61613');
    assert.match(lines[1] ?? '', /^onSend CONNECT \{.*"login":"me","passcode":"\*\*\*".*\}$/);
    assert.equal(lines[2], 'onConnected {"version":"1.2"}');
    const message = lines.find((line) => line.startsWith('onMessage'));
    assert.match(message ?? '', /^onMessage \{.*"message-id":"m-1".*\} two\\nlines \\u001b\[31m$/);
    assert.deepEqual(lines.slice(-2), ['onDisconnected', 'onClosed']);
    assert.ok(lines.includes('onDisconnecting'));
    assert.ok(!lines.join('\n').includes('secret'));
  });

  test('prints heart-beats and errors', async () => {
    const lines: string[] = [];
    const print = () => new PrintingListener((line) => lines.push(line));
    const { connection, broker, clock } = await heardBy(
      print,
      { ...BEATING[0], reconnect: false },
      BEATING[1],
    );
    broker.session.writeRaw('\n');
    broker.session.error('a remark', {}, 'details');
    await clock.advance(10_000);
    await connection.closed;
    assert.ok(lines.includes('onHeartBeat'));
    assert.ok(lines.includes('onHeartBeatSent'));
    assert.ok(lines.includes('onError {"message":"a remark"} details'));
    const end = lines.slice(-3).map((line) => line.split(' broker:61613 sent nothing')[0]);
    assert.deepEqual(end, ['onHeartBeatTimeout', 'onDisconnected', 'onClosed']);
  });

  test('masks a passcode even if it was told one', () => {
    const output = new PassThrough();
    const told = connectFrame('secret');
    new PrintingListener(output).onSend(told);
    assert.equal(String(output.read()), 'onSend CONNECT {"login":"me","passcode":"***"}\n');
  });
});

describe('the statistics listener', () => {
  test('counts messages sent by SEND frames only, not by all that goes out', async () => {
    const make = () => new StatisticsListener();
    const { connection, listener, clock } = await heardBy(make, ...BEATING);
    await connection.send('/queue/a', 'one');
    const transaction = await connection.begin();
    await transaction.send('/queue/a', 'two');
    await transaction.commit();
    await clock.advance(1500);
    assert.equal(listener.counts.messagesSent, 2);
    await connection.close();
  });

  test('counts all that happens, and sums it up', async () => {
    const make = () => new StatisticsListener();
    const { connection, broker, listener, clock } = await heardBy(make, ...BEATING);
    const subscription = await connection.subscribe('/queue/a', { id: 's' });
    broker.session.message('s', 'm-1');
    await subscription[Symbol.asyncIterator]().next();
    broker.session.writeRaw('\n');
    broker.session.writeRaw('\n');
    broker.session.error('a remark');
    await until(() => listener.counts.errors === 1, 'all is heard');
    await clock.advance(2000);
    await until(() => listener.counts.heartBeatTimeouts === 1, 'the broker is silent for too long');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'the connection is back');
    const before = listener.counts;
    assert.deepEqual(before, {
      errors: 1,
      connections: 2,
      disconnects: 1,
      messages: 1,
      messagesSent: 0,
      heartBeats: 2,
      heartBeatTimeouts: 1,
    });
    await connection.close();
    assert.equal(before.disconnects, 1, 'counts are a copy');
    assert.equal(
      listener.summary(),
      'Connections: 2\nDisconnects: 2\nMessages sent: 0\nMessages received: 1\n' +
        'Heart-beats received: 2\nHeart-beat timeouts: 1\nErrors: 1',
    );
  });
});

describe('the waiting listener', () => {
  const waiting = ({ clock }: Stage) => new WaitingListener({ clock });
  const send = (connection: Connection, receipt: string) =>
    connection.sendFrame({
      command: 'SEND',
      headers: { destination: '/queue/a', receipt },
      body: 'hello',
    });

  test('waits for the receipt of a frame, whether it has come or not', async () => {
    const { connection, broker, listener } = await heardBy(waiting);
    await send(connection, 'mine-1');
    await until(() => broker.session.received('SEND').length === 1, 'it was sent');
    assert.equal((await listener.waitForReceipt('mine-1')).command, 'RECEIPT');
    broker.ignore('SEND');
    const later = listener.waitForReceipt('mine-2');
    await send(connection, 'mine-2');
    await until(() => broker.session.received('SEND').length === 2, 'the second was sent');
    const [, second] = broker.session.received('SEND');
    assert.ok(second);
    broker.session.receipt(second);
    assert.equal((await later).headers.get('receipt-id'), 'mine-2');
    await connection.close();
  });

  test('gives up after the timeout, by the signal, and when the connection is closed', async () => {
    const { connection, clock, listener } = await heardBy(waiting);
    const late = assert.rejects(listener.waitForReceipt('never', { timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_EVENT',
      message: /receipt never .* 50 ms/,
    });
    await clock.advance(50);
    await late;
    const controller = new AbortController();
    const aborted = assert.rejects(
      listener.waitForReceipt('never', { signal: controller.signal }),
      { message: 'enough' },
    );
    controller.abort(new Error('enough'));
    await aborted;
    const closed = { code: 'STOMP_NET_NOT_CONNECTED' };
    const left = assert.rejects(listener.waitForReceipt('never'), closed);
    await connection.close();
    await left;
    await assert.rejects(listener.waitForReceipt('never'), closed);
  });

  test('waits for the end of the connection, and says what ended it', async () => {
    const { connection, broker, clock, listener } = await heardBy(waiting);
    const lost = listener.waitForDisconnected();
    broker.session.drop();
    assert.match((await lost).error?.message ?? '', /was lost/);
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'the connection is back');
    const ended = listener.waitForDisconnected();
    await connection.close();
    assert.deepEqual(await ended, { error: undefined });
    assert.deepEqual(await listener.waitForDisconnected(), { error: undefined }, 'at once');
  });

  test('forgets the oldest receipts first', async () => {
    const { connection, broker, listener, clock } = await heardBy(waiting);
    for (let n = 0; n <= 1_000; n++) broker.session.write('RECEIPT', { 'receipt-id': `x-${n}` });
    await listener.waitForReceipt('x-1000');
    assert.equal((await listener.waitForReceipt('x-1')).headers.get('receipt-id'), 'x-1');
    const forgotten = assert.rejects(listener.waitForReceipt('x-0', { timeoutMs: 1 }));
    await clock.advance(1);
    await forgotten;
    await connection.close();
  });
});

describe('the heart-beat listener', () => {
  const watching = ({ clock }: Stage) => new HeartBeatListener({ clock });

  test('knows what was agreed on, what came and went, and how long the broker is silent', async () => {
    const { connection, broker, listener, clock } = await heardBy(watching, ...BEATING);
    assert.deepEqual(listener.negotiated, { outgoingMs: 2000, incomingMs: 1000 });
    await clock.advance(500);
    assert.equal(listener.silentMs, 500);
    broker.session.writeRaw('\n');
    await listener.waitForHeartBeat();
    assert.equal(listener.silentMs, 0);
    const next = listener.waitForHeartBeat();
    await clock.advance(1500);
    broker.session.writeRaw('\n');
    await next;
    assert.equal(listener.received, 2);
    assert.equal(listener.sent, 1);
    await connection.close();
  });

  test('counts timeouts', async () => {
    const { connection, listener, clock } = await heardBy(watching, ...BEATING);
    await clock.advance(2000);
    await until(() => listener.timeouts === 1, 'the broker was silent');
    await connection.close();
    await assert.rejects(listener.waitForHeartBeat(), { code: 'STOMP_NET_NOT_CONNECTED' });
  });

  test('that comes late knows no agreement, but hears', async () => {
    const { connection, broker } = await heardBy(() => ({}));
    const listener = new HeartBeatListener();
    setListener(connection, 'late', listener);
    assert.equal(listener.silentMs, undefined);
    broker.session.writeRaw('\n');
    await listener.waitForHeartBeat();
    assert.equal(listener.negotiated, undefined);
    await connection.close();
  });
});

describe('the test listener', () => {
  test('keeps messages, and gives each to one wait', async () => {
    const printed: string[] = [];
    const make = ({ clock }: Stage) =>
      new TestListener({ clock, print: (line) => printed.push(line) });
    const { connection, broker, listener } = await heardBy(make);
    await connection.subscribe('/queue/a', { id: 's' }, () => {});
    assert.deepEqual([listener.latestMessage, listener.messages.length], [undefined, 0]);
    broker.session.message('s', 'm-1', 'one');
    broker.session.message('s', 'm-2', 'two');
    const [first, second] = [await listener.waitForMessage(), await listener.waitForMessage()];
    assert.deepEqual([first.text(), second.text()], ['one', 'two']);
    const third = listener.waitForMessage();
    broker.session.message('s', 'm-3', 'three');
    assert.equal((await third).text(), 'three');
    assert.equal(listener.latestMessage?.text(), 'three');
    assert.equal(listener.messages.length, 3);
    assert.equal(listener.statistics.counts.messages, 3);
    assert.equal(printed.filter((line) => line.startsWith('onMessage')).length, 3);
    await connection.close();
  });

  test('waits for receipts, heart-beats and the end too', async () => {
    const make = ({ clock }: Stage) => new TestListener({ clock });
    const { connection, broker, listener } = await heardBy(make, ...BEATING);
    const headers = { destination: '/queue/a', receipt: 'mine' };
    await connection.sendFrame({ command: 'SEND', headers });
    await listener.waitForReceipt('mine');
    broker.session.writeRaw('\n');
    await listener.waitForHeartBeat();
    assert.equal(listener.heartBeats.received, 1);
    const message = assert.rejects(listener.waitForMessage(), { code: 'STOMP_NET_NOT_CONNECTED' });
    await connection.close();
    await message;
    assert.equal((await listener.waitForDisconnected()).error, undefined);
  });
});

function connectFrame(passcode: string) {
  const headers = FrameHeaders.from({ login: 'me', passcode });
  return { command: 'CONNECT' as const, headers, body: '', text: () => '' };
}
