/** What an outbox needs of an executor, tried with each library. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlIdempotency } from 'stompbox/idempotency';
import {
  createOutbox,
  type Outbox,
  type RelayMessaging,
  type SqlExecutor,
  type SqlSource,
  startRelay,
} from 'stompbox/outbox';
import { FakeMessaging } from '../outbox/stage.js';
import { Inbox } from '../support/events.js';

/** What one library offers. */
export interface Library {
  /** What relays and dashboards work with. */
  readonly database: SqlSource;
  /** Runs the work in a transaction, which ends as the work does. */
  transaction(work: (tx: SqlSource) => Promise<void>): Promise<void>;
}

const BYTES = Uint8Array.from([0, 1, 127, 128, 255]);

export function executorSuite(
  name: string,
  open: (context: { after(end: () => unknown): void }) => Promise<Library>,
): void {
  const setUp = async (t: { after(end: () => unknown): void }) => {
    const library = await open(t);
    const outbox = createOutbox(library.database);
    await outbox.migrate();
    return { ...library, outbox };
  };

  test(`${name}: a message is there when its transaction commits, and only then`, async (t) => {
    const { transaction, outbox } = await setUp(t);
    await transaction(async (tx) => {
      await outbox.send(tx, '/queue/a', 1);
      await outbox.send(tx, '/queue/a', 2);
    });
    const failing = transaction(async (tx) => {
      await outbox.send(tx, '/queue/a', 3);
      throw new Error('no stock');
    });
    await assert.rejects(failing, /no stock/);
    assert.equal((await outbox.status()).pendingCount, 2);
  });

  test(`${name}: text, JSON and bytes come through as they are`, async (t) => {
    const { database, outbox } = await setUp(t);
    const { messaging, bodies } = collector();
    await outbox.send(database, '/queue/a', "grüße 漢 'x' $1 ? :now", { groupId: 'g' });
    await outbox.send(database, '/queue/a', { n: [1, null] }, { groupId: 'g' });
    await outbox.send(database, '/queue/a', BYTES, { groupId: 'g' });
    await relayAll(messaging, outbox, 3);
    const [text, json, bytes] = bodies();
    assert.deepEqual([text, json], ["grüße 漢 'x' $1 ? :now", '{"n":[1,null]}']);
    assert.ok(bytes instanceof Uint8Array);
    assert.deepEqual([...bytes], [...BYTES]);
  });

  test(`${name}: what failed can be seen, tried again and deleted`, async (t) => {
    const { database, outbox } = await setUp(t);
    const broken: RelayMessaging = {
      ...new FakeMessaging().messaging,
      send: () => Promise.reject(new TypeError('broken')),
    };
    const ids = [
      await outbox.send(database, '/queue/a', 1),
      await outbox.send(database, '/queue/b', 2, { orderKey: 'k' }),
    ];
    await relayAll(broken, outbox, 2, { maxAttempts: 1 });
    const failed = await outbox.failedMessages();
    assert.deepEqual(
      failed.map(({ id, orderKey, attempts, error }) => [id, orderKey, attempts, error]),
      [
        [ids[0], undefined, 1, 'TypeError: broken'],
        [ids[1], 'k', 1, 'TypeError: broken'],
      ],
    );
    assert.ok(failed.every(({ createdAtMs, failedAtMs }) => failedAtMs >= createdAtMs));
    assert.equal(await outbox.discardFailed(ids.slice(0, 1)), 1);
    assert.equal(await outbox.retryFailed(), 1);
    const { messaging, bodies } = collector();
    await relayAll(messaging, outbox, 1);
    assert.deepEqual(bodies(), ['2']);
    const status = await outbox.status();
    assert.deepEqual(status, { pendingCount: 0, oldestPendingAgeMs: 0, failedCount: 0 });
  });

  test(`${name}: the inbox records a message with the transaction`, async (t) => {
    const { database, transaction } = await setUp(t);
    const store = sqlIdempotency(database);
    await store.migrate();
    const answers: string[] = [];
    const handle = (fails: boolean) =>
      transaction(async (tx) => {
        answers.push(await store.within(tx).record('m1'));
        if (fails) throw new Error('no stock');
      });
    await assert.rejects(handle(true), /no stock/);
    await handle(false);
    await handle(false);
    assert.deepEqual(answers, ['new', 'new', 'done']);
    assert.equal(await store.begin('m1', 1_000), 'done');
    assert.equal(await store.begin('m2', 1_000), 'new');
    await store.finish('m2');
    assert.equal(await store.begin('m2', 1_000), 'done');
  });
}

function collector() {
  const fake = new FakeMessaging();
  return { messaging: fake.messaging, bodies: () => fake.bodies };
}

/** Ends when the table knows what came of so many messages. */
async function relayAll(
  messaging: RelayMessaging,
  outbox: Outbox,
  count: number,
  options: { readonly maxAttempts?: number } = {},
): Promise<void> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await using relay = startRelay(messaging, outbox, { ...options, pollMs: 5 }, { logger });
  const settled = new Inbox<string>();
  const troubles = new Inbox<unknown>();
  relay.onEvent((event) => {
    if (event.type === 'sent' || event.type === 'failed') settled.add(event.id);
    if (event.type === 'trouble') troubles.add(event.error);
  });
  const trouble = troubles.until(1).then(([error]) => {
    throw error;
  });
  await Promise.race([settled.until(count), trouble]);
}

/** A transaction by statements, for libraries and executors that have none of their own. */
export function byStatements(
  executor: SqlExecutor,
  tx: SqlSource = executor,
): (work: (tx: SqlSource) => Promise<void>) => Promise<void> {
  return async (work) => {
    await executor.query('BEGIN', []);
    try {
      await work(tx);
      await executor.query('COMMIT', []);
    } catch (error) {
      await executor.query('ROLLBACK', []);
      throw error;
    }
  };
}
