/** A client that holds a message and has no room for a second one gets it once there is room. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';

const MAX = 100_000;
const INDIVIDUAL = { ack: 'client-individual' };

describe('a client that must settle gets more once there is room', () => {
  test('because its transaction was aborted', async (t) => {
    const scene = await brokerScene(t, { memoryLimits: { maxConnectionBytes: MAX } });
    const [client, sender] = [await scene.client(), await scene.client()];
    await client.subscribes('/queue/a', INDIVIDUAL);
    await sender.sends('/queue/a', 'x'.repeat(1000));
    await client.nextMessage();
    const held = { transaction: 't', destination: '/queue/b' };
    client.frame('BEGIN', { transaction: 't' });
    await client.confirms('SEND', held, 'x'.repeat(MAX - 500));
    await sender.sends('/queue/a', 'second');
    await client.expectsNoFrame();
    await client.confirms('ABORT', { transaction: 't' });
    assert.equal((await client.nextMessage()).body, 'second');
  });

  test('because a frame has come to its end', async (t) => {
    const scene = await brokerScene(t, { memoryLimits: { maxConnectionBytes: MAX } });
    const [client, sender] = [await scene.client(), await scene.client()];
    await client.subscribes('/queue/a', INDIVIDUAL);
    await sender.sends('/queue/a', 'x'.repeat(MAX / 2));
    await client.nextMessage();
    const head = `SEND\ndestination:/queue/b\ncontent-length:${MAX / 2}\n\n`;
    client.writes(head + 'x'.repeat(MAX / 2));
    // The memory pipe hands it over before what comes after it.
    await sender.sends('/queue/a', 'second');
    assert.deepEqual(client.waitingFrames, []);
    client.writes('\0');
    assert.equal((await client.nextMessage()).body, 'second');
  });
});
