/** How sessions end: by DISCONNECT, by an ERROR, and by the broker that closes. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import { endOfTurn } from './session-parts.js';

describe('DISCONNECT', () => {
  test('with a receipt is confirmed, then the connection closes', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.frame('DISCONNECT', { receipt: 'bye' });
    await client.receipt('bye');
    await client.expectsClose();
    const [disconnected] = scene.eventsOf('disconnected');
    assert.deepEqual(disconnected, { type: 'disconnected', peer: 'memory' });
  });

  test('without a receipt closes the connection', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('DISCONNECT');
    await client.expectsClose();
  });

  test('makes what follows it count for nothing', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.frame('DISCONNECT', { receipt: 'bye' });
    client.frame('SEND', { destination: '/queue/a', receipt: 'late' }, 'late');
    client.writes('GARBAGE\n\n\0');
    await client.receipt('bye');
    await client.expectsClose();
    const other = await scene.client();
    await other.subscribes('/queue/a');
    await other.expectsNoFrame();
  });

  test('is confirmed only after all that was sent before is durable', async (t) => {
    const store = new HeldStore();
    const client = await (await brokerScene(t, { store })).client();
    const commit = store.nextCommit();
    client.frame('SEND', { destination: '/queue/a' }, 'hello');
    client.frame('DISCONNECT', { receipt: 'bye' });
    const { release } = await commit;
    assert.deepEqual([client.isClosed, client.waitingFrames], [false, []]);
    release();
    await client.receipt('bye');
    await client.expectsClose();
  });

  test('without a receipt still lets earlier receipts out', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SEND', { destination: '/queue/a', receipt: 'sent' }, 'hello');
    client.frame('DISCONNECT');
    await client.receipt('sent');
    await client.expectsClose();
  });

  test('gives back at once what the client held, while its receipt waits', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.sends('/queue/a', 'work');
    await client.nextMessage();
    await client.disconnects();
    const other = await scene.client();
    await other.subscribes('/queue/a');
    assert.equal((await other.nextMessage()).headers['redelivered'], 'true');
  });

  test('does not hand what one subscription held to another one of the same session', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a', { id: 'holds', ack: 'client' });
    await client.sends('/queue/a', 'work');
    await client.nextMessage();
    await client.subscribes('/queue/a', { id: 'takes', ack: 'auto' });
    await client.disconnects();
    const other = await scene.client();
    await other.subscribes('/queue/a');
    assert.equal((await other.nextMessage()).body, 'work');
  });

  test('leaves nothing for the next session of the same client', async (t) => {
    const scene = await brokerScene(t);
    for (let count = 0; count < 20; count++) {
      const client = await scene.client('1.1', { 'client-id': 'same' });
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', String(count));
      assert.equal((await client.nextMessage()).body, String(count));
      await client.disconnects();
    }
    assert.equal(scene.eventsOf('disconnected').length, 20);
  });

  test('closes a TCP connection after its receipt', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.disconnects();
    assert.equal(client.isClosed, true);
  });
});

describe('a client that vanishes', () => {
  test('is told of as disconnected', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.vanishes();
    await (await scene.client()).expectsNoFrame();
    assert.equal(scene.eventsOf('disconnected').length, 1);
  });

  test('loses nothing of what one subscription held to another one of the same session', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.subscribes('/queue/a', { id: 'holds', ack: 'client' });
    await client.sends('/queue/a', 'work');
    await client.nextMessage();
    await client.subscribes('/queue/a', { id: 'takes', ack: 'auto' });
    client.vanishes();
    const other = await scene.client();
    await other.subscribes('/queue/a');
    assert.equal((await other.nextMessage()).body, 'work');
  });

  test('in the middle of a frame has sent nothing', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    const other = await scene.clientOverTcp();
    await other.subscribes('/queue/a');
    client.writes('SEND\ndestination:/queue/a\n\nhalf');
    client.vanishes();
    await client.expectsClose();
    await other.sends('/queue/a', 'whole');
    assert.equal((await other.nextMessage()).body, 'whole');
    await other.expectsNoFrame();
  });
});

describe('close of the broker', () => {
  test('ends every session, and no new one begins', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    const stranger = scene.stranger();
    await scene.broker.close();
    await client.expectsClose();
    await stranger.expectsClose();
    assert.equal(scene.broker.state, 'closed');
    await scene.stranger().expectsClose();
  });

  test('may be called again, also while it runs, and by disposal', async (t) => {
    const scene = await brokerScene(t);
    await Promise.all([scene.broker.close(), scene.broker.close()]);
    await scene.broker.close();
    await scene.broker[Symbol.asyncDispose]();
    assert.equal(await scene.broker.closed, undefined);
  });

  test('waits until what was sent is durable, and confirms it before it closes', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await scene.client();
    const commit = store.nextCommit();
    client.frame('SEND', { destination: '/queue/a', receipt: 'sent' }, 'hello');
    const { release } = await commit;
    const closing = scene.broker.close();
    await endOfTurn();
    assert.equal(scene.broker.state, 'closing');
    release();
    await client.receipt('sent');
    await client.expectsClose();
    await closing;
    assert.deepEqual([store.recordCount(0), scene.broker.state], [1, 'closed']);
  });

  test('takes no message from the store for a consumer that it has cut off', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { ...LISTENING, store });
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    const producer = await scene.client();
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a' }, 'hello');
    const { release } = await commit;
    // It does not see that the broker ends the connection, so its own side stays open.
    consumer.stopsReading();
    const closing = scene.broker.close();
    release();
    await producer.expectsClose();
    await endOfTurn();
    scene.clock.advance(5000);
    await closing;
    assert.equal(store.recordCount(0), 1);
  });

  test('frees the TCP port', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const port = scene.broker.connectors[0]?.port ?? 0;
    const client = await scene.clientOverTcp();
    await scene.broker.close();
    await client.expectsClose();
    const next = await brokerScene(t, { connectors: [{ port }] });
    assert.equal(next.broker.connectors[0]?.port, port);
  });
});
