import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertSafeDedup,
  assertSafeDurableDeletion,
  assertSafeInTransaction,
  assertSafeNack,
  assertSafeSubscribe,
  checkAllowUnsafe,
  type Danger,
  PROFILE_NAMES,
  type ProfileName,
  profileOf,
} from '@stompbox/client';

type Allow = { readonly allowUnsafe?: readonly Danger[] };

/** Each refusal: at which brokers, and what is said. */
const refusals: readonly {
  readonly danger: Danger;
  readonly what: string;
  readonly at: readonly ProfileName[];
  readonly check: (name: ProfileName, options: Allow) => void;
  readonly text: RegExp;
}[] = [
  {
    danger: 'nack-discards',
    what: 'NACK',
    at: ['artemis'],
    check: (name, options) => assertSafeNack(profileOf(name), options),
    text: /would be gone.*send it to a queue for failures/,
  },
  {
    danger: 'settled-outside-transaction',
    what: 'ACK in a transaction',
    at: ['artemis'],
    check: (name, options) => assertSafeInTransaction(profileOf(name), 'ACK', options),
    text: /ignores the transaction of ACK.*commit the transaction first/,
  },
  {
    danger: 'nack-refused-in-transaction',
    what: 'NACK in a transaction',
    at: ['activemq'],
    check: (name, options) =>
      assertSafeInTransaction(profileOf(name), 'NACK', {
        allowUnsafe: ['settled-outside-transaction', ...(options.allowUnsafe ?? [])],
      }),
    text: /refuses NACK inside a transaction.*outside of the transaction/,
  },
  {
    danger: 'durable-without-client-id',
    what: 'a durable subscription without client-id',
    at: ['activemq', 'artemis', 'stompbox', 'generic'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'auto', durable: 'bills', ...options }),
    text: /nobody could come back.*clientId/,
  },
  {
    danger: 'durable-deletion-unknown',
    what: 'the deletion of a durable subscription',
    at: ['generic'],
    check: (name, options) => assertSafeDurableDeletion(profileOf(name), options),
    text: /option profile/,
  },
  {
    danger: 'prefetch-zero',
    what: 'a prefetch of 0',
    at: PROFILE_NAMES,
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'client-individual', prefetch: 0, ...options }),
    text: /at least 1/,
  },
  {
    danger: 'prefetch-without-ack',
    what: 'a prefetch with ack mode auto',
    at: ['artemis'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'auto', prefetch: 1, ...options }),
    text: /stops delivering.*client-individual/,
  },
  {
    danger: 'cumulative-ack',
    what: 'several handlers in ack mode client',
    at: PROFILE_NAMES,
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'client', concurrency: 2, ...options }),
    text: /whose handlers still run.*client-individual/,
  },
  {
    danger: 'cumulative-ack',
    what: 'a second subscription in ack mode client',
    at: ['rabbitmq'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'client', hasOtherCumulative: true, ...options }),
    text: /all subscriptions of a connection.*a connection for each/,
  },
  {
    danger: 'cumulative-ack',
    what: 'ack mode client beside a subscription in client-individual',
    at: ['rabbitmq'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'client', hasOtherAcked: true, ...options }),
    text: /all subscriptions of a connection.*a connection for each/,
  },
  {
    danger: 'cumulative-ack',
    what: 'ack mode client-individual beside a subscription in ack mode client',
    at: ['rabbitmq'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), {
        ack: 'client-individual',
        hasOtherCumulative: true,
        ...options,
      }),
    text: /all subscriptions of a connection.*a connection for each/,
  },
  {
    danger: 'selector-ignored',
    what: 'a selector',
    at: ['rabbitmq'],
    check: (name, options) =>
      assertSafeSubscribe(profileOf(name), { ack: 'auto', selector: 'a = 1', ...options }),
    text: /every message.*routing key/,
  },
  {
    danger: 'dedup-ignored',
    what: 'a dedup id',
    at: ['activemq', 'rabbitmq', 'generic'],
    check: (name, options) => assertSafeDedup(profileOf(name), options),
    text: /arrives twice.*leave dedupId out/,
  },
];

describe('what is not safe', () => {
  for (const { danger, what, at, check, text } of refusals) {
    for (const name of PROFILE_NAMES) {
      if (!at.includes(name)) {
        test(`${what} is nothing to refuse at ${name}`, () => {
          assert.doesNotThrow(() => check(name, {}));
        });
        continue;
      }
      test(`${what} is refused at ${name}, with the way out`, () => {
        assert.throws(() => check(name, {}), {
          name: 'OptionsError',
          code: 'STOMP_OPT_UNSAFE',
          message: text,
        });
        assert.throws(() => check(name, {}), { message: new RegExp(`\\['${danger}'\\]$`) });
      });

      test(`${what} may be taken on purpose at ${name}`, () => {
        assert.doesNotThrow(() => check(name, { allowUnsafe: [danger] }));
      });
    }
  }

  test('is not allowed by allowing something else', () => {
    const allowUnsafe: readonly Danger[] = ['selector-ignored'];
    assert.throws(() => assertSafeNack(profileOf('artemis'), { allowUnsafe }), {
      code: 'STOMP_OPT_UNSAFE',
    });
  });

  test('is allowed by names that exist', () => {
    assert.deepEqual(checkAllowUnsafe(['nack-discards']), ['nack-discards']);
    for (const wrong of [true, ['everything'], 'nack-discards']) {
      assert.throws(() => checkAllowUnsafe(wrong as never), {
        code: 'STOMP_OPT_INVALID',
        message: /allowUnsafe must be a list of 'nack-discards'/,
      });
    }
  });
});
