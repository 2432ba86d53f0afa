/** A WebSocket as a transport, over real sockets: what its messages mean, and how it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { certificate, closeOf, HANDSHAKE_TIMEOUT_MS, listening, SERVER_TLS } from './listening.js';
import { TransportLog } from './transport-log.js';
import { refusedWebSocket, WebSocketEnd, type WebSocketEndOptions } from './websocket-end.js';

const MIB = 1024 * 1024;
const LETTERS = 'aü€🙂';

/** Both ends of one WebSocket. */
async function joined(t: TestContext, options: WebSocketEndOptions = {}, maxMessageBytes = MIB) {
  const scene = await listening(t, { kind: 'ws' }, { maxMessageBytes });
  const client = await WebSocketEnd.open(t, scene.connector.url, options);
  const transport = await scene.transport();
  return { scene, client, transport, log: new TransportLog(transport) };
}

describe('a WebSocket', () => {
  test('is a stream of bytes, in text and in binary messages', async (t) => {
    const { client, log } = await joined(t);
    const { webSocket } = client;
    webSocket.send('te', { binary: false });
    webSocket.send('', { binary: false });
    webSocket.send(Buffer.of(0xff, 0x00), { binary: true });
    webSocket.send('xt', { binary: false });
    await log.until(() => log.bytes.length === 6);
    assert.deepEqual(log.bytes, Buffer.from('7465ff007874', 'hex'));
  });

  test('takes messages that come in fragments', async (t) => {
    const { client, log } = await joined(t);
    const bytes = Buffer.from(LETTERS);
    for (const [index, byte] of bytes.entries()) {
      client.webSocket.send(Buffer.of(byte), { binary: false, fin: index === bytes.length - 1 });
    }
    await log.received(LETTERS);
  });

  test('answers text with text, one message for each turn', async (t) => {
    const { client, log, transport } = await joined(t);
    client.webSocket.send('hello', { binary: false });
    await log.received('hello');
    for (const piece of ['one ', 'ü ', '🙂']) transport.write(Buffer.from(piece));
    await client.until(() => client.messages.length > 0);
    assert.deepEqual(client.messages, [{ bytes: Buffer.from('one ü 🙂'), format: 'text' }]);
  });

  test('answers text with a binary message where the bytes are no text', async (t) => {
    const { client, log, transport } = await joined(t);
    client.webSocket.send('hello', { binary: false });
    await log.received('hello');
    transport.write(Buffer.from('text '));
    transport.write(Buffer.of(0xc3));
    await client.until(() => client.messages.length === 1);
    transport.write(Buffer.from('text'));
    await client.until(() => client.messages.length === 2);
    assert.deepEqual(client.messages, [
      { bytes: Buffer.from('7465787420c3', 'hex'), format: 'binary' },
      { bytes: Buffer.from('text'), format: 'text' },
    ]);
  });

  test('answers binary messages with binary ones', async (t) => {
    const { client, log, transport } = await joined(t);
    client.webSocket.send('hello', { binary: true });
    await log.received('hello');
    client.webSocket.send('text', { binary: false });
    await log.received('hellotext');
    transport.write(Buffer.from('text'));
    await client.until(() => client.messages.length > 0);
    assert.equal(client.messages[0]?.format, 'binary');
  });

  test('tells where it comes from', async (t) => {
    const { transport } = await joined(t);
    assert.match(transport.peer, /^127\.0\.0\.1:\d+$/);
    assert.equal(transport.isLocal, true);
    assert.equal(transport.certificateName, undefined);
  });

  test('delivers nothing before it was started', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const client = await WebSocketEnd.open(t, scene.connector.url);
    const transport = await scene.transport();
    client.webSocket.send('early', { binary: false });
    client.webSocket.ping();
    await new Promise((resolve) => setImmediate(resolve));
    await new TransportLog(transport).received('early');
  });
});

describe('the end of a WebSocket', () => {
  test('by the client is a close without an error', async (t) => {
    const { client, log, transport } = await joined(t);
    client.end();
    await log.closed();
    assert.deepEqual([log.closes, transport.isWritable], [[undefined], false]);
    assert.equal(transport.write(Buffer.from('late')), false);
  });

  test('by the broker comes after all that was written', async (t) => {
    const { client, log, transport } = await joined(t);
    transport.write(Buffer.from('last'));
    transport.end();
    assert.equal(await client.closed(), 1000);
    await log.closed();
    assert.equal(client.messages[0]?.bytes.toString(), 'last');
    assert.deepEqual(log.closes, [undefined]);
  });

  test('by the broker is told also while nothing is read', async (t) => {
    const { client, log, transport } = await joined(t);
    transport.pause();
    transport.end();
    assert.equal(await client.closed(), 1000);
    await log.closed();
  });

  test('by a broken connection is told once', async (t) => {
    const { client, log } = await joined(t);
    client.destroy();
    await log.closed();
    assert.equal(log.closes.length, 1);
  });

  test('by the broker for a reason gives the reason', async (t) => {
    const { client, log, transport } = await joined(t);
    transport.destroy(new Error('no heart-beat'));
    await log.closed();
    assert.equal(log.closes[0]?.message, 'no heart-beat');
    assert.equal(await client.closed(), 1006);
  });

  test('comes with a message that is too long, before it is held in memory', async (t) => {
    const { client, log } = await joined(t, {}, 1000);
    client.webSocket.send(Buffer.alloc(1001), { binary: true });
    assert.equal(await client.closed(), 1009);
    await log.closed();
    assert.match(log.closes[0]?.message ?? '', /Max payload size exceeded/);
    assert.equal(log.bytes.length, 0);
  });

  test('comes with a text that is none', async (t) => {
    const { client, log } = await joined(t);
    client.webSocket.send(Buffer.of(0xc3), { binary: false });
    assert.equal(await client.closed(), 1007);
    await log.closed();
    assert.match(log.closes[0]?.message ?? '', /UTF-8/);
  });
});

describe('a WebSocket whose other end is slow', () => {
  test('asks for patience above its mark, and tells when there is room again', async (t) => {
    const { client, log, transport } = await joined(t);
    client.pause();
    let written = 0;
    while (transport.write(Buffer.alloc(100_000, 'x'))) {
      written += 100_000;
      assert(written < 50 * MIB, 'it never asks for patience');
      await new Promise((resolve) => setImmediate(resolve));
    }
    written += 100_000;
    assert.equal(log.drains, 0);
    client.resume();
    await log.until(() => log.drains === 1);
    assert.equal(transport.write(Buffer.from('x')), true);
    const received = () => client.messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
    await client.until(() => received() === written + 1);
  });

  test('asks for patience with a single large write, and tells of room after it', async (t) => {
    const { client, log, transport } = await joined(t);
    assert.equal(transport.write(Buffer.alloc(5 * MIB)), false);
    await log.until(() => log.drains === 1);
    await client.until(() => client.messages[0]?.bytes.length === 5 * MIB);
  });

  test('slows its client down by not reading', async (t) => {
    const { client, log, transport } = await joined(t);
    transport.pause();
    const total = 20 * MIB;
    for (let sent = 0; sent < total; sent += MIB) client.write(Buffer.alloc(MIB, 'x'));
    client.webSocket.ping();
    await new Promise((resolve) => setImmediate(resolve));
    // Far more than the kernel holds is still with the client.
    assert(client.webSocket.bufferedAmount > MIB, `${client.webSocket.bufferedAmount} bytes`);
    const before = log.bytes.length;
    assert(before < MIB, `${before} bytes were read`);
    transport.resume();
    await log.until(() => log.bytes.length === total);
  });
});

describe('the upgrade to a WebSocket', () => {
  test('is for STOMP in the best version of the offered ones', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const { url } = scene.connector;
    for (const [subProtocols, chosen] of [
      [['v10.stomp', 'v12.stomp', 'v11.stomp'], 'v12.stomp'],
      [['stomp'], 'stomp'],
      [[], ''],
    ] as const) {
      const client = await WebSocketEnd.open(t, url, { subProtocols: [...subProtocols] });
      assert.equal(client.webSocket.protocol, chosen);
    }
  });

  test('is refused for other sub-protocols, in words', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const refused = await refusedWebSocket(scene.connector.url, { subProtocols: ['mqtt'] });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /^The sub-protocols mqtt are not known: offer v12\.stomp, /);
    assert.equal((await scene.error()).code, 'STOMP_CONNECTOR_SUBPROTOCOL');
  });

  test('is refused for a web page from elsewhere, and told', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const { url, port } = scene.connector;
    const refused = await refusedWebSocket(url, { origin: 'https://evil.example' });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /^Web pages from https:\/\/evil\.example may not connect/);
    const error = await scene.error();
    assert.equal(error.code, 'STOMP_CONNECTOR_ORIGIN');
    assert.match(error.message, /^ws:\/\/127\.0\.0\.1:\d+ refused a WebSocket: Web pages from /);
    await WebSocketEnd.open(t, url, { origin: `http://127.0.0.1:${port}` });
    assert.equal(scene.connector.refusedConnections, 1);
  });

  test('is for a listed web page, on the path that is served', async (t) => {
    const ws = { path: '/stomp', origins: ['https://app.example'] };
    const scene = await listening(t, { kind: 'ws', ws });
    const { url } = scene.connector;
    assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/stomp$/);
    await WebSocketEnd.open(t, url, { origin: 'https://app.example' });
    assert.equal((await refusedWebSocket(url, { origin: 'http://127.0.0.1' })).status, 403);
    assert.equal((await refusedWebSocket(url.replace('/stomp', '/other'))).status, 404);
  });

  test('is what a plain request is told to ask for', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const [response] = await once(get(`http://127.0.0.1:${scene.port}/`), 'response');
    assert.equal(response.statusCode, 426);
    assert.match(response.headers.connection, /close/);
    assert.equal(
      await textOf(response),
      'This is a WebSocket for STOMP: connect with a STOMP client.\n',
    );
    assert.deepEqual(scene.errors, []);
  });

  test('is refused where the request is none for a WebSocket', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const upgrade =
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const socket = connect(scene.port, '127.0.0.1').setEncoding('utf8');
    socket.write(upgrade);
    assert.match(await textOf(socket), /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*No WebSocket: .*Key/);
    assert.equal((await scene.error()).code, 'STOMP_CONNECTOR_HANDSHAKE');
  });

  test('is refused to a client that speaks STOMP at once', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const socket = connect(scene.port, '127.0.0.1').setEncoding('utf8');
    socket.write('STOMP\naccept-version:1.2\n\n\0');
    assert.match(await textOf(socket), /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*that was no HTTP\n$/);
    assert.match((await scene.error()).message, /gave up a WebSocket handshake \(Parse Error/);
  });

  test('that is not done in time ends the connection', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const socket = connect(scene.port, '127.0.0.1');
    const closed = closeOf(socket);
    socket.write('GET / HTTP/1.1\r\n');
    await scene.handshakesBegin(1);
    scene.clock.advance(HANDSHAKE_TIMEOUT_MS - 1);
    assert.deepEqual(scene.errors, []);
    scene.clock.advance(1);
    await closed;
    assert.match((await scene.error()).message, /handshake \(it was not done in 30000 ms\)/);
    assert.equal(scene.clock.timerCount, 0);
  });

  test('that is done is not cut off later', async (t) => {
    const { scene, client, log } = await joined(t);
    assert.equal(scene.clock.timerCount, 0);
    scene.clock.advance(10 * HANDSHAKE_TIMEOUT_MS);
    client.webSocket.send('still here', { binary: false });
    await log.received('still here');
  });

  test('of those who wait is not awaited when the connector stops', async (t) => {
    const scene = await listening(t, { kind: 'ws' });
    const socket = connect(scene.port, '127.0.0.1');
    const closed = closeOf(socket);
    await scene.handshakesBegin(1);
    scene.connector.stop();
    await closed;
    assert.equal(scene.clock.timerCount, 0);
  });
});

describe('a WebSocket over TLS', () => {
  const ca = readFileSync(certificate('ca.pem'));

  test('carries bytes, and the name in the certificate of the client', async (t) => {
    const tls = { ...SERVER_TLS, caFile: certificate('ca.pem') };
    const scene = await listening(t, { kind: 'wss', tls });
    assert.match(scene.connector.url, /^wss:\/\/127\.0\.0\.1:\d+$/);
    const client = await WebSocketEnd.open(t, scene.connector.url, {
      ca,
      key: readFileSync(certificate('client-key.pem')),
      cert: readFileSync(certificate('client.pem')),
    });
    const transport = await scene.transport();
    const log = new TransportLog(transport);
    client.webSocket.send(LETTERS.repeat(10_000), { binary: false });
    await log.received(LETTERS.repeat(10_000));
    assert.equal(transport.write(Buffer.alloc(5 * MIB, 'x')), false);
    await log.until(() => log.drains > 0);
    await client.until(() => client.messages[0]?.bytes.length === 5 * MIB);
    assert.equal(transport.certificateName, 'order-service');
    assert.equal(scene.clock.timerCount, 0);
  });

  test('has an Origin check too', async (t) => {
    const scene = await listening(t, { kind: 'wss', tls: SERVER_TLS });
    const options = { ca, origin: 'https://evil.example' };
    assert.equal((await refusedWebSocket(scene.connector.url, options)).status, 403);
    const own = { ca, origin: `https://127.0.0.1:${scene.port}` };
    await WebSocketEnd.open(t, scene.connector.url, own);
  });

  test('is refused to a client without TLS, which is told of once', async (t) => {
    const scene = await listening(t, { kind: 'wss', tls: SERVER_TLS });
    const socket = connect(scene.port, '127.0.0.1');
    const closed = closeOf(socket);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await closed;
    assert.equal((await scene.error()).code, 'STOMP_CONNECTOR_HANDSHAKE');
    assert.equal(scene.connector.refusedConnections, 1);
  });
});
