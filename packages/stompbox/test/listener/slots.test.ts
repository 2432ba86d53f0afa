import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';

test('a message that arrives while all are busy is handled at once, up to the most', async (t) => {
  const { messaging } = await embeddedBroker(t);
  const begun = new Inbox<unknown>();
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const handler = async (body: unknown) => {
    begun.add(body);
    await finished;
  };
  await messaging.consume(handler, { queue: 'slots', concurrency: '2-4' });
  // One by one: nothing waits at the moment in which both of the least are taken.
  for (const body of [1, 2, 3, 4]) {
    await messaging.send('/queue/slots', body);
    await begun.until(body);
  }
  await messaging.send('/queue/slots', 5);
  assert.deepEqual(begun.items, [1, 2, 3, 4]);
  finish();
  assert.deepEqual(await begun.until(5), [1, 2, 3, 4, 5]);
});
