/** What users of other clients complain about sending: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StompError } from '@stompbox/protocol';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { scene } from '../support/scene.js';
import { textOf, until } from '../support/scripted-broker.js';

/** True as soon as the promise has settled. */
function watch(promise: Promise<unknown>): { isSettled: boolean } {
  const state = { isSettled: false };
  const note = () => {
    state.isSettled = true;
  };
  promise.then(note, note);
  return state;
}

describe('whether a message was sent', () => {
  // stomp-js/stompjs#329, #402, #446, jasonrbriggs/stomp.py#210, gdaws/stompit#58
  test('is what the promise of send says, and nothing has to be asked for', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', 'x');
    const state = watch(sending);
    await until(() => broker.session.received('SEND').length === 1, 'the broker has it');
    await settle();
    assert.equal(state.isSettled, false, 'it is not confirmed');
    const [frame] = broker.session.received('SEND');
    assert.ok(frame);
    broker.session.receipt(frame);
    await sending;
    await connection.close();
  });

  // stompjs, rx-stomp and stompit never settle a receipt that was due when the connection broke
  test('is said also when the connection breaks before the answer', async () => {
    const all = await scene();
    all.broker.ignore('SEND');
    const sends = [1, 2, 3].map((n) => all.connection.send('/queue/a', `${n}`));
    const outcomes = Promise.allSettled(sends);
    await settle();
    await lose(all);
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.equal((outcome.reason as StompError).code, 'STOMP_NET_MAYBE_DELIVERED');
    }
    await all.connection.close();
  });

  // rx-stomp loses what was published just before the dead socket was noticed
  test('or it is sent again, when the application says that twice does no harm', async () => {
    const all = await scene();
    all.broker.ignore('SEND');
    const sending = all.connection.send('/queue/a', 'x', { resend: true });
    await settle();
    await lose(all);
    all.broker.answers.delete('SEND');
    await recover(all);
    await sending;
    assert.deepEqual(
      all.broker.sessions.map((session) => session.received('SEND').map(textOf)),
      [['x'], ['x']],
    );
    await all.connection.close();
  });

  // amqp-node/amqplib#191, #832, #841, #842
  test('is said to each of many sends, in spite of backpressure', async () => {
    const { connection, broker } = await scene();
    const { clientTransport } = broker.session;
    const sends = Array.from({ length: 5000 }, (_, n) => connection.send('/queue/a', `${n}`));
    const all = Promise.all(sends);
    const state = watch(all);
    for (let n = 0; !state.isSettled; n++) {
      clientTransport.takesMore = n % 2 === 0;
      if (clientTransport.takesMore) clientTransport.drain();
      await settle();
    }
    await all;
    const bodies = broker.session.received('SEND').map(textOf);
    assert.deepEqual(
      bodies,
      bodies.map((_, n) => `${n}`),
    );
    assert.equal(bodies.length, 5000);
    await connection.close();
  });
});

describe('a send while there is no connection', () => {
  // stomp-js/stompjs#109, #526, stomp-js/ng2-stompjs#177, stomp-js/rx-stomp#484
  test('waits for it instead of throwing', async () => {
    const all = await scene();
    await lose(all);
    const sending = all.connection.send('/queue/a', 'x');
    const state = watch(sending);
    await settle();
    assert.equal(state.isSettled, false);
    await recover(all);
    await sending;
    assert.deepEqual(all.broker.session.received('SEND').map(textOf), ['x']);
    await all.connection.close();
  });

  // nats-io/nats.node#80
  test('that waited too long is not sent later', async () => {
    const all = await scene({ reconnect: { jitter: 'none', initialDelayMs: 10_000 } });
    await lose(all);
    const stale = all.connection.send('/queue/prices', 'old', { timeoutMs: 1000 });
    const expired = assert.rejects(stale, { code: 'STOMP_NET_TIMEOUT_NOT_SENT' });
    await all.clock.advance(1000);
    await expired;
    const fresh = all.connection.send('/queue/prices', 'new');
    await recover(all, 9000);
    await fresh;
    assert.deepEqual(all.broker.session.received('SEND').map(textOf), ['new']);
    await all.connection.close();
  });

  // redis/ioredis#61, #76, #285, redis/node-redis#932, #1039; the queue of rx-stomp
  test('is refused when too many wait already, and the others are kept', async () => {
    const all = await scene({ offline: { maxMessages: 100 } });
    await lose(all);
    const kept = Array.from({ length: 100 }, (_, n) => all.connection.send('/queue/a', `${n}`));
    await assert.rejects(all.connection.send('/queue/a', 'one more'), {
      code: 'STOMP_NET_QUEUE_FULL',
    });
    await recover(all);
    await Promise.all(kept);
    assert.equal(all.broker.session.received('SEND').length, 100);
    await all.connection.close();
  });

  // easternbloc/node-stomp-client#76: the queue has a limit by default
  test('cannot pile up without a limit even when nobody sets one', async () => {
    const all = await scene();
    await lose(all);
    const outcomes = Promise.allSettled(
      Array.from({ length: 10_001 }, () => all.connection.send('/queue/a', 'x')),
    );
    await all.connection.close();
    const refused = (await outcomes).filter(
      (outcome) =>
        outcome.status === 'rejected' &&
        (outcome.reason as StompError).code === 'STOMP_NET_QUEUE_FULL',
    );
    assert.equal(refused.length, 1);
  });
});
