/** How many connections a connector takes, of whatever kind, and what a flood of them costs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type { Transport } from '@stompbox/broker';
import type { ConnectorOptions } from '../../dist/connector-options.js';
import { closeOf, type Listening, listening, SERVER_TLS } from './listening.js';
import { TransportLog } from './transport-log.js';

const KINDS: readonly ConnectorOptions[] = [
  { kind: 'tcp' },
  { kind: 'tls', tls: SERVER_TLS },
  { kind: 'ws' },
  { kind: 'wss', tls: SERVER_TLS },
];

async function dialled(t: TestContext, scene: Listening) {
  const socket = connect(scene.port, '127.0.0.1');
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Looks again after each turn of the event loop. */
async function eventually(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

for (const options of KINDS) {
  describe(`a ${options.kind} connector`, () => {
    test('closes at once what exceeds its limit, handshakes counted, and tells once', async (t) => {
      const scene = await listening(t, { ...options, maxConnections: 3 });
      const [first] = [await dialled(t, scene), await dialled(t, scene), await dialled(t, scene)];
      const logs = new Map<Transport, TransportLog>();
      const openConnections = () => {
        for (const transport of scene.transports) {
          if (!logs.has(transport)) logs.set(transport, new TransportLog(transport));
        }
        const open = [...logs.values()].filter(({ closes }) => closes.length === 0);
        return open.length + scene.clock.timerCount;
      };
      await eventually(() => openConnections() === 3);
      const flood = Array.from({ length: 200 }, () => closeOf(connect(scene.port, '127.0.0.1')));
      await Promise.all(flood);
      assert.equal(scene.connector.refusedConnections, 200);
      assert.deepEqual(
        scene.errors.map(({ code }) => code),
        ['STOMP_CONNECTOR_FULL'],
      );
      assert.match(
        scene.errors[0]?.message ?? '',
        /^[a-z+]+:\/\/127\.0\.0\.1:\d+ closed a new connection, because it has 3: see who/,
      );
      assert.equal(openConnections(), 3);
      first.resetAndDestroy();
      await eventually(() => openConnections() === 2);
      await dialled(t, scene);
      await eventually(() => openConnections() === 3);
    });
  });
}

test('a flood of failed handshakes is told once, and nothing of it is kept', async (t) => {
  const scene = await listening(t, { kind: 'tls', tls: SERVER_TLS });
  const flood = Array.from({ length: 200 }, () => {
    const socket = connect(scene.port, '127.0.0.1');
    const closed = closeOf(socket);
    socket.write('this is no TLS\n');
    return closed;
  });
  await Promise.all(flood);
  await eventually(() => scene.connector.refusedConnections === 200);
  assert.deepEqual([scene.errors.length, scene.clock.timerCount], [1, 0]);
});

test('several connectors have a limit each', async (t) => {
  const scenes = [
    await listening(t, { maxConnections: 1 }),
    await listening(t, { kind: 'ws', maxConnections: 1 }),
  ];
  for (const scene of scenes) await dialled(t, scene);
  await scenes[0]?.transport();
  await scenes[1]?.handshakesBegin(1);
  assert.deepEqual(
    scenes.map(({ connector }) => connector.refusedConnections),
    [0, 0],
  );
});
