/** Listeners that start and stop while health looks, over a real service. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gate, settled } from '../support/events.js';
import { FrozenWorld } from './frozen-world.js';

const handle = async () => undefined;

test('a service whose first listeners start is neither ready nor started', async (context) => {
  const world = await FrozenWorld.open(context);
  world.rules.toClient = ({ command }) => (command === 'RECEIPT' ? 'drop' : 'pass');
  const starting = world.messaging.consume(handle, { queue: 'orders', name: 'OrderListener' });
  starting.catch(() => undefined);
  world.watch();
  await world.clock.advance(2_000);
  assert.deepEqual(await world.codes('ready'), ['listener-starting']);
  assert.deepEqual(await world.codes('started'), ['not-started']);
  assert.deepEqual(await world.codes('live'), []);
  world.rules.toClient = () => 'pass';
  world.cut();
  await world.clock.advance(2_000);
  await starting;
  assert.deepEqual(await world.codes('ready'), []);
  assert.deepEqual(await world.codes('started'), []);
});

test('a listener that joins those that run takes nothing away', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(handle, { queue: 'orders', name: 'OrderListener' });
  world.watch();
  assert.deepEqual(await world.codes('ready'), []);
  world.rules.toClient = ({ command }) => (command === 'RECEIPT' ? 'drop' : 'pass');
  world.messaging.consume(handle, { queue: 'late' }).catch(() => undefined);
  await settled();
  assert.deepEqual(await world.codes('ready'), []);
});

test('a handle that is being closed has not lost its listener', async (context) => {
  const world = await FrozenWorld.open(context);
  const begun = gate();
  const release = gate();
  const onOrder = async () => {
    begun.open();
    await release.promise;
  };
  const options = { queue: 'orders', topic: 'news', name: 'OrderListener' };
  const running = await world.messaging.consume(onOrder, options);
  await world.messaging.send('/queue/orders', 1);
  await begun.promise;
  world.watch();
  assert.deepEqual(await world.codes('live'), []);
  const closing = running.close();
  await settled();
  assert.deepEqual(await world.codes('live'), [], 'its topic is over, its queue drains');
  release.open();
  await closing;
  assert.deepEqual(await world.codes('live'), []);
});
