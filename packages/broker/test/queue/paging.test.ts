/** Queues that are longer than what memory keeps of them: 4,096 messages, 4 MiB. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createMessage, sealRecord, TRAITS } from '../../dist/message.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import type { ReadLimit, StoredQueue, StoredRecord } from '../../dist/store/store.js';
import { type BrokerScene, brokerScene, type SceneOptions } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';
import type { Headers, StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const STORES = [
  ['on disk', (t) => ({ data: temporaryDirectory(t) })],
  ['in memory', () => ({})],
] as const satisfies ReadonlyArray<
  readonly [string, (t: Parameters<typeof temporaryDirectory>[0]) => SceneOptions]
>;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Sends messages with the header `number`, from 0 on. */
async function fill(
  producer: StompClient,
  count: number,
  { headersOf = () => ({}), body = '' }: Partial<Filling> = {},
): Promise<void> {
  for (let number = 0; number < count; number++) {
    producer.frame('SEND', { destination: '/queue/a', number, ...headersOf(number) }, body);
    if (number % 500 === 499) await producer.roundTrip();
  }
  await producer.roundTrip();
}

interface Filling {
  readonly headersOf: (number: number) => Headers;
  readonly body: string;
}

async function consumed(client: StompClient, count: number): Promise<number[]> {
  return (await client.nextMessages(count)).map(({ headers }) => Number(headers['number']));
}

async function subscriber(scene: BrokerScene, headers: Headers = {}): Promise<StompClient> {
  const client = await scene.client();
  await client.subscribes('/queue/a', headers);
  return client;
}

for (const [where, storeOf] of STORES) {
  describe(`a long queue ${where}`, () => {
    test('of many messages gives them all, in their order', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      await fill(await scene.client(), 6000);
      const consumer = await subscriber(scene);
      assert.deepEqual(await consumed(consumer, 6000), numbers(6000));
      await consumer.expectsNoFrame();
      await scene.close();
    });

    test('of many bytes gives them all, in their order', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      await fill(await scene.client(), 60, { body: 'x'.repeat(200_000) });
      const consumer = await subscriber(scene);
      assert.deepEqual(await consumed(consumer, 60), numbers(60));
      await consumer.expectsNoFrame();
      await scene.close();
    });

    test('keeps the order of persistent and other messages', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      const headersOf = (number: number) => ({ persistent: number % 3 === 0 ? 'false' : 'true' });
      await fill(await scene.client(), 5500, { headersOf });
      const consumer = await subscriber(scene);
      assert.deepEqual(await consumed(consumer, 5500), numbers(5500));
      await scene.close();
    });

    test('goes on in order while more is sent and consumers come late', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      const producer = await scene.client();
      await fill(producer, 4500);
      const first = await subscriber(scene, { ack: 'client-individual', 'prefetch-count': 100 });
      assert.deepEqual(await consumed(first, 100), numbers(100));
      for (let number = 4500; number < 5000; number++) {
        producer.frame('SEND', { destination: '/queue/a', number });
      }
      await producer.roundTrip();
      const second = await subscriber(scene);
      const expected = numbers(4900).map((number) => number + 100);
      assert.deepEqual(await consumed(second, 4900), expected);
      await first.disconnects();
      assert.deepEqual(await consumed(second, 100), numbers(100));
      await second.expectsNoFrame();
      await scene.close();
    });
  });
}

describe('a long queue', () => {
  test('delivers what is paged only after its commit', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const producer = await scene.client();
    await fill(producer, 4096);
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a', number: 4096, persistent: 'false' });
    producer.frame('SEND', { destination: '/queue/a', number: 4097 });
    const { release } = await commit;
    const consumer = await subscriber(scene);
    assert.deepEqual(await consumed(consumer, 4096), numbers(4096));
    await consumer.expectsNoFrame();
    release();
    assert.deepEqual(await consumed(consumer, 2), [4096, 4097]);
  });

  test('survives a restart whole, but for what was not persistent', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    const headersOf = (number: number) => ({ persistent: number % 2 === 0 ? 'true' : 'false' });
    await fill(await first.client(), 9000, { headersOf });
    await first.close();
    const second = await brokerScene(t, { data });
    const consumer = await subscriber(second);
    const expected = numbers(4500).map((number) => number * 2);
    assert.deepEqual(await consumed(consumer, 4500), expected);
    await consumer.expectsNoFrame();
    await second.close();
  });
});

/** A store as a broker finds it at its start, with some records damaged. */
class DamagedStore extends MemoryStore {
  readonly #records: readonly StoredRecord[];

  constructor(count: number, damaged: ReadonlySet<number>) {
    super();
    this.createQueue('a');
    this.#records = numbers(count).map((position) => {
      const headerLines = `destination:/queue/a\nnumber:${position}\n`;
      const body = Buffer.alloc(600_000);
      const message = createMessage({
        id: `ID-${position}`,
        traits: TRAITS.persistent,
        priority: 4,
        headerLines,
        body,
      });
      const record = Buffer.from(sealRecord(message));
      if (damaged.has(position)) record.writeUInt8(record.readUInt8(50) ^ 1, 50);
      return { position, kind: 'durable', record };
    });
  }

  override queues(): readonly StoredQueue[] {
    const depth = this.#records.length;
    return [{ name: 'a', number: 0, depth, nextPosition: depth }];
  }

  override read(_queue: number, from: number, limit: ReadLimit): readonly StoredRecord[] {
    let bytes = 0;
    const first = this.#records.slice(from, from + limit.records);
    return first.filter(({ record }) => {
      const isWithin = bytes < limit.bytes;
      bytes += record.length;
      return isWithin;
    });
  }
}

describe('damaged records', () => {
  test('are passed over, counted and told of, and hold up nothing', async (t) => {
    // Two records make a page, so that whole pages are damaged.
    const store = new DamagedStore(12, new Set([0, 1, 2, 3, 7, 10, 11]));
    const scene = await brokerScene(t, { store });
    const consumer = await subscriber(scene);
    assert.deepEqual(await consumed(consumer, 5), [4, 5, 6, 8, 9]);
    await consumer.expectsNoFrame();
    assert.equal(scene.broker.counters.corruptRecords, 7);
    assert.deepEqual(scene.eventsOf('corrupt-record').at(4), {
      type: 'corrupt-record',
      queue: 'a',
      position: 7,
    });
  });

  test('at the end do not keep new messages from their consumers', async (t) => {
    const store = new DamagedStore(2, new Set([0, 1]));
    const scene = await brokerScene(t, { store });
    const consumer = await subscriber(scene);
    await consumer.expectsNoFrame();
    assert.equal(scene.broker.counters.corruptRecords, 2);
    await consumer.sends('/queue/a', '', { number: 2 });
    assert.deepEqual(await consumed(consumer, 1), [2]);
  });
});
