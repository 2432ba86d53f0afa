/** The list of policies: what it means for a destination, and what is wrong in it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrokerOptions, DestinationPolicyEntry } from '@stompbox/broker';
import { resolveOptions } from '../../dist/options.js';
import { deadLetterQueueOf } from '../../dist/policy/destination-policy.js';

const policiesOf = (policies: readonly DestinationPolicyEntry[], base: BrokerOptions = {}) =>
  resolveOptions({ ...base, policies }).policies;

const queue = (name: string) => ({ kind: 'queue', name }) as const;

describe('the policy of a destination', () => {
  test('is that of the later entry, setting by setting', () => {
    const policies = policiesOf([
      { destination: '/queue/>', prefetch: 1, maxMessages: 10, redelivery: { maxRedeliveries: 1 } },
      { destination: '/queue/a.*', prefetch: 2, redelivery: { multiplier: 5 } },
      { destination: '/queue/a.b', prefetch: 3, deadLetter: { expired: false } },
      { destination: '/queue/a.*', topicLimits: { maxBacklogBytes: 7 } },
    ]);
    const policy = policies.policyOf(queue('a.b'));
    assert.deepEqual([policy.prefetch, policy.maxMessages], [3, 10]);
    assert.deepEqual([policy.redelivery.maxRedeliveries, policy.redelivery.multiplier], [1, 5]);
    assert.deepEqual([policy.deadLetter.queue, policy.deadLetter.expired], ['DLQ.*', false]);
    assert.deepEqual(policy.topicLimits, { maxBacklogMessages: 100_000, maxBacklogBytes: 7 });
    assert.equal(policies.policyOf(queue('a.c')).prefetch, 2);
    assert.equal(policies.policyOf(queue('c')).prefetch, 1);
  });

  test('begins with what the broker says of all', () => {
    const policies = policiesOf([{ destination: 'a', redelivery: { jitter: 1 } }], {
      redelivery: { maxRedeliveries: 9 },
      deadLetter: { queue: 'ActiveMQ.DLQ' },
      topicLimits: { maxBacklogMessages: 4 },
    });
    for (const name of ['a', 'b']) {
      const { redelivery, deadLetter, topicLimits } = policies.policyOf(queue(name));
      assert.equal(redelivery.maxRedeliveries, 9);
      assert.equal(redelivery.jitter, name === 'a' ? 1 : 0);
      assert.equal(deadLetter.queue, 'ActiveMQ.DLQ');
      assert.equal(topicLimits.maxBacklogMessages, 4);
    }
  });

  test('is that of its kind', () => {
    const policies = policiesOf([
      { destination: 'a', prefetch: 1 },
      { destination: '/topic/a', prefetch: 2 },
      { destination: '/temp-queue/>', prefetch: 3 },
      { destination: '/temp-topic/>', prefetch: 4 },
    ]);
    const kinds = ['queue', 'topic', 'temp-queue', 'temp-topic'] as const;
    const found = kinds.map((kind) => policies.policyOf({ kind, name: 'a' }).prefetch);
    assert.deepEqual(found, [1, 2, 3, 4]);
  });

  test('keeps its default where a setting is undefined', () => {
    const nothing = {
      destination: '>',
      prefetch: undefined,
      redelivery: { jitter: undefined, multiplier: undefined },
      deadLetter: { queue: undefined },
      topicLimits: { maxBacklogBytes: undefined },
    };
    const policies = resolveOptions(untyped({ policies: [nothing] })).policies;
    assert.deepEqual(
      policies.policyOf(queue('a')),
      resolveOptions({}).policies.policyOf(queue('a')),
    );
  });

  test('with one dead letter queue for all makes only that one a dead letter queue', () => {
    const policies = policiesOf([], { deadLetter: { queue: 'ActiveMQ.DLQ' } });
    assert.equal(policies.isDeadLetterQueue('ActiveMQ.DLQ'), true);
    assert.equal(policies.isDeadLetterQueue('ActiveMQ.DLQ.a'), false);
    assert.equal(policiesOf([]).isDeadLetterQueue('DLQ.a'), true);
    assert.equal(policiesOf([]).isDeadLetterQueue('DLQ.'), false);
  });

  test('names one dead letter queue for all temporary destinations of a kind', () => {
    const policy = policiesOf([]).policyOf(queue('a'));
    assert.equal(deadLetterQueueOf(policy, queue('$&')), 'DLQ.$&');
    assert.equal(
      deadLetterQueueOf(policy, { kind: 'temp-queue', name: 'ID-1:x' }),
      'DLQ.temp-queue',
    );
  });
});

describe('a policy with a value that makes no sense', () => {
  for (const [name, entry] of [
    ['policies[0]', 5],
    ['policies[0]', null],
    ['policies[0].destination', {}],
    ['policies[0].destination', { destination: '' }],
    ['policies[0].destination', { destination: '/queue/' }],
    ['policies[0].destination', { destination: '/queue/a,/queue/b' }],
    ['policies[0].destination', { destination: 7 }],
    ['policies[0].redelivery', { redelivery: null }],
    ['policies[0].redelivery', { redelivery: false }],
    ['policies[0].redelivery.jitter', { redelivery: { jitter: 2 } }],
    ['policies[0].redelivery.maxDeliveries', { redelivery: { maxDeliveries: 1.5 } }],
    ['policies[0].redelivery.maxRedeliveries', { redelivery: { maxRedeliveries: 2.5 } }],
    ['policies[0].deadLetter', { deadLetter: 'DLQ' }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: '' } }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: '*' } }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: '/queue/DLQ' } }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: 'DLQ.>' } }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: 'a,b' } }],
    ['policies[0].deadLetter.queue', { deadLetter: { queue: ' DLQ' } }],
    ['policies[0].deadLetter.expired', { deadLetter: { expired: 'yes' } }],
    ['policies[0].deadLetter.nonPersistentExpired', { deadLetter: { nonPersistentExpired: 1 } }],
    ['policies[0].topicLimits', { topicLimits: [] }],
    ['policies[0].topicLimits.maxBacklogMessages', { topicLimits: { maxBacklogMessages: -1 } }],
    ['policies[0].prioritized', { prioritized: 'yes' }],
    ['policies[0].persistence', { persistence: 'sometimes' }],
    ['policies[0].defaultTimeToLiveMs', { defaultTimeToLiveMs: -1 }],
    ['policies[0].maxTimeToLiveMs', { maxTimeToLiveMs: '1s' }],
    ['policies[0].prefetch', { prefetch: 1.5 }],
    ['policies[0].maxMessages', { maxMessages: Number.NaN }],
    ['policies[0].retainedMessages', { retainedMessages: null }],
  ] as const) {
    test(`is refused by name: ${name}, ${JSON.stringify(entry)}`, () => {
      const isEntry = typeof entry === 'object' && entry !== null;
      const named = isEntry ? { destination: 'a', ...entry } : entry;
      const isNameless = isEntry && Object.keys(entry).length === 0;
      const options = untyped({ policies: [isNameless ? {} : named] });
      assert.throws(() => resolveOptions(options), {
        name: 'OptionsError',
        code: 'STOMP_OPT_INVALID',
        message: new RegExp(`^${escaped(name)} must be `),
      });
    });
  }

  for (const [name, entry] of [
    ['policies[0].prefech', { destination: 'a', prefech: 1 }],
    ['policies[0].deadLetter.queues', { destination: 'a', deadLetter: { queues: 'x' } }],
    ['policies[0].redelivery.retries', { destination: 'a', redelivery: { retries: 1 } }],
    ['policies[0].topicLimits.max', { destination: 'a', topicLimits: { max: 1 } }],
  ] as const) {
    test(`is unknown by name: ${name}`, () => {
      assert.throws(() => resolveOptions(untyped({ policies: [entry] })), {
        name: 'OptionsError',
        code: 'STOMP_OPT_UNKNOWN',
        message: new RegExp(`${escaped(name)}; known: `),
      });
    });
  }

  test('is refused when there is no list of them', () => {
    assert.throws(() => resolveOptions(untyped({ policies: {} })), {
      code: 'STOMP_OPT_INVALID',
      message: /^policies must be a list/,
    });
  });
});

/** What a program without types may pass. */
function untyped(options: unknown): BrokerOptions {
  return options as BrokerOptions;
}

function escaped(text: string): string {
  return text.replace(/[[\].]/g, '\\$&');
}
