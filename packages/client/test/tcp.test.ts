import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ConnectionError, connect, type Message } from '@stompbox/client';
import { tcpTransportFactory } from '../dist/transport/tcp-transport.js';
import { startTcpBroker, type TcpBroker } from './support/tcp-broker.js';

async function withBroker(run: (broker: TcpBroker) => Promise<void>): Promise<void> {
  const broker = await startTcpBroker();
  try {
    await run(broker);
  } finally {
    await broker.close();
  }
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('over TCP', () => {
  test('messages of any size arrive whole', () =>
    withBroker(async ({ port }) => {
      const connection = await connect(`stomp://127.0.0.1:${port}`);
      const got: Message[] = [];
      let isDone: () => void = () => {};
      const done = new Promise<void>((resolve) => {
        isDone = resolve;
      });
      const bodies = [0, 1, 1000, 65_536, 3_000_000].map((size) => new Uint8Array(size).fill(7));
      await connection.subscribe('/queue/a', {}, (message) => {
        got.push(message);
        if (got.length === bodies.length) isDone();
      });
      await Promise.all(bodies.map((body) => connection.send('/queue/a', body)));
      await done;
      assert.deepEqual(
        got.map(({ body }) => body.length),
        bodies.map(({ length }) => length),
      );
      assert.ok(got.every(({ body }) => body.every((byte) => byte === 7)));
      await connection.close();
    }));

  test('many sends may be under way, through the backpressure of a real socket', () =>
    withBroker(async (broker) => {
      const connection = await connect(`stomp://127.0.0.1:${broker.port}`);
      await connection.subscribe('/queue/a', {}, () => {});
      const body = 'x'.repeat(2000);
      await Promise.all(Array.from({ length: 2000 }, () => connection.send('/queue/a', body)));
      assert.equal(broker.frames.filter(({ command }) => command === 'SEND').length, 2000);
      await connection.close();
    }));

  test('the peer is named by host and port, and close ends the socket', () =>
    withBroker(async (broker) => {
      const connection = await connect(`stomp://127.0.0.1:${broker.port}`);
      assert.equal(connection.peer, `127.0.0.1:${broker.port}`);
      const [socket] = broker.sockets;
      assert.ok(socket);
      const ended = once(socket, 'close');
      await connection.close();
      await ended;
    }));

  test('a socket that is cut is replaced by itself', () =>
    withBroker(async (broker) => {
      const connection = await connect(`stomp://127.0.0.1:${broker.port}`, {
        reconnect: { initialDelayMs: 1 },
      });
      const statuses = connection.status()[Symbol.asyncIterator]();
      const next = statuses.next();
      broker.sockets[0]?.resetAndDestroy();
      const lost = (await next).value;
      assert.ok(lost?.type === 'reconnecting');
      assert.match(lost.error.message, /ECONNRESET|closed it/);
      await connection.send('/queue/a', 'after the cut');
      assert.equal(broker.sockets.length, 2);
      await connection.close();
    }));

  test('a port that nobody listens on is refused with what to do', async () => {
    const port = await freePort();
    for (const host of ['127.0.0.1', 'localhost']) {
      await assert.rejects(connect(`stomp://${host}:${port}`), (error) => {
        assert.ok(error instanceof ConnectionError);
        assert.equal(error.code, 'STOMP_NET_REFUSED');
        assert.match(error.message, new RegExp(`^${host}:${port} refused`));
        return true;
      });
    }
  });

  test('a server that says nothing is given up in time', () =>
    withBroker(async (broker) => {
      broker.isSilent = true;
      await assert.rejects(connect(`stomp://127.0.0.1:${broker.port}`, { connectTimeoutMs: 50 }), {
        code: 'STOMP_NET_TIMEOUT_CONNECT',
      });
    }));

  test('the signal gives up opening a socket', () =>
    withBroker(async (broker) => {
      const stop = new AbortController();
      const connecting = connect(`stomp://127.0.0.1:${broker.port}`, { signal: stop.signal });
      stop.abort(new Error('enough'));
      await assert.rejects(connecting, { message: 'enough' });
    }));
});

describe('over TLS', () => {
  const cert = readFileSync(
    new URL('../test/fixtures/localhost-cert.pem', import.meta.url),
    'utf8',
  );
  const key = readFileSync(new URL('../test/fixtures/localhost-key.pem', import.meta.url), 'utf8');

  test('a certificate that is trusted is accepted, for a name and for an address', async () => {
    const broker = await startTcpBroker({ cert, key });
    for (const host of ['localhost', '127.0.0.1']) {
      const connection = await connect(`stomp+ssl://${host}:${broker.port}`, {
        tls: { ca: cert },
      });
      await connection.send('/queue/a', 'secret');
      await connection.close();
    }
    await broker.close();
  });

  test('a certificate that is not trusted is refused by default', async () => {
    const broker = await startTcpBroker({ cert, key });
    await assert.rejects(connect(`stomp+ssl://localhost:${broker.port}`), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_UNREACHABLE');
      assert.match(error.message, /self-signed certificate/);
      return true;
    });
    const connection = await connect(`stomp+ssl://localhost:${broker.port}`, {
      tls: { rejectUnauthorized: false },
    });
    await connection.close();
    await broker.close();
  });

  test('a certificate for another name is refused', async () => {
    const broker = await startTcpBroker({ cert, key });
    const tls = { ca: [new TextEncoder().encode(cert)], servername: 'mq.example' };
    await assert.rejects(connect(`stomp+ssl://127.0.0.1:${broker.port}`, { tls }), {
      code: 'STOMP_NET_UNREACHABLE',
      message: /mq\.example/,
    });
    await broker.close();
  });

  test('a client certificate proves who we are, and without one we are refused', async () => {
    const broker = await startTcpBroker({ cert, key, ca: cert, requestCert: true });
    const url = `stomp+ssl://localhost:${broker.port}`;
    const connection = await connect(url, { tls: { ca: cert, cert, key } });
    await connection.send('/queue/a', 'x');
    await connection.close();
    await assert.rejects(connect(url, { tls: { ca: cert } }), { retryable: true });
    assert.equal(broker.sockets.length, 1);
    await broker.close();
  });

  test('a large message is taken as a whole before a pause is asked for, as over TCP', async () => {
    for (const options of [{}, { cert, key }]) {
      const broker = await startTcpBroker(options);
      const server = { host: 'localhost', port: broker.port, isTls: 'cert' in options };
      const open = tcpTransportFactory({ ca: cert });
      const transport = await open(server, new AbortController().signal);
      assert.equal(transport.write(new Uint8Array(128 * 1024)), true);
      transport.destroy();
      await broker.close();
    }
  });

  test('the server is told the name that it is called by, and no address', async () => {
    const names: (string | false | null)[] = [];
    const broker = await startTcpBroker({ cert, key }, ({ servername }) => names.push(servername));
    const at = (host: string) => `stomp+ssl://${host}:${broker.port}`;
    await (await connect(at('localhost'), { tls: { ca: cert } })).close();
    await (await connect(at('127.0.0.1'), { tls: { ca: cert } })).close();
    const named = { ca: cert, servername: 'localhost' };
    await (await connect(at('127.0.0.1'), { tls: named })).close();
    assert.deepEqual(names, ['localhost', false, 'localhost']);
    await broker.close();
  });
});

describe('over the socket of a file', () => {
  test('frames travel as over TCP', { skip: process.platform === 'win32' }, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'stompbox-unix-'));
    const file = path.join(folder, 'mq 1.sock');
    const broker = await startTcpBroker(undefined, undefined, file);
    try {
      const connection = await connect(`stomp+unix://guest:secret@localhost${encodeURI(file)}`);
      assert.equal(connection.peer, `unix:${file}`);
      await connection.send('/queue/a', 'x');
      assert.equal(broker.frames[0]?.headers.get('host'), 'localhost');
      assert.equal(broker.frames[0]?.headers.get('login'), 'guest');
      await connection.close();
    } finally {
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('one that is not there cannot be reached', async () => {
    await assert.rejects(connect(`stomp+unix://${os.tmpdir()}/stompbox-not-there.sock`), {
      code: 'STOMP_NET_UNREACHABLE',
      message: /^unix:.*ENOENT/,
    });
  });
});
