import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type Message } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { type Scene, scene, stage } from './support/scene.js';
import { until } from './support/scripted-broker.js';

function acked({ broker }: Scene): (string | undefined)[] {
  return broker.session.received('ACK').map(({ headers }) => headers.get('id'));
}

function deliver({ broker }: Scene, ids: readonly string[]): void {
  for (const id of ids) broker.session.message('sub-1', id);
}

describe('with ack mode auto and a prefetch', () => {
  test('the loop gives credit for what it has taken, and for nothing else', async () => {
    const all = await scene({ profile: 'activemq' });
    const subscription = await all.connection.subscribe('/queue/a', { prefetch: 2 });
    const [sent] = all.broker.session.received('SUBSCRIBE');
    assert.equal(sent?.headers.get('ack'), 'client');
    assert.equal(sent?.headers.get('activemq.prefetchSize'), '2');
    deliver(all, ['1', '2']);
    await until(() => subscription.waitingCount === 2, 'both are here');
    assert.deepEqual(acked(all), []);
    const loop = subscription[Symbol.asyncIterator]();
    await loop.next();
    await until(() => acked(all).length === 1, 'credit for the first');
    await loop.next();
    await until(() => acked(all).length === 2, 'credit for the second');
    assert.deepEqual(acked(all), ['ack-1', 'ack-2']);
    await all.connection.close();
  });

  test('one ACK gives credit for all that was taken in a turn', async () => {
    const all = await scene({ profile: 'stompbox' });
    const got: string[] = [];
    await all.connection.subscribe('/queue/a', { prefetch: 10 }, (message) => {
      got.push(message.messageId);
    });
    deliver(all, ['1', '2', '3']);
    await until(() => acked(all).length === 1, 'credit');
    assert.deepEqual(got, ['1', '2', '3']);
    assert.deepEqual(acked(all), ['ack-3']);
    await all.connection.close();
  });

  test('where ACKs would settle other subscriptions too, each message gets its own', async () => {
    const all = await scene({ profile: 'rabbitmq' });
    await all.connection.subscribe('/queue/a', { prefetch: 10 }, () => {});
    assert.equal(
      all.broker.session.received('SUBSCRIBE')[0]?.headers.get('ack'),
      'client-individual',
    );
    deliver(all, ['1', '2']);
    await until(() => acked(all).length === 2, 'two acks');
    await all.connection.close();
  });

  test('what nobody has taken when the connection is lost comes again, once', async () => {
    const all = await scene({ profile: 'activemq' });
    const subscription = await all.connection.subscribe('/queue/a', { prefetch: 5 });
    deliver(all, ['1', '2']);
    await until(() => subscription.waitingCount === 2, 'both are here');
    await lose(all);
    await recover(all);
    deliver(all, ['1', '2']);
    await until(() => subscription.waitingCount === 2, 'both are here again');
    await all.connection.close();
  });
});

describe('settling what was handled', () => {
  test('acknowledges after the handler, and refuses what failed', async () => {
    const all = await scene({ profile: 'stompbox' });
    let finish = () => {};
    await all.connection.subscribe('/queue/a', { settle: 'handled' }, (message) => {
      if (message.messageId === 'bad') throw new Error('no good');
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const { broker } = all;
    assert.equal(broker.session.received('SUBSCRIBE')[0]?.headers.get('ack'), 'client-individual');
    deliver(all, ['good', 'bad']);
    await until(() => broker.session.received('NACK').length === 1, 'the bad one');
    assert.equal(broker.session.received('NACK')[0]?.headers.get('id'), 'ack-bad');
    assert.deepEqual(acked(all), []);
    finish();
    await until(() => acked(all).length === 1, 'the good one');
    assert.deepEqual(acked(all), ['ack-good']);
    assert.equal(all.events.filter(({ type }) => type === 'handler-failed').length, 1);
    await all.connection.close();
  });

  test('in a loop, asking for the next message acknowledges the one before', async () => {
    const all = await scene({ profile: 'stompbox' });
    const subscription = await all.connection.subscribe('/queue/a', { settle: 'handled' });
    deliver(all, ['1', '2']);
    for await (const message of subscription) {
      if (message.messageId === '2') break;
      await settle();
      assert.deepEqual(acked(all), []);
    }
    assert.deepEqual(acked(all), ['ack-1'], 'the loop was left before it was done with the second');
    await all.connection.close();
  });

  for (const [what, end] of [
    ['draining', (all: Scene) => all.connection.drain()],
    ['closing', (all: Scene) => all.connection.close()],
  ] as const) {
    test(`${what} waits for the loop that has a message`, async () => {
      const all = await scene({ profile: 'stompbox' });
      const subscription = await all.connection.subscribe('/queue/a', { settle: 'handled' });
      deliver(all, ['1']);
      let ending: Promise<void> | undefined;
      let isEnded = false;
      for await (const message of subscription) {
        assert.equal(message.messageId, '1');
        ending = end(all).then(() => {
          isEnded = true;
        });
        await settle();
        assert.equal(isEnded, false);
        assert.deepEqual(acked(all), []);
      }
      await ending;
      assert.deepEqual(acked(all), ['ack-1']);
      const commands = all.broker.session.commands.slice(2);
      assert.equal(commands[0], 'ACK', 'what was done counts');
      if (what === 'draining') await all.connection.close();
    });
  }

  test('leaves alone what the handler has settled itself', async () => {
    const all = await scene({ profile: 'stompbox' });
    await all.connection.subscribe('/queue/a', { settle: 'handled' }, (message) => message.nack());
    deliver(all, ['1']);
    await until(() => all.broker.session.received('NACK').length === 1, 'its nack');
    await settle();
    assert.deepEqual(acked(all), []);
    await all.connection.close();
  });

  test('runs one handler after the other where an ACK settles what came before', async () => {
    const all = await scene({ profile: 'activemq' });
    let fail = () => {};
    await all.connection.subscribe(
      '/queue/a',
      { settle: 'handled', ack: 'client' },
      async ({ messageId }) => {
        if (messageId !== 'slow') return;
        await new Promise<void>((_, reject) => {
          fail = () => reject(new Error('no good'));
        });
      },
    );
    deliver(all, ['slow', 'fast']);
    await settle();
    assert.deepEqual(acked(all), [], 'it would settle the slow one, too');
    fail();
    await until(() => acked(all).length === 1, 'the fast one');
    assert.deepEqual(all.broker.session.commands.slice(2), ['NACK', 'ACK']);
    await all.connection.close();
  });

  test('settles nothing behind a failed message where there is no NACK', async () => {
    const { broker, options } = stage({ profile: 'generic', acceptVersions: ['1.0'] });
    broker.connected = { version: '1.0' };
    const connection = await connect('stomp://broker:61613', options);
    const handled: string[] = [];
    await connection.subscribe(
      '/queue/a',
      { settle: 'handled', ack: 'client' },
      ({ messageId }) => {
        handled.push(messageId);
        if (messageId === 'bad') throw new Error('no good');
      },
    );
    for (const id of ['bad', 'good']) broker.session.message('sub-1', id);
    await until(() => handled.length === 2, 'both');
    await settle();
    assert.deepEqual(broker.session.received('ACK'), [], 'it would settle the bad one, too');
    await connection.close();
  });

  test('takes several handlers at once with cumulative ACKs for a mistake', async () => {
    const { connection } = await scene({ profile: 'activemq' });
    const options = { settle: 'handled', ack: 'client', concurrency: 2 } as const;
    await assert.rejects(
      connection.subscribe('/queue/a', options, () => {}),
      {
        code: 'STOMP_OPT_UNSAFE',
      },
    );
    await connection.close();
  });

  test('is refused where a NACK would lose the message', async () => {
    const { connection } = await scene({ profile: 'artemis' });
    const subscribing = connection.subscribe('/queue/a', { settle: 'handled' }, () => {});
    await assert.rejects(subscribing, { code: 'STOMP_OPT_UNSAFE' });
    await assert.rejects(connection.subscribe('/queue/a', { settle: 'handled', ack: 'auto' }), {
      code: 'STOMP_OPT_INVALID',
    });
    await connection.close();
  });
});

describe('so many handlers at the same time', () => {
  test('and no more; the others follow in order', async () => {
    const all = await scene();
    const started: string[] = [];
    const finish = new Map<string, () => void>();
    const subscription = await all.connection.subscribe(
      '/queue/a',
      { ack: 'client-individual', concurrency: 2 },
      ({ messageId }) => {
        started.push(messageId);
        return new Promise<void>((resolve) => finish.set(messageId, resolve));
      },
    );
    deliver(all, ['1', '2', '3', '4']);
    await until(() => started.length === 2, 'two handlers');
    await settle();
    assert.deepEqual(started, ['1', '2']);
    assert.equal(subscription.runningCount, 2);
    assert.equal(subscription.waitingCount, 2);
    finish.get('2')?.();
    await until(() => started.length === 3, 'a third one');
    assert.deepEqual(started, ['1', '2', '3']);
    // Nobody has begun with the fourth, so the broker gets it back.
    const draining = subscription.drain();
    finish.get('1')?.();
    finish.get('3')?.();
    await draining;
    assert.deepEqual(started, ['1', '2', '3']);
    await all.connection.close();
  });

  test('handle in ack mode auto also what waits when the subscription ends', async () => {
    const all = await scene();
    const handled: string[] = [];
    const subscription = await all.connection.subscribe(
      '/queue/a',
      { concurrency: 1 },
      async ({ messageId }) => {
        await settle();
        handled.push(messageId);
      },
    );
    deliver(all, ['1', '2', '3']);
    await until(() => subscription.runningCount === 1, 'the first');
    await subscription.drain();
    assert.deepEqual(handled, ['1', '2', '3']);
    await all.connection.close();
  });
});

describe('cumulative acknowledgements of one turn', () => {
  async function received(all: Scene): Promise<Message[]> {
    const messages: Message[] = [];
    await all.connection.subscribe('/queue/a', { ack: 'client' }, (message) => {
      messages.push(message);
    });
    deliver(all, ['1', '2', '3']);
    await until(() => messages.length === 3, 'three messages');
    return messages;
  }

  test('become one', async () => {
    const all = await scene({ profile: 'activemq' });
    await Promise.all((await received(all)).map((message) => message.ack()));
    await until(() => acked(all).length > 0, 'an ack');
    assert.deepEqual(acked(all), ['ack-3']);
    await all.connection.close();
  });

  test('out of order, do not take back what settles more', async () => {
    const all = await scene({ profile: 'activemq' });
    const [, second, third] = await received(all);
    third?.ack();
    second?.ack();
    await until(() => acked(all).length > 0, 'an ack');
    await settle();
    assert.equal(acked(all)[0], 'ack-3');
    await all.connection.close();
  });

  test('keep their place among other frames', async () => {
    const all = await scene({ profile: 'activemq' });
    const [first, second, third] = await received(all);
    first?.ack();
    const sending = all.connection.send('/queue/b', 'a failure of the second');
    second?.ack();
    third?.ack();
    await sending;
    assert.deepEqual(all.broker.session.commands.slice(2), ['ACK', 'SEND', 'ACK']);
    assert.deepEqual(acked(all), ['ack-1', 'ack-3']);
    await all.connection.close();
  });

  test('stay apart when one of them is waited for', async () => {
    const all = await scene({ profile: 'activemq' });
    const [first, second] = await received(all);
    await first?.ack({ receipt: true });
    await second?.ack({ receipt: true });
    assert.deepEqual(acked(all), ['ack-1', 'ack-2']);
    await all.connection.close();
  });
});

test('ack mode client is refused where it settles the messages of others, in either order', async () => {
  const { connection } = await scene({ profile: 'rabbitmq' });
  const refused = { code: 'STOMP_OPT_UNSAFE' };
  const first = await connection.subscribe('/queue/a', { ack: 'client-individual' });
  await assert.rejects(connection.subscribe('/queue/b', { ack: 'client' }), refused);
  await first.unsubscribe();
  await connection.subscribe('/queue/b', { ack: 'client' });
  await assert.rejects(connection.subscribe('/queue/c', { prefetch: 1 }), refused);
  await connection.subscribe('/queue/c', { ack: 'auto' });
  await connection.close();
});

describe('an acknowledgement', () => {
  test('after UNSUBSCRIBE is refused, because the message comes again', async () => {
    const all = await scene({ profile: 'stompbox' });
    const messages: Message[] = [];
    const subscription = await all.connection.subscribe(
      '/queue/a',
      { ack: 'client-individual' },
      (message) => void messages.push(message),
    );
    deliver(all, ['1']);
    await until(() => messages.length === 1, 'the message');
    await subscription.unsubscribe();
    await assert.rejects(messages[0]?.ack() ?? Promise.resolve(), {
      code: 'STOMP_NET_STALE_MESSAGE',
    });
    await all.connection.close();
  });
});
