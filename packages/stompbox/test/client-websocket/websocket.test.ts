import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { type ConnectOptions, connect, type Message } from '@stompbox/client';

const fixture = (name: string) =>
  readFileSync(new URL(`../../../client/test/fixtures/${name}.pem`, import.meta.url), 'utf8');
const cert = fixture('localhost-cert');
const key = fixture('localhost-key');

async function webSocketUrl(context: TestContext, isTls = false): Promise<string> {
  const broker = await startBroker({
    memory: true,
    connectors: [isTls ? { kind: 'wss', port: 0, tls: { cert, key } } : { kind: 'ws', port: 0 }],
  });
  context.after(() => broker.close());
  const url = broker.connectors[0]?.url ?? '';
  assert.match(url, isTls ? /^wss:/ : /^ws:/);
  return url;
}

async function exchange(url: string, options: ConnectOptions, bodies: (string | Uint8Array)[]) {
  const connection = await connect(url, options);
  const got: Message[] = [];
  let isDone: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });
  const ack = 'client-individual';
  await connection.subscribe('/queue/a', { ack }, async (message) => {
    got.push(message);
    await message.ack({ receipt: true });
    if (got.length === bodies.length) isDone();
  });
  await Promise.all(bodies.map((body) => connection.send('/queue/a', body)));
  await done;
  await connection.close();
  return { peer: connection.peer, got };
}

describe('the client over WebSocket, with the embedded broker', () => {
  test('sends and receives texts and bytes, of any size', async (context) => {
    const url = await webSocketUrl(context);
    const bodies = ['grüße', new Uint8Array([0, 255, 10]), new Uint8Array(3_000_000).fill(7)];
    const { got } = await exchange(url, {}, bodies);
    assert.equal(got[0]?.text(), 'grüße');
    assert.deepEqual([...(got[1]?.body ?? [])], [0, 255, 10]);
    assert.equal(got[2]?.body.length, 3_000_000);
  });

  test('sends frame by frame as text when told so', async (context) => {
    const url = await webSocketUrl(context);
    const options: ConnectOptions = { webSocket: { format: 'text' } };
    const { got } = await exchange(url, options, ['grüße', new Uint8Array([0, 255, 10]), 'x\ny']);
    assert.deepEqual(
      got.map(({ body }) => Buffer.from(body).toString('latin1')),
      [Buffer.from('grüße').toString('latin1'), '\0\xff\n', 'x\ny'],
    );
  });

  test('many sends go through the back-pressure of a real WebSocket', async (context) => {
    const url = await webSocketUrl(context);
    const bodies = Array.from({ length: 2000 }, (_, index) => `${index}:${'x'.repeat(2000)}`);
    const { got } = await exchange(url, {}, bodies);
    assert.deepEqual(
      got.map((message) => message.text()),
      bodies,
    );
  });

  test('verifies the certificate of wss:// servers unless told otherwise', async (context) => {
    const url = (await webSocketUrl(context, true)).replace('127.0.0.1', 'localhost');
    await assert.rejects(connect(url), { code: 'STOMP_NET_UNREACHABLE' });
    // With an option of TLS it is the package ws that connects, which tells why.
    await assert.rejects(connect(url, { tls: { servername: 'localhost' } }), {
      code: 'STOMP_NET_UNREACHABLE',
      message: /self-signed certificate/,
    });
    const { peer } = await exchange(url, { tls: { ca: cert } }, ['secret']);
    assert.match(peer, /^wss:\/\/localhost:\d+\//);
  });

  test('a refused upgrade says what the server answered', async (context) => {
    const url = await webSocketUrl(context);
    const headers = { origin: 'https://elsewhere.example' };
    await assert.rejects(connect(url, { webSocket: { headers } }), {
      code: 'STOMP_NET_UNREACHABLE',
      message: /403/,
    });
  });

  test('a port that nobody listens on is refused', async () => {
    const broker = await startBroker({ memory: true, connectors: [{ kind: 'ws', port: 0 }] });
    const url = broker.connectors[0]?.url ?? '';
    await broker.close();
    // With headers it is the package ws that connects, which tells why.
    const webSocket = { headers: { authorization: 'Bearer s3cret' } };
    for (const at of [url, url.replace('127.0.0.1', 'localhost')]) {
      await assert.rejects(connect(at, { webSocket }), { code: 'STOMP_NET_REFUSED' });
    }
    await assert.rejects(connect(url), { retryable: true, message: /refused|code 1006/ });
  });

  test('a failover list mixes schemes, and goes on at the next one', async (context) => {
    const first = await startBroker({ memory: true, connectors: [{ kind: 'ws', port: 0 }] });
    const second = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    context.after(() => second.close());
    const urls = [first, second].map((broker) => broker.connectors[0]?.url ?? '');
    const connection = await connect(
      `failover:(${urls.join(',')})?randomize=false&initialReconnectDelay=1`,
    );
    context.after(() => connection.close());
    assert.match(connection.peer, /^ws:/);
    const statuses = connection.status();
    await first.close();
    for await (const status of statuses) {
      if (status.type === 'connected') break;
    }
    assert.doesNotMatch(connection.peer, /^ws:/);
    await connection.send('/queue/a', 'over TCP');
  });
});
