/** A subscriber of a topic may say which messages it wants. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';

describe('a selector on a topic', () => {
  test('lets through what it matches, for its own subscriber alone', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const [red, heavy, all] = [
      await scene.clientOverTcp(),
      await scene.client(),
      await scene.client(),
    ];
    await red.subscribes('/topic/a', { selector: "color = 'red'" });
    await heavy.subscribes('/topic/a', { selector: 'weight > 2.5 AND JMSPriority = 7' });
    await all.subscribes('/topic/a');
    const producer = await scene.client();
    await producer.sends('/topic/a', 'one', { color: 'red', weight: 1 });
    await producer.sends('/topic/a', 'two', { color: 'blue', weight: 3, priority: 7 });
    await producer.sends('/topic/a', 'three', { color: 'red', weight: 10, priority: 7 });
    assert.deepEqual(await all.nextBodies(3), ['one', 'two', 'three']);
    assert.deepEqual(await red.nextBodies(2), ['one', 'three']);
    assert.deepEqual(await heavy.nextBodies(2), ['two', 'three']);
    await red.expectsNoFrame();
  });

  test('that cannot be read is refused, with its position', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SUBSCRIBE', { destination: '/topic/a', id: 's', selector: 'foo = AND bar' });
    const { headers } = await client.expectsError('STOMP_PROTO_BAD_SELECTOR');
    assert.match(headers['message'] ?? '', /position 7/);
  });
});
