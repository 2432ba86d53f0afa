/** What the broker tells of memory that is full, and of the clients that it slows for that. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DirectoryUse } from '../../dist/memory/directory-use.js';
import { brokerScene } from '../broker-scene.js';
import { FakeClock } from '../fake-clock.js';
import { HeldStore } from '../held-store.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { KIB, MIB, memoryOf, settled, smallScene, TURN_MS } from './flow-scene.js';
import { type SlowingScene, slowingScene } from './slowing-scene.js';

const SLOWED = 'producer-slowed';
const RESUMED = 'producer-resumed';

/** Fills the memory with what one subscriber does not take. */
async function fill({ client }: SlowingScene): Promise<() => Promise<void>> {
  const slow = await client();
  await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
  const publisher = await client();
  for (let count = 0; count < 100; count++) {
    publisher.frame('SEND', { destination: '/topic/t' }, 'x'.repeat(2 * KIB));
  }
  await settled();
  return async () => {
    slow.vanishes();
    await settled();
    await publisher.roundTrip();
  };
}

describe('a producer that is slowed', () => {
  test('because memory is full is told of once, and once when it goes on', async (t) => {
    const scene = slowingScene(t, { memoryLimits: { maxBytes: 64 * KIB } });
    const relieve = await fill(scene);
    const told = scene.told();
    assert.deepEqual(told, [
      { type: SLOWED, connectionId: told[0]?.connectionId, reason: 'memory' },
    ]);
    for (let turns = 0; turns < 10; turns++) {
      scene.clock.advance(TURN_MS);
      await settled();
    }
    assert.equal(scene.told().length, 1);
    await relieve();
    assert.deepEqual(scene.told().slice(1), [{ ...told[0], type: RESUMED }]);
  });

  test('because the disk is behind is told of once, and once when it goes on', async (t) => {
    const store = new HeldStore();
    const scene = slowingScene(t, {}, store);
    const producer = await scene.client();
    const commit = store.nextCommit();
    for (let count = 0; count < 20; count++) {
      producer.frame('SEND', { destination: '/queue/a' }, 'x'.repeat(MIB));
    }
    const { release } = await commit;
    await settled();
    const told = scene.told();
    assert.deepEqual(told, [{ type: SLOWED, connectionId: told[0]?.connectionId, reason: 'disk' }]);
    release();
    await producer.roundTrip();
    assert.deepEqual(scene.told().slice(1, 2), [{ ...told[0], type: RESUMED }]);
  });

  test('is told to go on when it is given a message to settle', async (t) => {
    const scene = slowingScene(t, { memoryLimits: { maxBytes: 64 * KIB } });
    const slow = await scene.client();
    await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
    const both = await scene.client();
    await both.subscribes('/queue/a', { ack: 'client-individual' });
    for (let count = 0; count < 100; count++) {
      both.frame('SEND', { destination: '/topic/t' }, 'x'.repeat(2 * KIB));
    }
    await settled();
    assert.deepEqual(
      scene.told().map(({ type }) => type),
      [SLOWED],
    );
    const producer = await scene.client();
    await producer.sends('/queue/a', 'work');
    await both.acks(await both.nextMessage());
    assert.deepEqual(
      scene.told().map(({ type }) => type),
      [SLOWED, RESUMED],
    );
  });
});

describe('the host', () => {
  test('is told when the limit is reached, and when use has fallen', async (t) => {
    const limitBytes = 64 * KIB;
    const scene = await smallScene(t, limitBytes);
    const slow = await scene.client();
    await slow.subscribes('/topic/t', { ack: 'client', 'activemq.prefetchSize': 1 });
    const publisher = await scene.client();
    for (let count = 0; count < 100; count++) {
      publisher.frame('SEND', { destination: '/topic/t' }, 'x'.repeat(2 * KIB));
    }
    await scene.hasTold('memory-limit-reached');
    const [reached] = scene.eventsOf('memory-limit-reached');
    assert(reached && reached.usedBytes >= limitBytes && reached.limitBytes === limitBytes);
    assert.deepEqual(memoryOf(scene).limitBytes, limitBytes);
    slow.vanishes();
    await scene.hasTold('memory-limit-relieved');
    const [relieved] = scene.eventsOf('memory-limit-relieved');
    assert(relieved && relieved.usedBytes < 0.85 * limitBytes);
  });

  test('sees how much of the disk is taken, in a minute as well', async (t) => {
    const scene = await brokerScene(t, { data: temporaryDirectory(t) });
    const before = scene.broker.statistics().broker;
    assert(before.store.usedBytes > 0);
    assert(before.store.limitBytes > before.store.usedBytes);
    assert(before.temp.limitBytes > before.temp.usedBytes);
    const client = await scene.client();
    for (let count = 0; count < 40; count++) {
      await client.sends('/queue/a', 'x'.repeat(MIB));
      await client.sends('/queue/b', 'x'.repeat(MIB), { persistent: 'false' });
    }
    assert.deepEqual(scene.broker.statistics().broker.store, before.store);
    scene.clock.advance(60_000);
    const { store, temp } = scene.broker.statistics().broker;
    assert(store.usedBytes > before.store.usedBytes, `${store.usedBytes} bytes`);
    assert(temp.usedBytes > before.temp.usedBytes + 30 * MIB, `${temp.usedBytes} bytes`);
  });

  test('sees none of a disk that is not used', async (t) => {
    const { store, temp } = (await brokerScene(t)).broker.statistics().broker;
    assert.deepEqual([store, temp], Array(2).fill({ usedBytes: 0, limitBytes: 0 }));
  });
});

test('the use of a directory is looked up once a second', (t) => {
  const directory = temporaryDirectory(t);
  for (const part of ['messages', 'scratch']) mkdirSync(join(directory, part));
  const clock = new FakeClock();
  const use = new DirectoryUse(directory, clock);
  const used = () => {
    const { store, temp } = use.usage();
    return [store.usedBytes, temp.usedBytes];
  };
  writeFileSync(join(directory, 'format'), '12');
  writeFileSync(join(directory, 'messages', 'data.mdb'), 'x'.repeat(300));
  writeFileSync(join(directory, 'scratch', 'data.mdb'), 'x'.repeat(4000));
  assert.deepEqual(used(), [302, 4000]);
  writeFileSync(join(directory, 'format'), '12345');
  clock.advance(999);
  assert.deepEqual(used(), [302, 4000]);
  clock.advance(1);
  assert.deepEqual(used(), [305, 4000]);
});
