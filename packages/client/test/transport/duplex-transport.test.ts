import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { type Duplex, Duplex as NodeDuplex } from 'node:stream';
import { describe, test } from 'node:test';
import { type Connection, connect, duplexTransport, type Message } from '@stompbox/client';
import { startTcpBroker, type TcpBroker } from '../support/tcp-broker.js';

async function withBroker(run: (broker: TcpBroker) => Promise<void>): Promise<void> {
  const broker = await startTcpBroker();
  try {
    await run(broker);
  } finally {
    await broker.close();
  }
}

async function socketTo(broker: TcpBroker): Promise<Duplex> {
  const socket = connectSocket(broker.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function exchanges(connection: Connection, bodyBytes = 10): Promise<void> {
  const got = new Promise<Message>((resolve) => {
    connection.subscribe('/queue/a', {}, resolve);
  });
  await connection.send('/queue/a', new Uint8Array(bodyBytes).fill(7));
  assert.equal((await got).body.length, bodyBytes);
}

describe('a stream as transport', () => {
  test('may be a Duplex of Node', () =>
    withBroker(async (broker) => {
      const transport = duplexTransport(await socketTo(broker));
      const connection = await connect('stomp://tunnel:1', { transport });
      assert.equal(connection.peer, 'tunnel:1');
      await exchanges(connection);
      await connection.close();
    }));

  test('may be two web streams, through their back-pressure', () =>
    withBroker(async (broker) => {
      const transport = duplexTransport(NodeDuplex.toWeb(await socketTo(broker)));
      const connection = await connect('stomp://tunnel', { transport });
      await exchanges(connection, 3_000_000);
      await connection.close();
    }));

  test('that was used ends its connection after a loss, without another attempt', () =>
    withBroker(async (broker) => {
      const transport = duplexTransport(await socketTo(broker));
      const connection = await connect('stomp://tunnel', {
        transport,
        reconnect: { initialDelayMs: 1 },
      });
      const failures: string[] = [];
      connection.onStatus(({ type }) => {
        if (type === 'connect-failed') failures.push(type);
      });
      broker.sockets[0]?.destroy();
      const error = await connection.closed;
      assert.match(error?.message ?? '', /pass a function that opens a new one/);
      assert.equal(failures.length, 1);
    }));

  test('from a function comes again after a loss', () =>
    withBroker(async (broker) => {
      for (const open of [
        () => socketTo(broker),
        async () => NodeDuplex.toWeb(await socketTo(broker)),
      ]) {
        const connection = await connect('stomp://tunnel', {
          transport: duplexTransport(open),
          reconnect: { initialDelayMs: 1 },
        });
        const statuses = connection.status()[Symbol.asyncIterator]();
        const next = statuses.next();
        broker.sockets.at(-1)?.destroy();
        assert.equal((await next).value?.type, 'reconnecting');
        await exchanges(connection);
        await connection.close();
      }
    }));

  test('that is something else is refused', async () => {
    for (const value of [undefined, 42, {}, { readable: true }]) {
      assert.throws(() => duplexTransport(value as unknown as Duplex), {
        code: 'STOMP_OPT_INVALID',
        message: /takes a Duplex of Node/,
      });
    }
    const transport = duplexTransport(() => 42 as unknown as Duplex);
    await assert.rejects(connect('stomp://tunnel', { transport }), { code: 'STOMP_OPT_INVALID' });
  });
});

/** Two web streams whose other ends a test holds. */
function webPair() {
  const incoming = new TransformStream<Uint8Array, Uint8Array>();
  const outgoing = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    new ByteLengthQueuingStrategy({ highWaterMark: 100 }),
  );
  return {
    streams: { readable: incoming.readable, writable: outgoing.writable },
    peer: { writer: incoming.writable.getWriter(), reader: outgoing.readable.getReader() },
  };
}

async function opened() {
  const { streams, peer } = webPair();
  const server = { host: 'tunnel', port: 1, isTls: false };
  const transport = await duplexTransport(streams)(server, new AbortController().signal);
  const chunks: number[] = [];
  let drained: () => void = () => {};
  let close: (error: Error | undefined) => void = () => {};
  const whenDrained = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const whenClosed = new Promise<Error | undefined>((resolve) => {
    close = resolve;
  });
  transport.start({
    onData: (chunk) => chunks.push(...chunk),
    onDrain: () => drained(),
    onClose: (error) => close(error),
  });
  return { transport, peer, chunks, whenDrained, whenClosed };
}

describe('two web streams', () => {
  test('that hold enough ask for a pause, and tell when they have room', async () => {
    const { transport, peer, whenDrained } = await opened();
    assert.equal(transport.write(new Uint8Array(10)), true);
    assert.equal(transport.write(new Uint8Array(200)), false);
    await peer.reader.read();
    await peer.reader.read();
    await whenDrained;
  });

  test('that fail close with the reason', async () => {
    const { peer, whenClosed } = await opened();
    peer.writer.abort(new Error('torn'));
    assert.equal((await whenClosed)?.message, 'torn');
  });

  test('whose peer takes nothing more close with the reason', async () => {
    const { transport, peer, whenClosed } = await opened();
    await peer.reader.cancel(new Error('full'));
    transport.write(new Uint8Array(1));
    assert.match(String(await whenClosed), /full/);
  });

  test('that the peer has ended are closed without an error', async () => {
    const { transport, peer, whenClosed, chunks } = await opened();
    await peer.writer.write(new Uint8Array([1]));
    await peer.writer.close();
    assert.equal(await whenClosed, undefined);
    assert.deepEqual(chunks, [1]);
    assert.equal(transport.write(new Uint8Array(1)), false);
  });

  test('deliver nothing while they are paused', async () => {
    const { transport, peer, chunks, whenClosed } = await opened();
    transport.pause();
    transport.pause();
    const written = peer.writer.write(new Uint8Array([1]));
    await Promise.race([written, new Promise(setImmediate)]);
    assert.deepEqual(chunks, []);
    transport.resume();
    await written;
    peer.writer.close();
    await whenClosed;
    assert.deepEqual(chunks, [1]);
  });

  test('that we end tell the peer, and those that are destroyed close at once', async () => {
    const ending = await opened();
    ending.transport.end();
    assert.equal((await ending.peer.reader.read()).done, true);
    const destroyed = await opened();
    const reason = new Error('enough');
    destroyed.transport.destroy(reason);
    assert.equal(await destroyed.whenClosed, reason);
  });

  test('that were destroyed before anybody listened say so', async () => {
    const { streams } = webPair();
    const server = { host: 'tunnel', port: 1, isTls: false };
    const transport = await duplexTransport(streams)(server, new AbortController().signal);
    transport.destroy();
    await new Promise<void>((resolve) => {
      transport.start({ onData: () => {}, onDrain: () => {}, onClose: () => resolve() });
    });
    assert.equal(transport.write(new Uint8Array(1)), false);
  });
});
