import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import {
  connectWithListeners,
  getListener,
  ListenerGroup,
  removeListener,
  setListener,
} from '@stompbox/client/listeners';
import { FrameHeaders } from '@stompbox/protocol';
import { scene, stage } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';
import { recordingListener } from './recording-listener.js';

const SERVER = 'stomp://broker:61613';
const HEADERS = FrameHeaders.from({ 'receipt-id': 'r' });

describe('listeners of a connection', () => {
  test('are called in the order in which they were set, not in that of their names', async () => {
    const { connection } = await scene();
    const lines: string[] = [];
    setListener(connection, 'z', recordingListener(lines, 'z '));
    setListener(connection, 'a', recordingListener(lines, 'a '));
    await connection.send('/queue/a', 'one', { receipt: false });
    assert.deepEqual(lines, ['z send SEND one', 'a send SEND one']);
    setListener(connection, 'z', recordingListener(lines, 'y '));
    await connection.send('/queue/a', 'two', { receipt: false });
    assert.deepEqual(lines.slice(2), ['y send SEND two', 'a send SEND two'], 'in its place');
    await connection.close();
  });

  test('are found by their names until they are removed', async () => {
    const { connection } = await scene();
    const lines: string[] = [];
    const listener = recordingListener(lines);
    assert.equal(getListener(connection, 'mine'), undefined);
    assert.equal(removeListener(connection, 'mine'), false);
    setListener(connection, 'mine', listener);
    assert.equal(getListener(connection, 'mine'), listener);
    assert.equal(removeListener(connection, 'other'), false);
    assert.equal(removeListener(connection, 'mine'), true);
    assert.equal(getListener(connection, 'mine'), undefined);
    await connection.send('/queue/a', 'unheard');
    assert.deepEqual(lines, []);
    setListener(connection, 'mine', listener);
    await connection.send('/queue/a', 'heard', { receipt: false });
    assert.deepEqual(lines, ['send SEND heard']);
    await connection.close();
  });

  test('leave the connection alone when the last one is removed', async () => {
    const { connection } = await scene();
    let listening = 0;
    const watched = {
      state: connection.state,
      onStatus: () => {
        listening += 1;
        return () => {
          listening -= 1;
        };
      },
      onFrame: () => {
        listening += 1;
        return () => {
          listening -= 1;
        };
      },
    };
    setListener(watched, 'a', {});
    setListener(watched, 'b', {});
    assert.equal(listening, 2, 'however many there are');
    removeListener(watched, 'a');
    assert.equal(listening, 2);
    removeListener(watched, 'b');
    assert.equal(listening, 0);
    await connection.close();
  });

  test('one that throws is reported, and hinders nobody', async () => {
    const { connection } = await scene();
    const lines: string[] = [];
    setListener(connection, 'bad', {
      onSend() {
        throw new Error('the listener is broken');
      },
    });
    setListener(connection, 'good', recordingListener(lines));
    const warned = once(process, 'warning');
    await connection.send('/queue/a', 'one', { receipt: false });
    const [warning] = await warned;
    assert.equal(warning.message, 'the listener is broken');
    assert.deepEqual(lines, ['send SEND one']);
    await connection.close();
  });

  test('an asynchronous one that rejects is reported, and does not end the process', async () => {
    const { connection } = await scene();
    setListener(connection, 'bad', {
      async onSend() {
        throw new Error('the listener is broken later');
      },
    });
    const warned = once(process, 'warning');
    await connection.send('/queue/a', 'one', { receipt: false });
    const [warning] = await warned;
    assert.equal(warning.message, 'the listener is broken later');
    await connection.close();
  });

  test('may be removed by one of them while it is called', async () => {
    const { connection } = await scene();
    const lines: string[] = [];
    setListener(connection, 'once', {
      onSend() {
        removeListener(connection, 'once');
        lines.push('once');
      },
    });
    setListener(connection, 'always', recordingListener(lines));
    await connection.send('/queue/a', '1', { receipt: false });
    await connection.send('/queue/a', '2', { receipt: false });
    assert.deepEqual(lines, ['once', 'send SEND 1', 'send SEND 2']);
    await connection.close();
  });
});

describe('a listener that connects too', () => {
  test('hears of everything from the first attempt to the end', async () => {
    const { broker, options } = stage();
    const lines: string[] = [];
    const connection = await connectWithListeners({ all: recordingListener(lines) }, (hooks) =>
      connect(SERVER, { ...options, ...hooks }),
    );
    const subscription = await connection.subscribe('/queue/a', { id: 's' });
    broker.session.message('s', 'm-1', 'grüße');
    await subscription[Symbol.asyncIterator]().next();
    broker.session.writeRaw('\n');
    broker.session.error('a remark');
    await until(() => lines.includes('error a remark'), 'it is heard');
    await connection.close();
    assert.deepEqual(lines, [
      'connecting broker:61613',
      'send CONNECT',
      'connected s-1',
      'send SUBSCRIBE',
      'receipt r1',
      'message grüße',
      'heart-beat',
      'error a remark',
      'disconnecting',
      'send UNSUBSCRIBE',
      'receipt r2',
      'send DISCONNECT',
      'receipt r3',
      'disconnected in order',
      'closed in order',
    ]);
  });

  test('is found by its name afterwards, and can be removed', async () => {
    const { options } = stage();
    const lines: string[] = [];
    const listener = recordingListener(lines);
    const connection = await connectWithListeners({ mine: listener }, (hooks) =>
      connect(SERVER, { ...options, ...hooks }),
    );
    assert.equal(getListener(connection, 'mine'), listener);
    assert.equal(removeListener(connection, 'mine'), true);
    lines.length = 0;
    await connection.send('/queue/a', 'unheard');
    setListener(connection, 'mine', listener);
    await connection.send('/queue/a', 'heard', { receipt: false });
    assert.deepEqual(lines, ['send SEND heard']);
    await connection.close();
  });

  test('hears of a loss and of what brings the connection back', async () => {
    const { broker, clock, options } = stage();
    const lines: string[] = [];
    const connection = await connectWithListeners({ all: recordingListener(lines) }, (hooks) =>
      connect(SERVER, { ...options, ...hooks }),
    );
    lines.length = 0;
    broker.session.drop();
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'the connection is back');
    await connection.close();
    assert.deepEqual(lines, [
      'disconnected by an error',
      'connecting broker:61613',
      'send CONNECT',
      'connected s-1',
      'disconnecting',
      'send DISCONNECT',
      'receipt r1',
      'disconnected in order',
      'closed in order',
    ]);
  });

  test('hears of heart-beats, and of their absence before the end that it causes', async () => {
    const heartBeat = { outgoingMs: 1000, incomingMs: 1000 };
    const { broker, clock, options } = stage({ heartBeat, reconnect: false });
    broker.connected = { version: '1.2', session: 's-1', 'heart-beat': '1000,1000' };
    const lines: string[] = [];
    const connection = await connectWithListeners({ all: recordingListener(lines) }, (hooks) =>
      connect(SERVER, { ...options, ...hooks }),
    );
    lines.length = 0;
    await clock.advance(2000);
    await connection.closed;
    const beats = lines.filter((line) => line === 'heart-beat sent');
    assert.ok(beats.length >= 1);
    const [timeout, ...end] = lines.filter((line) => line !== 'heart-beat sent');
    assert.match(timeout ?? '', /^heart-beat timeout: broker:61613 sent nothing for 2000 ms/);
    assert.deepEqual(end, ['disconnected by an error', 'closed by an error']);
  });

  test('that was refused hears of the error, and of no end of what never began', async () => {
    const { broker, options } = stage();
    broker.answers.set('CONNECT', (_frame, session) => session.error('Bad CONNECT'));
    const lines: string[] = [];
    const connecting = connectWithListeners({ all: recordingListener(lines) }, (hooks) =>
      connect(SERVER, { ...options, ...hooks }),
    );
    await assert.rejects(connecting);
    assert.deepEqual(lines.slice(0, 3), [
      'connecting broker:61613',
      'send CONNECT',
      'error Bad CONNECT',
    ]);
    assert.ok(lines.every((line) => !line.startsWith('disconnected')));
  });
});

test('a group hands every hook to all of its members, in order', () => {
  const lines: string[] = [];
  const group = new ListenerGroup([
    recordingListener(lines, '1 '),
    {},
    recordingListener(lines, '2 '),
  ]);
  const single: string[] = [];
  const alone = recordingListener(single);
  const frame = { command: 'MESSAGE' as const, headers: HEADERS, body: '', text: () => 'text' };
  for (const listener of [group, alone]) {
    listener.onConnecting('peer');
    listener.onConnected(frame);
    listener.onMessage(frame);
    listener.onReceipt(frame);
    listener.onError(frame);
    listener.onSend(frame);
    listener.onHeartBeat();
    listener.onHeartBeatSent();
    listener.onHeartBeatTimeout(new Error('silent'));
    listener.onDisconnecting();
    listener.onDisconnected(undefined);
    listener.onClosed(undefined);
  }
  assert.equal(single.length, 12);
  assert.deepEqual(
    lines,
    single.flatMap((line) => [`1 ${line}`, `2 ${line}`]),
  );
});

test('a member of a group that throws hinders no other', async () => {
  const lines: string[] = [];
  const broken = {
    onClosed() {
      throw new Error('the member is broken');
    },
  };
  const warned = once(process, 'warning');
  new ListenerGroup([broken, recordingListener(lines)]).onClosed(undefined);
  assert.deepEqual(lines, ['closed in order']);
  assert.equal((await warned)[0].message, 'the member is broken');
});
