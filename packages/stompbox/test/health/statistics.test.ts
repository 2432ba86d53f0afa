/** What follows from the broker's numbers, and what else explains them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ConsumerStatistics,
  plainQueueName,
  type QueueStatistics,
  tellsStatistics,
} from '../../dist/health/broker-statistics.js';
import { resolveHealthOptions } from '../../dist/health/health-options.js';
import { type KeyedListener, withKeys } from '../../dist/health/listener-watches.js';
import { StatisticsWatch } from '../../dist/health/statistics-watch.js';
import { FakeClock } from './fake-clock.js';
import { FakeService } from './fake-service.js';

const WAITING: QueueStatistics = { size: 5, inflight: 0, dispatched: 7, consumers: 1 };

const OURS: ConsumerStatistics = {
  destination: 'orders',
  isOurs: true,
  inflight: 0,
  prefetch: 1,
  hasSelector: false,
  isExclusive: false,
};

/** A listener on /queue/orders that has nothing, and rounds of questions 60 s apart. */
class Rounds {
  readonly service = new FakeService(new FakeClock());
  readonly listener = this.service.runs('A');
  readonly #watch = new StatisticsWatch(resolveHealthOptions({ undeliveredMs: 60_000 }));
  #nowMs = 0;

  /** The code, if the listener is accused. */
  round(queue: QueueStatistics | undefined, consumers: readonly ConsumerStatistics[]) {
    const suspects = this.#watch.noteQueues(
      new Map([['orders', queue]]),
      [this.#keyed],
      this.#nowMs,
    );
    if (suspects.length > 0) this.#watch.noteConsumers(consumers, suspects, this.#nowMs);
    this.#nowMs += 60_000;
    return this.accusation;
  }

  get accusation() {
    return this.#watch.viewOf(this.#keyed).evidence?.code;
  }

  get #keyed(): KeyedListener {
    const [keyed] = withKeys(this.service.snapshot().listeners);
    assert.ok(keyed);
    return keyed;
  }
}

describe('messages that wait while nobody is given any', () => {
  test('accuse the subscription in the third round, and no longer when one was delivered', () => {
    const rounds = new Rounds();
    assert.equal(rounds.round(WAITING, [OURS]), undefined, 'they may have come just now');
    assert.equal(rounds.round(WAITING, [OURS]), undefined, 'nothing has moved since then');
    assert.equal(rounds.round(WAITING, [OURS]), 'not-delivered');
    rounds.listener.lastDeliveryAtMs = 1;
    assert.equal(rounds.accusation, undefined);
  });

  for (const [why, consumers] of [
    ['a selector of ours', [{ ...OURS, hasSelector: true }]],
    ['an exclusive consumer', [OURS, { ...OURS, isOurs: false, isExclusive: true }]],
    ['another consumer that is full', [OURS, { ...OURS, isOurs: false, inflight: 1 }]],
  ] as const) {
    test(`are explained by ${why}`, () => {
      const rounds = new Rounds();
      for (let round = 0; round < 5; round += 1) {
        assert.equal(rounds.round(WAITING, consumers), undefined);
      }
    });
  }

  test('are nothing while others are given some', () => {
    const rounds = new Rounds();
    for (let dispatched = 1; dispatched < 6; dispatched += 1) {
      assert.equal(rounds.round({ ...WAITING, dispatched }, [OURS]), undefined);
    }
  });

  test('are nothing while the listener is busy', () => {
    const rounds = new Rounds();
    rounds.listener.handlingCount = 1;
    for (let round = 0; round < 5; round += 1) {
      assert.equal(rounds.round(WAITING, [{ ...OURS, inflight: 1 }]), undefined);
    }
  });
});

describe('messages that the broker holds for us and that we do not have', () => {
  test('are lost after a minute', () => {
    const rounds = new Rounds();
    const queue = { ...WAITING, size: 1, inflight: 1 };
    const holding = [{ ...OURS, inflight: 1 }];
    assert.equal(rounds.round(queue, holding), undefined);
    assert.equal(rounds.round(queue, holding), 'delivery-lost');
  });

  test('are others when the broker says so', () => {
    const rounds = new Rounds();
    const queue = { ...WAITING, size: 1, inflight: 1 };
    for (let round = 0; round < 5; round += 1) {
      assert.equal(rounds.round(queue, [OURS, { ...OURS, isOurs: false, inflight: 1 }]), undefined);
    }
  });
});

describe('a consumer', () => {
  test('that the broker does not list is not subscribed', () => {
    assert.equal(new Rounds().round(undefined, []), 'not-subscribed');
    assert.equal(new Rounds().round({ ...WAITING, consumers: 0 }, []), 'not-subscribed');
    const rounds = new Rounds();
    const other = [{ ...OURS, isOurs: false }];
    rounds.round(WAITING, other);
    rounds.round(WAITING, other);
    assert.equal(rounds.round(WAITING, other), 'not-subscribed');
    assert.equal(rounds.round({ ...WAITING, size: 0 }, [OURS]), undefined, 'nothing waits now');
  });
});

test('only what is one queue is asked for', () => {
  assert.equal(plainQueueName('/queue/orders'), 'orders');
  assert.equal(plainQueueName('orders'), 'orders');
  for (const none of [
    '/topic/news',
    '/queue/a.>',
    '/queue/a,/queue/b',
    '/queue/*',
    '/temp-queue/x',
  ]) {
    assert.equal(plainQueueName(none), undefined, none);
  }
});

test('only who answers is asked, others only on demand', () => {
  const asked = (wish: boolean | 'auto') =>
    (['activemq', 'artemis', 'rabbitmq', 'stompbox', 'generic'] as const).filter((name) =>
      tellsStatistics(name, wish),
    );
  assert.deepEqual(asked('auto'), ['stompbox']);
  assert.deepEqual(asked(true), ['activemq', 'stompbox']);
  assert.deepEqual(asked(false), []);
});
