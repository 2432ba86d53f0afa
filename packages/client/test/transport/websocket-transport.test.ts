import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import { WebSocketTransport } from '../../dist/transport/websocket-transport.js';
import { FakeClock } from '../support/fake-clock.js';
import { FakeWebSocket } from '../support/fake-websocket.js';

function opened() {
  const socket = new FakeWebSocket('ws://mq/', []);
  const clock = new FakeClock();
  const transport = new WebSocketTransport(socket, 'ws://mq:80/', undefined, clock);
  const chunks: string[] = [];
  const closes: (Error | undefined)[] = [];
  let drains = 0;
  transport.start({
    onData: (chunk) => chunks.push(Buffer.from(chunk).toString()),
    onDrain: () => drains++,
    onClose: (error) => closes.push(error),
  });
  return { socket, clock, transport, chunks, closes, drainCount: () => drains };
}

describe('a WebSocket', () => {
  test('takes bytes as binary messages', () => {
    const { socket, transport } = opened();
    assert.equal(transport.write(new Uint8Array([1, 2])), true);
    assert.deepEqual(socket.sent, [new Uint8Array([1, 2])]);
  });

  test('gives the bytes of binary messages and of texts', () => {
    const { socket, chunks } = opened();
    socket.message(new Uint8Array([65, 66]));
    socket.message('ä\0');
    assert.deepEqual(chunks, ['AB', 'ä\0']);
  });

  test('that holds too much asks for a pause, and tells when it has sent it', async () => {
    const { socket, clock, transport, drainCount } = opened();
    socket.bufferedAmount = 300_000;
    assert.equal(transport.write(new Uint8Array(1)), false);
    assert.equal(transport.write(new Uint8Array(1)), false);
    await clock.advance(50);
    assert.equal(drainCount(), 0);
    socket.bufferedAmount = 10;
    await clock.advance(10);
    assert.equal(drainCount(), 1);
    assert.equal(transport.write(new Uint8Array(1)), true);
    assert.equal(clock.timerCount, 0);
  });

  test('that closes is no longer asked whether it has sent what it held', () => {
    const { socket, clock, transport, drainCount } = opened();
    socket.bufferedAmount = 300_000;
    transport.write(new Uint8Array(1));
    socket.closed(1006);
    assert.equal(clock.timerCount, 0);
    assert.equal(drainCount(), 0);
  });

  test('holds back what arrives while it is paused, in order', () => {
    const { socket, transport, chunks } = opened();
    transport.pause();
    socket.message('a');
    socket.message('b');
    assert.deepEqual(chunks, []);
    transport.resume();
    socket.message('c');
    assert.deepEqual(chunks, ['a', 'b', 'c']);
  });

  test('that is paused by the handler of a chunk keeps the next ones', () => {
    const socket = new FakeWebSocket('ws://mq/', []);
    const transport = new WebSocketTransport(socket, 'mq');
    const chunks: string[] = [];
    socket.message('a');
    socket.message('b');
    transport.start({
      onData: (chunk) => {
        chunks.push(Buffer.from(chunk).toString());
        transport.pause();
      },
      onDrain: () => {},
      onClose: () => {},
    });
    assert.deepEqual(chunks, ['a']);
    transport.resume();
    assert.deepEqual(chunks, ['a', 'b']);
  });

  test('closed by the peer says its code and reason', () => {
    const { socket, closes } = opened();
    socket.closed(1008, 'too slow');
    assert.equal(closes.length, 1);
    assert.equal(closes[0]?.message, 'the WebSocket was closed with code 1008 (too slow)');
  });

  test('closed before anybody listened is told at once', () => {
    const socket = new FakeWebSocket('ws://mq/', []);
    const transport = new WebSocketTransport(socket, 'mq');
    socket.closed(1001);
    const closes: (Error | undefined)[] = [];
    transport.start({
      onData: () => {},
      onDrain: () => {},
      onClose: (error) => closes.push(error),
    });
    assert.match(closes[0]?.message ?? '', /code 1001$/);
  });

  test('that failed closes with the error of the runtime', () => {
    const { socket, closes } = opened();
    const error = new Error('read ECONNRESET');
    socket.onerror?.({ error });
    socket.closed(1006);
    assert.deepEqual(closes, [error]);
  });

  test('that we end says goodbye, and its close is no error', () => {
    const { socket, transport, closes } = opened();
    transport.end();
    assert.deepEqual(socket.closes, [1000]);
    assert.equal(transport.write(new Uint8Array(1)), false);
    socket.closed(1000);
    assert.deepEqual(closes, [undefined]);
  });

  test('that is destroyed waits for nobody', async () => {
    const { socket, transport, closes, chunks } = opened();
    const error = new Error('enough');
    transport.destroy(error);
    assert.deepEqual(closes, []);
    await Promise.resolve();
    assert.deepEqual(closes, [error]);
    socket.message('late');
    socket.closed(1006);
    transport.destroy();
    assert.deepEqual(chunks, []);
    assert.equal(closes.length, 1);
  });
});

test('a WebSocket that is closed instead of an answer to CONNECT says its code and reason', async () => {
  const transport = async () => {
    const socket = new FakeWebSocket('ws://mq/', []);
    const opened = new WebSocketTransport(socket, 'ws://mq:80/');
    queueMicrotask(() => socket.closed(1008, 'too many clients'));
    return opened;
  };
  await assert.rejects(connect('ws://mq', { transport }), {
    code: 'STOMP_NET_NOT_STOMP',
    message: /ws:\/\/mq:80\/ did not answer in STOMP \(.*code 1008 \(too many clients\)\)/,
  });
});
