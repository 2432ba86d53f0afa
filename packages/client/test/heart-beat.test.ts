import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type HeartBeatOptions } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { type Scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

/** A scene whose broker offers these heart-beats. */
async function beating(heartBeat: HeartBeatOptions, offered: string): Promise<Scene> {
  const { options, ...rest } = stage({ heartBeat });
  rest.broker.connected = { version: '1.2', 'heart-beat': offered };
  const connection = await connect('stomp://mq', options);
  return { ...rest, connection };
}

describe('outgoing heart-beats', () => {
  test('are one line feed each, before the agreed time is over', async () => {
    const { connection, broker, clock } = await beating({ outgoingMs: 1000 }, '0,2000');
    const { writes } = broker.session.clientTransport;
    const before = writes.length;
    await clock.advance(1999);
    assert.equal(writes.length - before, 1, 'at the slower of the two numbers, with room');
    assert.deepEqual([...(writes.at(-1) ?? [])], [10]);
    await clock.advance(8000);
    assert.equal(writes.length - before, 6);
    await connection.close();
  });

  test('are left out while other bytes are written', async () => {
    const { connection, broker, clock } = await beating({ outgoingMs: 1000 }, '0,1000');
    const { writes } = broker.session.clientTransport;
    for (let n = 0; n < 10; n++) {
      await connection.send('/queue/a', 'x');
      await clock.advance(500);
    }
    assert.equal(writes.filter(({ length }) => length === 1).length, 0);
    await connection.close();
  });

  test('do not go out when either side does not want them', async () => {
    for (const [outgoingMs, offered] of [
      [0, '0,1000'],
      [1000, '0,0'],
    ] as const) {
      const { connection, broker, clock } = await beating({ outgoingMs }, offered);
      const before = broker.session.bytes;
      await clock.advance(60_000);
      assert.equal(broker.session.bytes, before);
      await connection.close();
    }
  });
});

describe('incoming heart-beats', () => {
  const every1000 = [{ outgoingMs: 0, incomingMs: 1000 }, '1000,0'] as const;

  test('a peer that is silent for twice the agreed time is taken for dead', async () => {
    const { connection, broker, clock, events } = await beating(...every1000);
    await clock.advance(1999);
    assert.equal(connection.state, 'connected');
    await clock.advance(1);
    assert.equal(broker.sessions[0]?.clientTransport.isClosed, true);
    const lost = events.find(({ type }) => type === 'reconnecting');
    assert.ok(lost?.type === 'reconnecting');
    assert.match(lost.error.message, /sent nothing for 2000 ms/);
    assert.equal('code' in lost.error && lost.error.code, 'STOMP_NET_HEART_BEAT');
    await connection.close();
  });

  test('the tolerance can be set', async () => {
    const heartBeat = { outgoingMs: 0, incomingMs: 1000, toleranceFactor: 5 };
    const { connection, clock } = await beating(heartBeat, '1000,0');
    await clock.advance(4999);
    assert.equal(connection.state, 'connected');
    await clock.advance(1);
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });

  test('any byte counts, also of a frame that is not complete', async () => {
    const { connection, broker, clock } = await beating(...every1000);
    for (const letter of 'MESSAGE') {
      await clock.advance(1500);
      broker.session.writeRaw(letter);
      await settle();
    }
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  test('a line feed in each interval keeps the connection', async () => {
    const { connection, broker, clock } = await beating(...every1000);
    for (let n = 0; n < 20; n++) {
      await clock.advance(1000);
      broker.session.writeRaw('\n');
      await settle();
    }
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  test('bytes that wait in the socket win over a timer that fires late', async () => {
    const { connection, broker, clock } = await beating(...every1000);
    // The event loop was blocked for a minute; the peer had beaten all the time.
    clock.jump(60_000);
    clock.fireDue();
    broker.session.writeRaw('\n');
    await settle();
    assert.equal(connection.state, 'connected');
    await clock.advance(1999);
    assert.equal(connection.state, 'connected', 'the time runs from that byte on');
    await clock.advance(2);
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });

  test('a late timer and a silent socket end the connection', async () => {
    const { connection, clock } = await beating(...every1000);
    clock.jump(60_000);
    clock.fireDue();
    await settle();
    assert.equal(connection.state, 'reconnecting');
    await connection.close();
  });

  test('a connection that is closed leaves no timer behind', async () => {
    const { connection, clock } = await beating({}, '5000,5000');
    await connection.close();
    await until(() => clock.timerCount === 0, 'no timer is left');
    assert.equal(clock.timerCount, 0);
  });
});
