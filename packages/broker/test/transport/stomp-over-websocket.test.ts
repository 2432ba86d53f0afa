/**
 * A whole broker behind a real WebSocket, with what ActiveMQ tests there (StompWSTransportTest,
 * StompWSSubProtocolTest, StompWSConnectionTimeoutTest) and what it does not: binary messages, frames that
 * lie across messages, several frames in one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { ConnectorError } from '@stompbox/broker';
import { encodeFrame, encodeUtf8 } from '@stompbox/protocol';
import { type BrokerScene, brokerScene, type SceneOptions } from '../broker-scene.js';
import { StompClient } from '../stomp-client.js';
import { refusedWebSocket, WebSocketEnd, type WebSocketEndOptions } from './websocket-end.js';

const MIB = 1024 * 1024;
const CONNECT = { 'accept-version': '1.2', host: 'test' };

const webScene = (t: TestContext, options: SceneOptions = {}) =>
  brokerScene(t, { connectors: [{ kind: 'ws', port: 0 }], ...options });

const urlOf = ({ broker }: BrokerScene) => broker.connectors[0]?.url ?? '';

/** A client that has not logged in, and its WebSocket. */
async function stranger(t: TestContext, scene: BrokerScene, options: WebSocketEndOptions = {}) {
  const end = await WebSocketEnd.open(t, urlOf(scene), {
    subProtocols: ['v11.stomp'],
    ...options,
  });
  return { end, client: new StompClient(end) };
}

async function connected(t: TestContext, scene: BrokerScene, options: WebSocketEndOptions = {}) {
  const { end, client } = await stranger(t, scene, options);
  await client.connects('1.2');
  return { end, client };
}

for (const format of ['text', 'binary'] as const) {
  describe(`STOMP in ${format} messages`, () => {
    test('sends, subscribes and acknowledges', async (t) => {
      const scene = await webScene(t);
      const { end, client } = await connected(t, scene, { format });
      await client.subscribes('/queue/a', { ack: 'client-individual' });
      await client.sends('/queue/a', 'ü€🙂', { key: 'wért' });
      const message = await client.nextMessage();
      assert.deepEqual([message.body, message.headers['key']], ['ü€🙂', 'wért']);
      await client.acks(message);
      await client.disconnects();
      assert.deepEqual(new Set(end.messages.map((each) => each.format)), new Set([format]));
    });

    test('carries bodies of 5 MB in both directions', async (t) => {
      const scene = await webScene(t);
      const { client } = await connected(t, scene, { format });
      await client.subscribes('/queue/a');
      const body = 'ü€🙂x'.repeat(500_000);
      assert.equal(Buffer.byteLength(body), 5_000_000);
      await client.sends('/queue/a', body, { 'content-length': 5_000_000 });
      assert.equal((await client.nextMessage()).body, body);
    });

    test('escapes header values', async (t) => {
      const scene = await webScene(t);
      const { client } = await connected(t, scene, { format });
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', '', { escaped: 'one\ntwo:three' });
      assert.equal((await client.nextMessage()).headers['escaped'], 'one\ntwo:three');
    });
  });
}

describe('frames and WebSocket messages', () => {
  test('are cut independently: a frame may be split at any byte', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene, { format: 'binary' });
    await client.subscribes('/queue/a');
    const headers = [
      ['destination', '/queue/a'],
      ['key', 'ü'],
    ] as const;
    const frame = encodeFrame({ command: 'SEND', headers, body: encodeUtf8('ü€🙂') }, '1.2');
    for (let cut = 1; cut < frame.length; cut += 1) {
      end.write(frame.subarray(0, cut));
      end.write(frame.subarray(cut));
      assert.equal((await client.nextMessage()).body, 'ü€🙂');
    }
    for (const byte of frame) end.write(Uint8Array.of(byte));
    assert.equal((await client.nextMessage()).body, 'ü€🙂');
  });

  test('are cut independently: one message may hold many frames', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await stranger(t, scene);
    const connect = encodeFrame({ command: 'CONNECT', headers: Object.entries(CONNECT) }, '1.0');
    const send = 'SEND\ndestination:/queue/a\n\nhello\0\n';
    end.webSocket.send(`${Buffer.from(connect)}\n${send.repeat(3)}`);
    await client.connected();
    await client.subscribes('/queue/a');
    assert.deepEqual(await client.nextBodies(3), ['hello', 'hello', 'hello']);
  });

  test('of the broker are whole: each message begins and ends with a frame', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene);
    await client.subscribes('/queue/a');
    for (let count = 0; count < 50; count += 1) {
      client.frame('SEND', { destination: '/queue/a' }, 'ü'.repeat(count * 400));
    }
    await client.nextMessages(50);
    for (const { bytes, format } of end.messages) {
      assert.match(bytes.toString(), /^(CONNECTED|RECEIPT|MESSAGE)\n[\s\S]*\0\n?$/);
      assert.equal(format, 'text');
    }
  });

  test('with a body that is no text reach a client that speaks text as they are', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene);
    await client.subscribes('/queue/a');
    const body = Uint8Array.of(0xff, 0x00, 0xc3);
    const producer = await scene.client();
    await producer.sends('/queue/a', body, { 'content-length': 3 });
    assert.deepEqual((await client.nextMessage()).bytes, body);
    assert.equal(end.messages.at(-1)?.format, 'binary');
    await producer.sends('/queue/a', 'text');
    await client.nextMessage();
    assert.equal(end.messages.at(-1)?.format, 'text');
  });
});

describe('a client over WebSocket', () => {
  test('agrees on the version by CONNECT, whatever the sub-protocol says', async (t) => {
    const scene = await webScene(t);
    for (const [accepted, version] of [
      ['1.1', '1.1'],
      ['1.0,1.1,1.2', '1.2'],
      ['1.0,10.1', '1.0'],
    ] as const) {
      const { client } = await stranger(t, scene);
      client.frame('CONNECT', { ...CONNECT, 'accept-version': accepted });
      assert.equal((await client.connected()).headers['version'], version);
    }
  });

  for (const [name, subProtocols, chosen] of [
    ['v12.stomp', ['v12.stomp'], 'v12.stomp'],
    ['v11.stomp', ['v11.stomp'], 'v11.stomp'],
    ['v10.stomp', ['v10.stomp'], 'v10.stomp'],
    ['several', ['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
    ['none', [], ''],
  ] as const) {
    test(`may offer ${name} as sub-protocol`, async (t) => {
      const scene = await webScene(t);
      const { client, end } = await stranger(t, scene, { subProtocols: [...subProtocols] });
      assert.equal(end.webSocket.protocol, chosen);
      assert.equal((await client.connects('1.2')).headers['version'], '1.2');
    });
  }

  test('that offers only what is not STOMP is told so, and the host too', async (t) => {
    const scene = await webScene(t);
    const refused = await refusedWebSocket(urlOf(scene), { subProtocols: ['invalid'] });
    assert.equal(refused.status, 400);
    await scene.hasTold('connector-failed');
    const error = scene.eventsOf('connector-failed')[0]?.error;
    assert(error instanceof ConnectorError);
    assert.equal(error.code, 'STOMP_CONNECTOR_SUBPROTOCOL');
  });

  for (const [name, frame, code] of [
    ['begins without CONNECT', 'SUBSCRIBE\ndestination:/queue/a\nid:1\n\n\0', 'NOT_CONNECTED'],
    ['sends a frame of a server', 'ERROR\nmessage:no\n\n\0', 'NOT_CONNECTED'],
    ['asks for bad heart-beats', heartBeat('0,0,0'), 'BAD_HEART_BEAT'],
    ['asks for words as heart-beats', heartBeat('Z,Z'), 'BAD_HEART_BEAT'],
    ['asks for negative heart-beats', heartBeat('-1,0'), 'BAD_HEART_BEAT'],
  ] as const) {
    test(`that ${name} gets an ERROR, then the close`, async (t) => {
      const scene = await webScene(t);
      const { client, end } = await stranger(t, scene);
      end.webSocket.send(frame);
      const error = await client.nextFrame();
      assert.equal(error.command, 'ERROR');
      assert.match(error.headers['code'] ?? '', new RegExp(`^STOMP_\\w+${code}$`));
      assert.equal(await end.closed(), 1000);
    });
  }

  for (const [name, frame, code] of [
    [
      'connects twice',
      'CONNECT\naccept-version:1.2\nhost:a\n\n\0',
      'STOMP_PROTO_ALREADY_CONNECTED',
    ],
    [
      'gives a negative content-length',
      'SEND\ndestination:/queue/a\ncontent-length:-10\n\nbody\0',
      'STOMP_FRAME_BAD_CONTENT_LENGTH',
    ],
  ] as const) {
    test(`that ${name} gets an ERROR, then the close`, async (t) => {
      const scene = await webScene(t);
      const { client, end } = await connected(t, scene);
      end.webSocket.send(frame);
      await client.expectsError(code);
    });
  }

  test('that closes without DISCONNECT gives back what it held', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene);
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'work');
    await client.nextMessage();
    end.end();
    await scene.hasTold('disconnected');
    const other = await scene.client();
    await other.subscribes('/queue/a');
    assert.equal((await other.nextMessage()).headers['redelivered'], 'true');
  });

  test('that never reads is sent no more than buffers hold', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene);
    await client.subscribes('/queue/a', { ack: 'client', 'activemq.prefetchSize': 30_000 });
    end.pause();
    const producer = await scene.client();
    const body = 'x'.repeat(64 * 1024);
    for (let count = 0; count < 400; count += 1) {
      producer.frame('SEND', { destination: '/queue/a' }, body);
    }
    await producer.roundTrip();
    const second = await scene.client();
    await second.subscribes('/queue/a');
    // The rest was not taken by the slow one, so another consumer gets it at once.
    assert((await second.nextMessage()).body.length === body.length);
    end.resume();
    const received = await client.nextMessages(10);
    assert.equal(received.length, 10);
  });
});

function heartBeat(value: string): string {
  return `CONNECT\naccept-version:1.2\nhost:a\nheart-beat:${value}\n\n\0`;
}

describe('time over WebSocket', () => {
  test('is limited for the upgrade and then for CONNECT', async (t) => {
    const scene = await webScene(t);
    const { end } = await stranger(t, scene);
    scene.clock.advance(29_999);
    assert.equal(end.isWritable, true);
    scene.clock.advance(1);
    await end.closed();
    await scene.hasTold('disconnected');
    assert.match(String(scene.eventsOf('disconnected')[0]?.error), /no CONNECT from .* in time/);
    assert.equal(scene.clock.timerCount, 0);
  });

  test('brings heart-beats, each a message of one line end', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await stranger(t, scene);
    await client.connects('1.2', { 'heart-beat': '0,1000' });
    const before = end.messages.length;
    scene.clock.advance(1000);
    await end.until(() => end.messages.length > before);
    const [beat] = end.messages.slice(before);
    assert.deepEqual([String(beat?.bytes), beat?.format], ['\n', 'text']);
  });

  test('drops a client that keeps no promised heart-beat, and keeps one that does', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await stranger(t, scene);
    await client.connects('1.2', { 'heart-beat': '1000,0' });
    for (let beats = 0; beats < 5; beats += 1) {
      scene.clock.advance(1000);
      end.webSocket.send('\n');
      // Its answer shows that the heart-beat before it has come.
      await client.roundTrip();
    }
    scene.clock.advance(2000);
    await end.closed();
  });

  test('is unlimited for a client that was promised nothing', async (t) => {
    const scene = await webScene(t);
    const { client } = await connected(t, scene);
    scene.clock.advance(24 * 3_600_000);
    await client.roundTrip();
  });
});

describe('connectors of several kinds', () => {
  test('share one broker', async (t) => {
    const connectors = [{ kind: 'ws', port: 0 }, { port: 0 }, { kind: 'ws', port: 0 }] as const;
    const scene = await webScene(t, { connectors });
    assert.deepEqual(
      scene.broker.connectors.map(({ kind }) => kind),
      ['ws', 'tcp', 'ws'],
    );
    const { client } = await connected(t, scene);
    await client.subscribes('/topic/a');
    const url = scene.broker.connectors[2]?.url ?? '';
    const other = new StompClient(await WebSocketEnd.open(t, url));
    await other.connects();
    await other.sends('/topic/a', 'from next door');
    assert.equal((await client.nextMessage()).body, 'from next door');
  });

  test('end together: the clients of all are let go in good order', async (t) => {
    const scene = await webScene(t);
    const { client, end } = await connected(t, scene);
    client.frame('SEND', { destination: '/queue/a', receipt: 'last' }, 'x');
    await client.receipt('last');
    const closed = once(end.webSocket, 'close');
    await scene.broker.close();
    const [code] = await closed;
    assert.equal(code, 1000);
  });

  test('share the limit of a frame: a longer message ends its connection', async (t) => {
    const limits = { maxBodyBytes: MIB, maxFrameBytes: MIB };
    const scene = await webScene(t, { limits });
    const { end } = await connected(t, scene);
    end.write(new Uint8Array(MIB + 1));
    assert.equal(await end.closed(), 1009);
  });
});
