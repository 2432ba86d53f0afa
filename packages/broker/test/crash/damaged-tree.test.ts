/** A message that goes bad in the tree is known to be damaged, and the others are not held up. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { flipBit } from '../store/journal-files.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

describe('a message whose bytes went bad on disk', () => {
  test('is counted, reported and left there; the others are delivered', async (context) => {
    const data = temporaryDirectory(context);
    const writer = await brokerScene(context, { data });
    const producer = await writer.client();
    for (const body of ['one', 'two goes bad', 'three']) await producer.sends('/queue/a', body);
    await writer.close();
    const tree = join(data, 'messages', 'data.mdb');
    flipBit(tree, readFileSync(tree).indexOf('goes bad'));

    for (let start = 0; start < 2; start++) {
      const reader = await brokerScene(context, { data });
      const consumer = await reader.client();
      await consumer.subscribes('/queue/a', { ack: 'client-individual' });
      assert.deepEqual(await consumer.nextBodies(2), ['one', 'three']);
      await consumer.expectsNoFrame();
      assert.equal(reader.broker.counters.corruptRecords, 1);
      const events = reader.eventsOf('corrupt-record');
      assert.deepEqual(events, [{ type: 'corrupt-record', queue: 'a', position: 1 }]);
      await reader.close();
    }
  });
});
