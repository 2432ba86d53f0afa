import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ConnectionError,
  connect,
  type LoadedSends,
  type SendRecord,
  type SendStore,
} from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { type Scene, scene, stage } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

/** A store in memory, as far as the client can tell. */
class MemoryStore implements SendStore {
  readonly records = new Map<string, SendRecord>();
  failure: Error | undefined;
  isClosed = false;

  get count(): number {
    return this.records.size;
  }

  get bytes(): number {
    return 0;
  }

  async load(): Promise<LoadedSends> {
    return { records: [...this.records.values()], damage: [] };
  }

  async append(record: SendRecord): Promise<void> {
    if (this.failure) throw this.failure;
    this.records.set(record.id, record);
  }

  remove(id: string): void {
    this.records.delete(id);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const noDrop = { code: 'STOMP_NET_DROPPED' };

describe('without a connection', () => {
  test('the oldest sends make room where that is asked for, and are heard of', async () => {
    const all = await scene({ offline: { maxMessages: 2, whenFull: 'drop-oldest' } });
    const { connection, broker, events } = all;
    await lose(all);
    const first = assert.rejects(connection.send('/queue/a', '1'), noDrop);
    const kept = ['2', '3'].map((body) => connection.send('/queue/a', body));
    await first;
    assert.equal(connection.stats().droppedSends, 1);
    assert.equal(connection.stats().offlineSends, 2);
    assert.deepEqual(events.at(-1), { type: 'send-dropped', destination: '/queue/a' });
    await recover(all);
    await Promise.all(kept);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['2', '3']);
    await connection.close();
  });

  test('sends wait for room where that is asked for, in order', async () => {
    const all = await scene({ offline: { maxBytes: 100, whenFull: 'block' } });
    const { connection, broker } = all;
    await lose(all);
    const sends = ['1', '2', '3', '4'].map((body) => connection.send('/queue/a', body.repeat(60)));
    assert.equal(connection.stats().offlineSends, 2);
    assert.equal(connection.stats().blockedSends, 2);
    await recover(all);
    await Promise.all(sends);
    assert.deepEqual(
      broker.session.received('SEND').map((frame) => textOf(frame)[0]),
      ['1', '2', '3', '4'],
    );
    assert.equal(connection.stats().blockedSends, 0);
    await connection.close();
  });

  test('a large send that gave up makes room for all that fit', async () => {
    const all = await scene({ offline: { maxBytes: 100, whenFull: 'block' } });
    const { connection } = all;
    await lose(all);
    const giving = new AbortController();
    const { signal } = giving;
    const large = assert.rejects(connection.send('/queue/a', '1'.repeat(200), { signal }));
    const sends = ['2', '3'].map((body) => connection.send('/queue/a', body));
    assert.equal(connection.stats().blockedSends, 2);
    giving.abort();
    await large;
    assert.equal(connection.stats().blockedSends, 0);
    assert.equal(connection.stats().offlineSends, 2);
    await recover(all);
    await Promise.all(sends);
    await connection.close();
  });

  test('a send that gave up makes room for one that waits', async () => {
    const all = await scene({ offline: { maxMessages: 1, whenFull: 'block' } });
    const { connection, broker } = all;
    await lose(all);
    const hasty = assert.rejects(connection.send('/queue/a', '1', { timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_NOT_SENT',
    });
    const patient = connection.send('/queue/a', '2');
    assert.equal(connection.stats().blockedSends, 1);
    await all.clock.advance(50);
    await hasty;
    assert.equal(connection.stats().blockedSends, 0);
    assert.equal(connection.stats().offlineSends, 1);
    await recover(all, 50);
    await patient;
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['2']);
    await connection.close();
  });
});

describe('a store of unsent messages', () => {
  test('has what waits until the broker has confirmed it', async () => {
    const store = new MemoryStore();
    const all = await scene({ offline: { store } });
    const { connection, broker } = all;
    await connection.send('/queue/a', 'online');
    await lose(all);
    const sending = connection.send('/queue/a', 'offline', { headers: { colour: 'red' } });
    await until(() => store.count === 1, 'it is stored');
    const [record] = store.records.values();
    assert.ok(record);
    assert.equal(record.destination, '/queue/a');
    assert.deepEqual(record.headers[0], ['colour', 'red']);
    assert.equal(record.headers[1]?.[0], 'dedup-id');
    assert.equal(new TextDecoder().decode(record.body), 'offline');
    await recover(all);
    await sending;
    await until(() => store.count === 0, 'it is forgotten');
    await connection.close();
    await until(() => store.isClosed, 'it is closed');
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['offline']);
  });

  test('makes a send that the loss left unconfirmed go again with the same id', async () => {
    const store = new MemoryStore();
    const all = await scene({ offline: { store } });
    const { connection, broker } = all;
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', '1');
    await until(() => broker.session.received('SEND').length === 1, 'it was written');
    const [first] = broker.session.received('SEND');
    await lose(all);
    await until(() => store.count === 1, 'it is stored');
    broker.answers.delete('SEND');
    await recover(all);
    await sending;
    const [second] = broker.session.received('SEND');
    assert.ok(first);
    assert.ok(first.headers.has('dedup-id'));
    assert.equal(second?.headers.get('dedup-id'), first.headers.get('dedup-id'));
    await connection.close();
  });

  test('tells a send that asked for no more that it is safe', async () => {
    const all = await scene({ offline: { store: new MemoryStore() } });
    const { connection, broker, events } = all;
    await lose(all);
    await connection.send('/queue/a', '1', { receipt: 'stored' });
    assert.equal(connection.state, 'reconnecting');
    broker.answers.set('SEND', (frame, session) =>
      session.write('ERROR', {
        message: 'no room',
        'receipt-id': frame.headers.get('receipt') ?? '',
      }),
    );
    await recover(all);
    await until(() => events.at(-1)?.type === 'send-failed', 'its failure is heard of');
    await connection.close();
  });

  test('keeps what is unsent at the end, and the next connection sends it first', async () => {
    const store = new MemoryStore();
    const all = await scene({ offline: { store } });
    await lose(all);
    const unsent = assert.rejects(all.connection.send('/queue/a', 'from before'), {
      code: 'STOMP_NET_KEPT',
    });
    await until(() => store.count === 1, 'it is stored');
    await all.connection.close();
    await unsent;
    assert.equal(store.count, 1);
    const { broker, options, events } = stage({ offline: { store } });
    const connection = await connect('stomp://mq', options);
    await connection.send('/queue/a', 'from now');
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['from before', 'from now']);
    assert.deepEqual(events[0], { type: 'sends-restored', count: 1, damage: [] });
    await until(() => store.count === 0, 'it is confirmed');
    await connection.close();
  });

  test('that fails, fails the send', async () => {
    const store = new MemoryStore();
    const all = await scene({ offline: { store } });
    await lose(all);
    store.failure = new Error('disk full');
    await assert.rejects(all.connection.send('/queue/a', '1'), /disk full/);
    assert.equal(all.connection.stats().offlineSends, 0);
    await recover(all);
    await all.connection.close();
  });

  test('that fails when the send is on its way already, leaves the outcome to the broker', async () => {
    const store = new MemoryStore();
    let refuse = (_: Error): void => {};
    store.append = () =>
      new Promise<void>((_, reject) => {
        refuse = reject;
      });
    const all = await scene({ offline: { store } });
    const { connection, broker } = all;
    await lose(all);
    const sending = connection.send('/queue/a', 'once');
    broker.ignore('SEND');
    await recover(all);
    await until(() => broker.session.received('SEND').length === 1, 'it is written');
    refuse(new Error('the disk is full'));
    await settle();
    const [frame] = broker.session.received('SEND');
    assert.ok(frame);
    broker.session.receipt(frame);
    await sending;
    await connection.close();
  });

  test('that fails at the end of the connection has kept nothing', async () => {
    const store = new MemoryStore();
    let refuse = (_: Error): void => {};
    store.append = () =>
      new Promise<void>((_, reject) => {
        refuse = reject;
      });
    const all = await scene({ offline: { store } });
    const { connection } = all;
    await lose(all);
    const full = new Error('the disk is full');
    const sending = assert.rejects(connection.send('/queue/a', 'not kept'), full);
    await connection.close();
    refuse(full);
    await sending;
  });

  test('is not asked for what its caller has given up', async () => {
    const store = new MemoryStore();
    const all = await scene({ offline: { store } });
    await lose(all);
    const abort = new AbortController();
    const sending = all.connection.send('/queue/a', '1', { signal: abort.signal });
    await until(() => store.count === 1, 'it is stored');
    abort.abort(new Error('changed my mind'));
    await assert.rejects(sending, /changed my mind/);
    await until(() => store.count === 0, 'it is forgotten');
    await all.connection.close();
  });
});

describe('the window of unconfirmed sends', () => {
  test('lets others wait until there is room', async () => {
    const { connection, broker } = await scene({ sendWindow: 2 });
    broker.ignore('SEND');
    const sends = ['1', '2', '3'].map((body) => connection.send('/queue/a', body));
    await until(() => broker.session.received('SEND').length === 2, 'two are written');
    assert.equal(connection.stats().unansweredFrames, 2);
    assert.equal(connection.stats().waitingFrames, 1);
    const [first] = broker.session.received('SEND');
    assert.ok(first);
    broker.session.receipt(first);
    await until(() => broker.session.received('SEND').length === 3, 'the third follows');
    for (const sent of broker.session.received('SEND').slice(1)) broker.session.receipt(sent);
    await Promise.all(sends);
    await connection.close();
  });
});

describe('a send that may be repeated', () => {
  test('carries an id by which the broker knows it again', async () => {
    const all = await scene();
    const { connection, broker } = all;
    broker.connected = { version: '1.2', server: 'ActiveMQ-Artemis/2.44.0' };
    await connection.send('/queue/a', '1', { resend: true });
    await lose(all);
    await recover(all);
    assert.equal(connection.profile.name, 'artemis');
    await connection.send('/queue/a', '2', { resend: true });
    await connection.send('/queue/a', '3', { dedupId: 'mine' });
    const [second, third] = broker.session.received('SEND');
    assert.match(second?.headers.get('_AMQ_DUPL_ID') ?? '', /^[0-9a-z]+-2$/);
    assert.equal(third?.headers.get('_AMQ_DUPL_ID'), 'mine');
    await connection.close();
  });

  const unknown = { code: 'STOMP_NET_MAYBE_DELIVERED' };
  const ends: readonly (readonly [string, object, (all: Scene) => Promise<void>])[] = [
    ['its timeout', { code: 'STOMP_NET_TIMEOUT_RECEIPT' }, ({ clock }) => clock.advance(50)],
    ['the end of the connection', unknown, ({ connection }) => connection.close()],
    [
      'a younger one',
      unknown,
      async ({ connection }) => {
        const younger = connection.send('/queue/a', 'y');
        await assert.rejects(Promise.all([younger, connection.close()]), {
          code: 'STOMP_NET_CLOSED',
        });
      },
    ],
  ];
  for (const [what, error, end] of ends) {
    test(`and that ${what} ends, is not told to be unsent: the broker may have it`, async () => {
      const all = await scene({ offline: { maxMessages: 1, whenFull: 'drop-oldest' } });
      const { connection, broker } = all;
      broker.ignore('SEND');
      const options = { resend: true, timeoutMs: 50 };
      const sending = assert.rejects(connection.send('/queue/a', 'x', options), error);
      await until(() => broker.session.received('SEND').length === 1, 'it is written');
      await lose(all);
      await end(all);
      await sending;
      await connection.close();
    });
  }

  test('is refused an id where the broker ignores it', async () => {
    const { connection, broker } = await scene({ profile: 'rabbitmq' });
    const options = { dedupId: 'x' };
    await assert.rejects(connection.send('/queue/a', '1', options), { code: 'STOMP_OPT_UNSAFE' });
    await connection.send('/queue/a', '1', { ...options, allowUnsafe: ['dedup-ignored'] });
    assert.equal(broker.session.received('SEND')[0]?.headers.get('dedup-id'), 'x');
    await connection.close();
    assert.ok(ConnectionError);
  });
});
