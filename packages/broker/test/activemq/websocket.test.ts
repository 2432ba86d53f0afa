/** STOMP over WebSocket, with and without TLS, as ActiveMQ's WebSocket suites have it. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type BrokerScene, brokerScene, type SceneOptions } from '../broker-scene.js';
import { StompClient } from '../stomp-client.js';
import { SERVER_TLS } from '../transport/listening.js';
import { refusedWebSocket, WebSocketEnd } from '../transport/websocket-end.js';

const KIB = 1024;
const SECURE = ['ws', 'wss'] as const;
type Kind = (typeof SECURE)[number];

function sceneOf(t: TestContext, kind: Kind, options: SceneOptions = {}): Promise<BrokerScene> {
  const connector = kind === 'ws' ? { kind, port: 0 } : { kind, port: 0, tls: SERVER_TLS };
  return brokerScene(t, { connectors: [connector], ...options });
}

/** A WebSocket to the broker; its certificate is somebody else's test. */
async function dialled(t: TestContext, scene: BrokerScene, subProtocols = ['v11.stomp']) {
  const url = scene.broker.connectors[0]?.url ?? '';
  const end = await WebSocketEnd.open(t, url, { subProtocols, rejectUnauthorized: false });
  return { end, client: new StompClient(end) };
}

for (const kind of SECURE) {
  describe(`over ${kind}`, () => {
    test('a client logs in, and is told its request-id and version', async (t) => {
      const scene = await sceneOf(t, kind);
      const { client } = await dialled(t, scene);
      const { headers } = await client.connects('1.2', { 'request-id': 1 });
      assert.deepEqual([headers['response-id'], headers['version']], ['1', '1.2']);
      await client.disconnects();
    }); // StompWSTransportTest.testConnect, StompWSSTransportTest.testConnect

    for (const [accepted, version] of [
      ['1.0,1.1', '1.1'],
      ['1.0,1.1,1.2', '1.2'],
      ['1.0,10.1', '1.0'],
    ] as const) {
      test(`the version of ${accepted} is agreed inside, not by the sub-protocol`, async (t) => {
        const scene = await sceneOf(t, kind);
        const { client } = await dialled(t, scene);
        client.frame('CONNECT', { 'accept-version': accepted, host: 'x' });
        assert.equal((await client.connected()).headers['version'], version);
      }); // StompWSTransportTest.testConnectWithVersionOptions
    }

    for (const [what, frame, code] of [
      [
        'SEND comes first',
        'SEND\ndestination:/queue/a\n\nHello World\0',
        'STOMP_PROTO_NOT_CONNECTED',
      ],
      [
        'a heart-beat is one number',
        'STOMP\naccept-version:1.1\nhost:x\nheart-beat:0\n\n\0',
        'STOMP_PROTO_BAD_HEART_BEAT',
      ],
      [
        'a heart-beat is a letter',
        'STOMP\naccept-version:1.1\nhost:x\nheart-beat:T,0\n\n\0',
        'STOMP_PROTO_BAD_HEART_BEAT',
      ],
      [
        'a heart-beat is three numbers',
        'STOMP\naccept-version:1.1\nhost:x\nheart-beat:100,10,50\n\n\0',
        'STOMP_PROTO_BAD_HEART_BEAT',
      ],
    ] as const) {
      test(`when ${what}, the connection ends with an ERROR`, async (t) => {
        const scene = await sceneOf(t, kind);
        const { end, client } = await dialled(t, scene);
        end.webSocket.send(frame);
        await client.expectsError(code);
      }); // StompWSTransportTest.testMissingStompConnect, StompWSTransportTest.testRejectInvalidHeartbeats1, StompWSTransportTest.testRejectInvalidHeartbeats2, StompWSTransportTest.testRejectInvalidHeartbeats3
    }

    for (const [what, frame, code] of [
      [
        'a length is negative',
        'SEND\ndestination:/queue/a\ncontent-length:-1\n\nHello World\0',
        'STOMP_FRAME_BAD_CONTENT_LENGTH',
      ],
      ['it logs in twice', 'CONNECT\nhost:x\n\n\0', 'STOMP_PROTO_ALREADY_CONNECTED'],
      ['it sends RECEIPT', 'RECEIPT\nreceipt-id:1\n\n\0', 'STOMP_PROTO_UNEXPECTED_FRAME'],
    ] as const) {
      test(`when ${what}, the connection of a client ends with an ERROR`, async (t) => {
        const scene = await sceneOf(t, kind);
        const { end, client } = await dialled(t, scene);
        await client.connects();
        end.webSocket.send(frame);
        await client.expectsError(code);
      }); // StompWSTransportTest.testNegativeContentLength, StompWSTransportTest.testDuplicateConnect, StompWSTransportTest.testInvalidServerResponseReceived
    }

    test('escaped headers come back as they were sent', async (t) => {
      const scene = await sceneOf(t, kind);
      const { end, client } = await dialled(t, scene);
      await client.connects('1.1');
      await client.subscribes('/queue/a');
      end.webSocket.send('SEND\ndestination:/queue/a\nescaped:one\\ntwo\\cthree\n\nbody\0');
      assert.equal((await client.nextMessage()).headers['escaped'], 'one\ntwo:three');
      assert.match(String(end.messages.at(-1)?.bytes), /\nescaped:one\\ntwo\\cthree\n/);
    }); // StompWSTransportTest.testEscapedHeaders

    test('a client that is silent against its promise is let go', async (t) => {
      const scene = await sceneOf(t, kind);
      const { end, client } = await dialled(t, scene);
      await client.connects('1.1', { 'heart-beat': '1000,0' });
      scene.clock.advance(2000);
      await end.closed();
    }); // StompWSTransportTest.testHeartbeatsDropsIdleConnection

    test('a client that keeps its promise stays', async (t) => {
      const scene = await sceneOf(t, kind);
      const { end, client } = await dialled(t, scene);
      await client.connects('1.1', { 'heart-beat': '2000,0' });
      for (let seconds = 0; seconds < 20; seconds += 1) {
        scene.clock.advance(1000);
        end.webSocket.send('\n');
        await client.roundTrip();
      }
      assert.equal(client.isClosed, false);
    }); // StompWSTransportTest.testHeartbeatsKeepsConnectionOpen

    test('a client that was promised nothing may be silent for 35 seconds and longer', async (t) => {
      const scene = await sceneOf(t, kind);
      const { client } = await dialled(t, scene);
      await client.connects('1.1');
      scene.clock.advance(35_000);
      await client.roundTrip();
    }); // StompWSTransportTest.testNoDefaultJettyWebSocketIdleTimeout

    for (const [name, offered, chosen] of [
      ['v12.stomp', ['v12.stomp'], 'v12.stomp'],
      ['v11.stomp', ['v11.stomp'], 'v11.stomp'],
      ['v10.stomp', ['v10.stomp'], 'v10.stomp'],
      ['none', [], ''],
      ['several', ['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
    ] as const) {
      test(`of the sub-protocols ${name} the highest is chosen`, async (t) => {
        const scene = await sceneOf(t, kind);
        const { end, client } = await dialled(t, scene, [...offered]);
        assert.equal(end.webSocket.protocol, chosen);
        await client.connects('1.2');
      }); // StompWSSubProtocolTest.testConnectV12, StompWSSubProtocolTest.testConnectV11, StompWSSubProtocolTest.testConnectV10, StompWSSubProtocolTest.testConnectNone, StompWSSubProtocolTest.testConnectMultiple
    }

    // ActiveMQ answers with the sub-protocol `stomp`, which the client has not offered, so that browsers close.
    test('a sub-protocol that is not STOMP is refused', async (t) => {
      const scene = await sceneOf(t, kind);
      const url = scene.broker.connectors[0]?.url ?? '';
      const options = { subProtocols: ['invalid'], rejectUnauthorized: false };
      assert.equal((await refusedWebSocket(url, options)).status, 400);
    }); // StompWSSubProtocolTest.testConnectInvalid

    test('a message above the limit of a frame ends the connection', async (t) => {
      const limits = { maxFrameBytes: 64 * KIB };
      const scene = await sceneOf(t, kind, { limits });
      const { end, client } = await dialled(t, scene);
      await client.connects();
      end.write(new Uint8Array(64 * KIB + 1));
      assert.equal(await end.closed(), 1009);
    }); // StompMaxFrameSizeTest.testOversizedBodyOn…
  });
}
