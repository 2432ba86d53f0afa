/** Each difference between the real brokers that an imitation has; see the guide to broker profiles. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection, Message, SubscribeOptions } from '@stompbox/client';
import { type TestBroker, type TestBrokerOptions, testBroker } from 'stompbox/testing';

const INDIVIDUAL = { ack: 'client-individual' } as const;
const KEPT = { persistent: true } as const;
const UNSAFE = [
  'nack-discards',
  'settled-outside-transaction',
  'nack-refused-in-transaction',
] as const;

interface Scene extends AsyncDisposable {
  readonly broker: TestBroker;
  readonly connection: Connection;
  /** Bodies that came, with `!` if redelivered, until all is quiet. */
  arrivals(destination: string, options?: SubscribeOptions): Promise<string[]>;
  /** The first message of a queue. */
  first(destination: string, options?: SubscribeOptions): Promise<Message>;
  bodies(queue: string): Promise<unknown[]>;
}

async function scene(options: TestBrokerOptions): Promise<Scene> {
  const broker = await testBroker(options);
  const connection = await broker.connect();
  return {
    broker,
    connection,
    async arrivals(destination, subscribeOptions = {}) {
      const got: string[] = [];
      await connection.subscribe(destination, subscribeOptions, (message) => {
        got.push(message.text() + (message.isRedelivered ? '!' : ''));
      });
      await broker.clock.advance(0);
      return got;
    },
    async first(destination, subscribeOptions = INDIVIDUAL) {
      const subscription = await connection.subscribe(destination, subscribeOptions);
      const { value } = await subscription[Symbol.asyncIterator]().next();
      return value ?? assert.fail('the subscription has ended');
    },
    bodies: async (queue) => (await broker.messages(queue)).map(({ body }) => body),
    // Closed first, the connection would wait for what a failed test has left open.
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

for (const [profile, server] of [
  ['stompbox', /^stompbox\//],
  ['activemq', /^ActiveMQ\//],
  ['artemis', /^ActiveMQ-Artemis\//],
  ['rabbitmq', /^RabbitMQ\//],
] as const) {
  test(`${profile} says who it is`, async () => {
    await using it = await scene({ profile });
    assert.match(it.connection.server ?? '', server);
    assert.equal(it.connection.profile.name, profile);
  });
}

describe('NACK', () => {
  test('dead-letters at once in activemq, into the queue that all share', async () => {
    await using it = await scene({ profile: 'activemq' });
    await it.connection.send('/queue/a', 'x', KEPT);
    await (await it.first('/queue/a')).nack({ receipt: true });
    assert.deepEqual(await it.bodies('ActiveMQ.DLQ'), ['x']);
    assert.deepEqual(await it.bodies('a'), []);
  });

  test('loses what is not persistent in activemq, as it is unless it says otherwise', async () => {
    await using it = await scene({ profile: 'activemq' });
    await it.connection.send('/queue/a', 'x');
    await (await it.first('/queue/a')).nack({ receipt: true });
    assert.deepEqual([await it.bodies('ActiveMQ.DLQ'), await it.bodies('a')], [[], []]);
  });

  test('discards in artemis', async () => {
    await using it = await scene({ profile: 'artemis' });
    await it.connection.send('/queue/a', 'x', KEPT);
    await (await it.first('/queue/a')).nack({ receipt: true, allowUnsafe: UNSAFE });
    const { destinations } = it.broker.broker.statistics();
    assert.deepEqual(
      destinations.map(({ counters }) => counters.size),
      [0],
    );
  });

  test('requeues at once and for ever in rabbitmq', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    await it.connection.send('/queue/a', 'x', KEPT);
    const subscription = await it.connection.subscribe('/queue/a', INDIVIDUAL);
    let count = 0;
    for await (const message of subscription) {
      assert.equal(message.isRedelivered, count > 0);
      count += 1;
      if (count === 20) break;
      await message.nack();
    }
    assert.equal(count, 20, 'stompbox would have given up after six');
  });

  test('discards in rabbitmq with requeue:false', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    await it.connection.send('/queue/a', 'x', KEPT);
    const { headers } = await it.first('/queue/a');
    const nack = [
      ['id', headers.get('ack') ?? ''],
      ['requeue', 'false'],
    ] as const;
    await it.connection.sendFrame({ command: 'NACK', headers: nack }, { receipt: true });
    assert.deepEqual(await it.bodies('a'), []);
  });

  test('redelivers after a pause in stompbox', async () => {
    await using it = await scene({});
    await it.connection.send('/queue/a', 'x');
    const got: string[] = [];
    await it.connection.subscribe('/queue/a', INDIVIDUAL, async (message) => {
      got.push(message.text());
      if (!message.isRedelivered) await message.nack();
    });
    await it.broker.clock.advance(999);
    assert.equal(got.length, 1);
    await it.broker.clock.advance(1);
    assert.equal(got.length, 2);
  });

  test('in a transaction is refused in activemq, and settles nothing', async () => {
    await using it = await scene({ profile: 'activemq' });
    await it.connection.send('/queue/a', 'x', KEPT);
    const message = await it.first('/queue/a');
    const transaction = await it.connection.begin();
    const nacked = message.nack({ transaction, receipt: true, allowUnsafe: UNSAFE });
    await assert.rejects(nacked, { message: /cannot be transacted/ });
    assert.deepEqual(await it.bodies('a'), ['x']);
  });
});

describe('a transaction', () => {
  test('does not hold an ACK back in artemis', async () => {
    await using it = await scene({ profile: 'artemis' });
    await it.connection.send('/queue/a', 'x', KEPT);
    const message = await it.first('/queue/a');
    const transaction = await it.connection.begin();
    await message.ack({ transaction, receipt: true, allowUnsafe: UNSAFE });
    await transaction.abort();
    assert.deepEqual(await it.bodies('a'), []);
  });

  for (const profile of ['stompbox', 'activemq', 'rabbitmq'] as const) {
    test(`holds an ACK back in ${profile}`, async () => {
      await using it = await scene({ profile });
      await it.connection.send('/queue/a', 'x', KEPT);
      const message = await it.first('/queue/a');
      const transaction = await it.connection.begin();
      await message.ack({ transaction, receipt: true });
      await transaction.abort();
      assert.deepEqual(await it.bodies('a'), ['x']);
    });
  }

  test('confirms its SENDs after COMMIT in rabbitmq, and never after ABORT', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    const order: string[] = [];
    it.connection.onFrame(({ frame, direction }) => {
      const command = frame?.command ?? 'SEND';
      if (direction === 'in' && command === 'RECEIPT') order.push('receipt');
      if (direction === 'out' && command !== 'SEND') order.push(command);
    });
    const committed = await it.connection.begin();
    order.length = 0;
    const sent = committed.send('/queue/a', 'x', { receipt: true });
    await it.broker.clock.advance(0);
    assert.deepEqual(order, []);
    await committed.commit();
    await sent;
    assert.deepEqual(order, ['COMMIT', 'receipt', 'receipt']);
    const aborted = await it.connection.begin();
    const undone = assert.rejects(aborted.send('/queue/a', 'y', { receipt: true }), {
      code: 'STOMP_NET_TIMEOUT_RECEIPT',
    });
    await aborted.abort();
    await it.broker.clock.advance(15_000);
    await undone;
    assert.deepEqual(await it.bodies('a'), ['x']);
  });
});

describe('a cumulative ACK', () => {
  test('reaches other subscriptions in rabbitmq', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    const client = { ack: 'client', allowUnsafe: ['cumulative-ack'] } as const;
    await it.connection.send('/queue/a', 'x', KEPT);
    await it.connection.send('/queue/b', 'y', KEPT);
    await it.first('/queue/a', client);
    await (await it.first('/queue/b', client)).ack({ receipt: true });
    assert.deepEqual([await it.bodies('a'), await it.bodies('b')], [[], []]);
  });
});

describe('prefetch', () => {
  const filled = async (profile: TestBrokerOptions['profile'], body = 'x') => {
    const it = await scene({ profile });
    for (let sent = 0; sent < 30; sent++) await it.connection.send('/queue/a', body, KEPT);
    return it;
  };

  for (const [profile, headers, count] of [
    ['activemq', { 'activemq.prefetchSize': '3' }, 3],
    ['activemq', { 'prefetch-count': '3' }, 30],
    ['rabbitmq', { 'prefetch-count': '3' }, 3],
    ['rabbitmq', { 'activemq.prefetchSize': '3' }, 30],
    ['rabbitmq', { 'prefetch-count': '0' }, 30],
    ['artemis', { 'activemq.prefetchSize': '3' }, 1],
    ['artemis', { 'consumer-window-size': '3' }, 1],
    ['artemis', { 'consumer-window-size': '-1' }, 30],
    ['artemis', { 'prefetch-count': '3' }, 30],
  ] as const) {
    test(`by ${JSON.stringify(headers)} lets ${count} of 30 come in ${profile}`, async () => {
      await using it = await filled(profile);
      assert.equal((await it.arrivals('/queue/a', { ...INDIVIDUAL, headers })).length, count);
    });
  }

  test('of a client that knows the broker is a number of messages everywhere', async () => {
    for (const profile of ['activemq', 'artemis', 'rabbitmq', 'stompbox'] as const) {
      await using it = await filled(profile, 'x'.repeat(1024));
      const { length } = await it.arrivals('/queue/a', { ...INDIVIDUAL, prefetch: 5 });
      assert.ok(profile === 'artemis' ? length >= 1 && length <= 5 : length === 5, profile);
    }
  });

  for (const [profile, count] of [
    ['activemq', 1000],
    // With their headers ten are more than its 10 KiB.
    ['artemis', 9],
    ['rabbitmq', 1100],
  ] as const) {
    test(`is ${count} messages of 1 KiB in ${profile} unless the client says otherwise`, async () => {
      await using it = await scene({ profile });
      const transaction = await it.connection.begin();
      for (let sent = 0; sent < 1100; sent++) {
        await transaction.send('/queue/a', 'x'.repeat(1024), KEPT);
      }
      await transaction.commit();
      assert.equal((await it.arrivals('/queue/a', INDIVIDUAL)).length, count);
    });
  }
});

describe('a delay', () => {
  const LATER = { headers: { AMQ_SCHEDULED_DELAY: '5000' } };

  for (const [options, isDelayed] of [
    [{ profile: 'stompbox' }, true],
    [{ profile: 'activemq' }, true],
    [{ profile: 'artemis' }, true],
    [{ profile: 'rabbitmq' }, false],
    [{ profile: 'activemq', scheduler: false }, false],
    [{ profile: 'stompbox', scheduler: false }, false],
  ] as const) {
    test(`${isDelayed ? 'counts' : 'is ignored'} with ${JSON.stringify(options)}`, async () => {
      await using it = await scene(options);
      await it.connection.send('/queue/a', 'x', { ...KEPT, ...LATER });
      assert.deepEqual(await it.bodies('a'), isDelayed ? [] : ['x']);
      await it.broker.clock.advance(5_000);
      const message = await it.first('/queue/a');
      if (!isDelayed) assert.equal(message.headers.get('AMQ_SCHEDULED_DELAY'), '5000');
    });
  }

  test('cannot be asked for where there is no scheduler: nobody answers', async () => {
    for (const scheduler of [true, false]) {
      await using it = await scene({ profile: 'activemq', scheduler });
      await it.connection.send('/queue/a', 'x', { ...KEPT, ...LATER });
      const answers: string[] = [];
      await it.connection.subscribe('/queue/jobs', {}, (message) => {
        answers.push(message.text());
      });
      const headers = { AMQ_SCHEDULER_ACTION: 'BROWSE', 'reply-to': '/queue/jobs' };
      await it.connection.send('/topic/ActiveMQ.Scheduler.Management', '', { headers });
      await it.broker.clock.advance(0);
      assert.deepEqual(answers, scheduler ? ['x'] : []);
    }
  });
});

describe('what a broker has no word for', () => {
  test('is a selector in rabbitmq', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    await it.connection.send('/queue/a', 'x', { headers: { colour: 'red' } });
    const selector = "colour = 'blue'";
    const allowUnsafe = ['selector-ignored'] as const;
    assert.deepEqual(await it.arrivals('/queue/a', { selector, allowUnsafe }), ['x']);
  });

  for (const [profile, header] of [
    ['activemq', 'exclusive'],
    ['artemis', 'activemq.exclusive'],
    ['rabbitmq', 'activemq.exclusive'],
  ] as const) {
    test(`is ${header} in ${profile}`, async () => {
      await using it = await scene({ profile });
      const headers = { [header]: 'true' };
      const got = { first: 0, second: 0 };
      for (const name of ['first', 'second'] as const) {
        await it.connection.subscribe('/queue/a', { headers }, () => {
          got[name] += 1;
        });
      }
      for (let sent = 0; sent < 4; sent++) await it.connection.send('/queue/a', 'x');
      await it.broker.clock.advance(0);
      assert.deepEqual(got, { first: 2, second: 2 });
    });
  }

  for (const [profile, header] of [
    ['activemq', 'durable-subscription-name'],
    ['artemis', 'activemq.subscriptionName'],
    ['rabbitmq', 'activemq.subscriptionName'],
  ] as const) {
    test(`is ${header} in ${profile}: nothing is kept`, async () => {
      await using it = await scene({ profile });
      const headers = { [header]: 'bills' };
      const first = await it.broker.connect({ clientId: 'c' });
      await first.subscribe('/topic/news', { headers });
      await first.close();
      await it.connection.send('/topic/news', 'while away', KEPT);
      const second = await it.broker.connect({ clientId: 'c' });
      const got: string[] = [];
      await second.subscribe('/topic/news', { headers }, (message) => {
        got.push(message.text());
      });
      await it.broker.clock.advance(0);
      assert.deepEqual(got, []);
    });
  }

  for (const [profile, header] of [
    ['activemq', 'dedup-id'],
    ['artemis', 'dedup-id'],
    ['rabbitmq', '_AMQ_DUPL_ID'],
  ] as const) {
    test(`is ${header} in ${profile}: a repeated SEND is another message`, async () => {
      await using it = await scene({ profile });
      for (let sent = 0; sent < 2; sent++) {
        await it.connection.send('/queue/a', 'x', { headers: { [header]: 'same' } });
      }
      const messages = await it.broker.messages('a');
      assert.equal(messages.length, 2);
      assert.equal((await it.first('/queue/a')).headers.get(header), 'same');
    });
  }

  test('is not _AMQ_DUPL_ID in artemis: a repeated SEND is known', async () => {
    await using it = await scene({ profile: 'artemis' });
    for (let sent = 0; sent < 2; sent++) {
      await it.connection.send('/queue/a', 'x', { dedupId: 'same' });
    }
    const [message, ...others] = await it.broker.messages('a');
    assert.deepEqual([message?.headers.get('_AMQ_DUPL_ID'), others], ['same', []]);
    assert.equal((await it.first('/queue/a')).headers.get('dedup-id'), undefined);
  });
});

describe('in rabbitmq', () => {
  test('consumers of one durable name share its messages, whoever they are', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    const got: string[] = [];
    for (const name of ['one', 'two']) {
      const connection = await it.broker.connect();
      await connection.subscribe('/topic/news', { durable: 'bills.paid' }, (message) => {
        got.push(`${name} ${message.destination}`);
      });
    }
    for (let sent = 0; sent < 4; sent++) await it.connection.send('/topic/news', 'x');
    await it.broker.clock.advance(0);
    assert.deepEqual(got.sort(), [
      ...Array(2).fill('one /topic/news'),
      ...Array(2).fill('two /topic/news'),
    ]);
  });

  test('a bare reply-to is shown as a reply queue, and leads back', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    const replies = it.arrivals('/queue/answers');
    await it.connection.send('/queue/a', 'question', { headers: { 'reply-to': 'answers' } });
    const replyTo = (await it.first('/queue/a')).headers.get('reply-to');
    assert.equal(replyTo, '/reply-queue/answers');
    const got = await replies;
    await it.connection.send(replyTo, 'answer');
    await it.broker.clock.advance(0);
    assert.deepEqual(got, ['answer']);
  });

  test('what has expired is nowhere', async () => {
    await using it = await scene({ profile: 'rabbitmq' });
    const expires = it.broker.ports.now() + 100;
    await it.connection.send('/queue/a', 'x', { ...KEPT, headers: { expires } });
    await it.broker.clock.advance(60_000);
    assert.deepEqual([await it.bodies('a'), await it.bodies('DLQ.a')], [[], []]);
  });
});
