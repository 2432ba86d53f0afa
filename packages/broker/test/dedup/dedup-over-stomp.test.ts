/** Sending again with the same dedup-id, as clients see it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const QUEUE = '/queue/a';

describe('a SEND with a dedup-id', () => {
  test('that comes again is confirmed and delivered once', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes(QUEUE);
    await client.sends(QUEUE, 'first', { 'dedup-id': '1' });
    await client.sends(QUEUE, 'again', { 'dedup-id': '1' });
    await client.sends(QUEUE, 'other', { 'dedup-id': '2' });
    assert.deepEqual(await client.nextBodies(2), ['first', 'other']);
    await client.expectsNoFrame();
  });

  test('that comes again by another connection is confirmed when the first is durable', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const [one, two] = [await scene.client(), await scene.client()];
    const commit = store.nextCommit();
    one.frame('SEND', { destination: QUEUE, 'dedup-id': '1', receipt: 'first' });
    const held = await commit;
    two.frame('SEND', { destination: QUEUE, 'dedup-id': '1', receipt: 'again' });
    await scene.client();
    assert.deepEqual(two.waitingFrames, []);
    held.release();
    await one.receipt('first');
    await two.receipt('again');
  });

  test('is the same message under another spelling of its destination', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes(QUEUE);
    await client.sends(QUEUE, 'first', { 'dedup-id': '1' });
    await client.sends('a', 'again', { 'dedup-id': '1' });
    await client.sends('/queue/b', 'elsewhere', { 'dedup-id': '1' });
    assert.equal((await client.nextMessage()).body, 'first');
    await client.expectsNoFrame();
  });

  test('counts at COMMIT, once within the transaction, and not at all when aborted', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes(QUEUE);
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', { transaction: 't' });
      await client.sends(QUEUE, `${end} 1`, { 'dedup-id': '1', transaction: 't' });
      await client.sends(QUEUE, `${end} 2`, { 'dedup-id': '1', transaction: 't' });
      await client.confirms(end, { transaction: 't' });
    }
    await client.sends(QUEUE, 'later', { 'dedup-id': '1' });
    assert.equal((await client.nextMessage()).body, 'COMMIT 1');
    await client.expectsNoFrame();
  });

  test('schedules its message once', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes(QUEUE);
    const headers = { 'dedup-id': '1', AMQ_SCHEDULED_DELAY: 1000 };
    await client.sends(QUEUE, 'first', headers);
    await client.sends(QUEUE, 'again', headers);
    scene.clock.advance(1000);
    assert.equal((await client.nextMessage()).body, 'first');
    await client.expectsNoFrame();
  });

  test('is known for the time of the window', async (t) => {
    const scene = await brokerScene(t, { ...LISTENING, dedup: { maxAgeMs: 1000 } });
    const client = await scene.clientOverTcp();
    await client.subscribes(QUEUE);
    await client.sends(QUEUE, 'first', { 'dedup-id': '1' });
    scene.clock.advance(1000);
    await client.sends(QUEUE, 'anew', { 'dedup-id': '1' });
    assert.deepEqual(await client.nextBodies(2), ['first', 'anew']);
  });

  test('is known after a restart', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data, ...LISTENING });
    const sender = await first.clientOverTcp();
    await sender.sends(QUEUE, 'first', { 'dedup-id': '1' });
    await first.close();
    const second = await brokerScene(t, { data, ...LISTENING });
    const client = await second.clientOverTcp();
    await client.sends(QUEUE, 'again', { 'dedup-id': '1' });
    await client.subscribes(QUEUE);
    assert.equal((await client.nextMessage()).body, 'first');
    await client.expectsNoFrame();
  });

  test('that is too long is refused', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    client.frame('SEND', { destination: QUEUE, 'dedup-id': 'x'.repeat(1025) });
    await client.expectsError('STOMP_PROTO_BAD_HEADER');
  });
});
