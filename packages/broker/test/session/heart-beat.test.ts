/** Heart-beats in both directions, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { HeartBeatMonitor } from '../../dist/heart-beat-monitor.js';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { FakeClock } from '../fake-clock.js';
import type { StompClient } from '../stomp-client.js';
import { endOfTurn } from './session-parts.js';

async function beating(scene: BrokerScene, heartBeat: string): Promise<StompClient> {
  const client = await scene.client('1.2', { 'heart-beat': heartBeat });
  client.forgetsChunks();
  return client;
}

describe('the broker', () => {
  test('sends a line feed in every interval in which it sent nothing else', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '0,1000');
    for (let beats = 0; beats < 3; beats++) {
      scene.clock.advance(1000);
      assert.equal(await client.nextChunk(), '\n');
    }
  });

  test('sends it before the interval is over', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '0,1000');
    scene.clock.advance(899);
    await client.expectsNoFrame();
    client.forgetsChunks();
    // The receipt of that round trip counts as a sign of life.
    scene.clock.advance(899);
    await client.expectsNoFrame();
    assert.match(await client.nextChunk(), /^RECEIPT/);
    scene.clock.advance(900);
    assert.equal(await client.nextChunk(), '\n');
  });

  test('sends none while messages flow', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '0,1000');
    await client.subscribes('/topic/a');
    const producer = await scene.client();
    for (let count = 0; count < 5; count++) {
      scene.clock.advance(800);
      await producer.sends('/topic/a', 'tick');
      await client.nextMessage();
    }
    client.forgetsChunks();
    scene.clock.advance(899);
    await client.expectsNoFrame();
    assert.match(await client.nextChunk(), /^RECEIPT/);
  });

  test('sends none when the client wants none', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000000,0');
    scene.clock.advance(600_000);
    await client.expectsNoFrame();
    assert.match(await client.nextChunk(), /^RECEIPT/);
  });

  test('sends them to a 1.0 client that asks', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0', { 'heart-beat': '0,500' });
    client.forgetsChunks();
    scene.clock.advance(500);
    assert.equal(await client.nextChunk(), '\n');
  });

  test('stops when the connection ends', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,1000');
    await client.disconnects();
    assert.equal(scene.clock.timerCount, 0);
  });

  test('sends them over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.strangerOverTcp();
    await client.connects('1.2', { 'heart-beat': '0,1000' });
    client.forgetsChunks();
    scene.clock.advance(1000);
    assert.equal(await client.nextChunk(), '\n');
  });
});

describe('a client that has promised heart-beats', () => {
  test('is dropped when it was silent for two intervals, without an ERROR', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,0');
    scene.clock.advance(1999);
    assert.equal(client.isClosed, false);
    scene.clock.advance(1);
    await client.expectsClose();
    assert.match(
      scene.eventsOf('disconnected')[0]?.error?.message ?? '',
      /no heart-beat .* 2000 ms/,
    );
  });

  test('lives on by line feeds', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,0');
    for (let beats = 0; beats < 20; beats++) {
      scene.clock.advance(1500);
      client.writes('\n');
      await client.roundTrip();
    }
    await client.expectsNoFrame();
  });

  test('lives on by any byte, also in the middle of a frame', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,0');
    // Bytes reach the broker in order, so the second client's answer shows that this one's byte is there.
    const other = await scene.client();
    for (const byte of 'BEGIN\ntransaction:t\nreceipt:r\n\n\0') {
      scene.clock.advance(1900);
      client.writes(byte);
      await other.roundTrip();
    }
    await client.receipt('r');
  });

  test('has two whole intervals after its last byte', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,0');
    scene.clock.advance(1999);
    await client.roundTrip();
    scene.clock.advance(1999);
    await client.roundTrip();
    scene.clock.advance(2000);
    await client.expectsClose();
  });

  test('gives its unsettled messages back when it is dropped', async (t) => {
    const scene = await brokerScene(t);
    const client = await beating(scene, '1000,0');
    await client.subscribes('/queue/a', { ack: 'client' });
    const other = await scene.client();
    await other.sends('/queue/a', 'work');
    await client.nextMessage();
    scene.clock.advance(2000);
    await other.subscribes('/queue/a');
    const { body, headers } = await other.nextMessage();
    assert.deepEqual([body, headers['redelivered']], ['work', 'true']);
  });

  test('is dropped over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.strangerOverTcp();
    await client.connects('1.2', { 'heart-beat': '1000,0' });
    scene.clock.advance(2000);
    await client.expectsClose();
  });
});

describe('a client that has promised none', () => {
  test('may be silent for ever', async (t) => {
    const scene = await brokerScene(t);
    const silent = await beating(scene, '0,0');
    const plain = await scene.client();
    scene.clock.advance(24 * 3_600_000);
    await silent.expectsNoFrame();
    await plain.expectsNoFrame();
    assert.equal(scene.clock.timerCount, 0);
  });
});

const KIB = 1024;
const TURN_MS = 100;

/** A scene in which a client with heart-beats is not read because it has filled the memory. */
async function slowedScene(t: TestContext) {
  const scene = await brokerScene(t, { memoryLimits: { maxBytes: 64 * KIB } });
  const slow = await scene.client();
  await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
  const publisher = await scene.client('1.2', { 'heart-beat': '1000,1000' });
  for (let count = 0; count < 100; count++) {
    publisher.frame('SEND', { destination: '/topic/t' }, 'x'.repeat(2 * KIB));
  }
  await scene.hasTold('memory-limit-reached');
  await endOfTurn();
  publisher.forgetsChunks();
  return { scene, slow, publisher };
}

describe('a client that is not read because memory is full', () => {
  test('is not dropped as silent, and gets its heart-beats', async (t) => {
    const { scene, publisher } = await slowedScene(t);
    // Now and then it is read for a moment, and has more to send.
    for (let passedMs = 0; passedMs < 5000; passedMs += TURN_MS) {
      scene.clock.advance(TURN_MS);
      await endOfTurn();
    }
    assert.equal(publisher.isClosed, false);
    for (let beats = 0; beats < 5; beats++) assert.equal(await publisher.nextChunk(), '\n');
  });

  test('has two whole intervals again when it is read again', async (t) => {
    const { scene, slow, publisher } = await slowedScene(t);
    scene.clock.advance(TURN_MS - 1);
    slow.vanishes();
    await scene.hasTold('memory-limit-relieved');
    for (let turns = 0; turns < 10; turns++) await endOfTurn();
    scene.clock.advance(1999);
    assert.equal(publisher.isClosed, false);
    scene.clock.advance(1);
    publisher.forgetsChunks();
    await publisher.expectsClose();
  });
});

describe('heart-beats of a peer that is read, and at times is not', () => {
  const anyEvent = fc.oneof(
    fc.constantFrom('byte', 'stop listening', 'listen'),
    fc.integer({ min: 1, max: 2500 }),
  );

  test('are missed exactly two intervals after its last byte, or after it is read again', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (events, beginsDeaf) => {
        const clock = new FakeClock();
        const beginning = clock.now();
        const missed: number[] = [];
        let beats = 0;
        const monitor = new HeartBeatMonitor(
          { outgoingMs: 1000, incomingMs: 1000 },
          clock,
          {
            beat: () => {
              beats += 1;
            },
            peerIsSilent: () => void missed.push(clock.now()),
          },
          beginsDeaf ? 'deaf' : 'listening',
        );
        let isHeard = !beginsDeaf;
        let since = beginning;
        let expected: number | undefined;
        for (const event of events) {
          if (expected !== undefined) break;
          if (event === 'byte' && isHeard) {
            monitor.received();
            since = clock.now();
          } else if (event === 'stop listening') {
            monitor.stopListening();
            isHeard = false;
          } else if (event === 'listen' && !isHeard) {
            monitor.listen();
            isHeard = true;
            since = clock.now();
          } else if (typeof event === 'number') {
            clock.advance(event);
            if (isHeard && clock.now() - since >= 2000) expected = since + 2000;
          }
        }
        assert.equal(missed[0], expected);
        assert.equal(beats, Math.floor((clock.now() - beginning) / 900));
        monitor.stop();
        assert.equal(clock.timerCount, 0);
      }),
      { numRuns: 1000 },
    );
  });
});
