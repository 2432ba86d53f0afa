/** What follows on a failed attempt. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  HandlerTimeoutError,
  InvalidBodyError,
  UnreadableBodyError,
  UnrecoverableError,
} from 'stompbox';
import { resolveRetry } from '../../dist/failure/retry-options.js';
import {
  delayedStep,
  isUnrecoverable,
  maxAttemptsOf,
  nextStep,
} from '../../dist/failure/retry-plan.js';

const retry = resolveRetry({ immediateMs: [0, 200], delayedMs: [1000, 5000], jitter: 0 });
const first = { failedAttempts: 0, delayedRetries: 0, firstFailureAt: undefined };
const boom = new Error('boom');
const half = () => 0.5;

describe('after a failed attempt', () => {
  test('of the first delivery come the retries at once, then the delayed ones', () => {
    const steps = [1, 2, 3].map((failedNow) => nextStep(retry, first, failedNow, boom, half));
    assert.deepEqual(steps, [
      { kind: 'immediate', waitMs: 0 },
      { kind: 'immediate', waitMs: 200 },
      { kind: 'delayed', delayMs: 1000, levelMs: 1000 },
    ]);
  });

  test('of a message that has waited comes the next delay, with no retry at once', () => {
    const later = { failedAttempts: 3, delayedRetries: 1, firstFailureAt: undefined };
    const step = nextStep(retry, later, 1, boom, half);
    assert.deepEqual(step, { kind: 'delayed', delayMs: 5000, levelMs: 5000 });
  });

  test('there is an end', () => {
    const last = { failedAttempts: 4, delayedRetries: 2, firstFailureAt: undefined };
    assert.deepEqual(nextStep(retry, last, 1, boom, half), { kind: 'dead-letter' });
    assert.equal(maxAttemptsOf(retry), 5);
  });

  test('that ran out of time, the handler is not called again at once: it may still run', () => {
    const step = nextStep(retry, first, 1, new HandlerTimeoutError('orders', 10), half);
    assert.equal(step.kind, 'delayed');
  });

  test('without retries comes the dead letter', () => {
    assert.deepEqual(nextStep(resolveRetry(false), first, 1, boom, half), { kind: 'dead-letter' });
  });

  test('the delay is up to the jitter longer or shorter', () => {
    const jittery = resolveRetry({ immediateMs: [], delayedMs: [1000], jitter: 0.2 });
    const delays = [0, 0.5, 1].map((chance) => {
      const step = nextStep(jittery, first, 1, boom, () => chance);
      return step.kind === 'delayed' ? [step.delayMs, step.levelMs] : step;
    });
    assert.deepEqual(delays, [
      [800, 1000],
      [1000, 1000],
      [1200, 1000],
    ]);
  });

  test('a handler may choose the delay, but not more tries', () => {
    assert.deepEqual(delayedStep(retry, 1, 77, half), {
      kind: 'delayed',
      delayMs: 77,
      levelMs: 77,
    });
    assert.deepEqual(delayedStep(retry, 2, 77, half), { kind: 'dead-letter' });
  });
});

describe('no retry can mend', () => {
  class CardRefused extends Error {}
  const own = resolveRetry({
    unrecoverable: [CardRefused, 'ERR_CARD', 'TypeError'],
    retryIf: (error) => !(error instanceof RangeError),
  });
  const unmendable: readonly (readonly [string, unknown])[] = [
    ['what the listener calls unrecoverable', new UnrecoverableError('no such customer')],
    ['a body that the schema refuses', new InvalidBodyError('/queue/a', [])],
    ['a body that cannot be read', new UnreadableBodyError('is not JSON')],
    ['an error of a class that is named', new CardRefused('no')],
    ['an error with a code that is named', Object.assign(new Error('no'), { code: 'ERR_CARD' })],
    ['an error with a name that is named', new TypeError('no')],
    ['what retryIf says no to', new RangeError('no')],
  ];
  for (const [what, error] of unmendable) {
    test(what, () => {
      assert.equal(isUnrecoverable(error, own), true);
      assert.equal(nextStep(own, first, 1, error, half).kind, 'dead-letter');
    });
  }

  test('but any other error, a text or nothing', () => {
    for (const error of [boom, 'text', undefined, null, { code: 'OTHER' }]) {
      assert.equal(isUnrecoverable(error, own), false);
    }
  });
});

describe('a wrong option of retry is refused', () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ immediateMs: [-1] }, /retry\.immediateMs must be a list/],
    [{ delayedMs: 5 }, /retry\.delayedMs must be a list/],
    [{ jitter: 2 }, /retry\.jitter must be a number from 0 to 1/],
    [{ delayBy: 'x' }, /retry\.delayBy must be 'auto', 'schedule' or 'hold'/],
    [{ unrecoverable: [() => true] }, /retry\.unrecoverable must be a list of error classes/],
    [{ unrecoverable: [1] }, /retry\.unrecoverable must be a list of error classes/],
    [{ delay: [1] }, /did you mean "delayedMs"/],
  ];
  for (const [options, message] of wrong) {
    test(JSON.stringify(options), () => assert.throws(() => resolveRetry(options), message));
  }
});
