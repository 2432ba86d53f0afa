/** Whom a connector did not let in: every one counts, few are told of. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectorError } from '../../dist/transport/connector-error.js';
import { Refusals } from '../../dist/transport/refusals.js';
import { FakeClock } from '../fake-clock.js';

function refusing() {
  const clock = new FakeClock();
  const errors: ConnectorError[] = [];
  const refusals = new Refusals({ clock, onError: (error) => errors.push(error) });
  refusals.url = 'stomp://here:1';
  return { clock, errors, refusals };
}

describe('refusals', () => {
  test('are told at once, with where, why and the cause', () => {
    const { errors, refusals } = refusing();
    const cause = new Error('low level');
    refusals.add('STOMP_CONNECTOR_HANDSHAKE', 'gave up', cause);
    assert.deepEqual(
      errors.map(({ code, message, cause }) => ({ code, message, cause })),
      [{ code: 'STOMP_CONNECTOR_HANDSHAKE', message: 'stomp://here:1 gave up', cause }],
    );
  });

  test('of one reason are told once a minute, with how many were left out', () => {
    const { clock, errors, refusals } = refusing();
    for (let count = 0; count < 1000; count += 1) refusals.add('STOMP_CONNECTOR_FULL', 'is full');
    assert.equal(errors.length, 1);
    clock.advance(59_999);
    refusals.add('STOMP_CONNECTOR_FULL', 'is full');
    assert.equal(errors.length, 1);
    clock.advance(1);
    refusals.add('STOMP_CONNECTOR_FULL', 'is full');
    refusals.add('STOMP_CONNECTOR_FULL', 'is full');
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['stomp://here:1 is full', 'stomp://here:1 is full (and 1000 more since this was last told)'],
    );
    assert.equal(refusals.count, 1003);
  });

  test('of another reason are not held back by them', () => {
    const { errors, refusals } = refusing();
    refusals.add('STOMP_CONNECTOR_FULL', 'is full');
    refusals.add('STOMP_CONNECTOR_ORIGIN', 'refused');
    assert.equal(errors.length, 2);
  });
});
