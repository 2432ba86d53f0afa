/** When a listener pauses, and how it goes on. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CircuitState } from 'stompbox';
import { CircuitBreaker } from '../../dist/failure/circuit-breaker.js';
import { type CircuitOptions, checkCircuit } from '../../dist/failure/circuit-options.js';
import { settled } from '../support/events.js';
import { MovingClock } from '../support/moving-clock.js';

function breaker(options: CircuitOptions = {}) {
  const clock = new MovingClock();
  const states: CircuitState[] = [];
  const resolved = checkCircuit({ consecutiveFailures: 3, probeEveryMs: 100, ...options });
  assert.ok(resolved);
  const circuit = new CircuitBreaker(resolved, clock, (state) => states.push(state));
  let admitted = 0;
  const admit = async () => {
    await circuit.admit();
    admitted += 1;
  };
  return { circuit, clock, states, admit, admitted: () => admitted };
}

describe('a circuit breaker', () => {
  test('opens after so many failures in a row, and lets nothing through', async () => {
    const { circuit, states, admit, admitted } = breaker();
    circuit.record(false);
    circuit.record(false);
    circuit.record(true);
    circuit.record(false);
    circuit.record(false);
    assert.equal(circuit.state, 'closed');
    circuit.record(false);
    assert.equal(circuit.state, 'open');
    void admit();
    await settled();
    assert.equal(admitted(), 0);
    assert.deepEqual(states, ['open']);
  });

  test('lets one message through each time, until one succeeds', async () => {
    const { circuit, clock, states, admit, admitted } = breaker();
    for (let failure = 0; failure < 3; failure += 1) circuit.record(false);
    void admit();
    void admit();
    clock.move(100);
    await settled();
    assert.equal(admitted(), 1);
    circuit.record(false);
    await settled();
    assert.deepEqual([circuit.state, admitted()], ['open', 1]);
    clock.move(100);
    await settled();
    assert.equal(admitted(), 2);
    circuit.record(true);
    await admit();
    assert.equal(admitted(), 3);
    assert.deepEqual(states, ['open', 'half-open', 'open', 'half-open', 'closed']);
  });

  test('gives the turn to the next message when the probe ended without an attempt', async () => {
    const { circuit, clock, admit, admitted } = breaker();
    for (let failure = 0; failure < 3; failure += 1) circuit.record(false);
    clock.move(100);
    await admit();
    void admit();
    await settled();
    assert.equal(admitted(), 1);
    circuit.release();
    await settled();
    assert.equal(admitted(), 2);
  });

  test('opens when too large a part of the window failed', () => {
    const { circuit, clock } = breaker({ minAttempts: 10, windowMs: 1000, failureRate: 0.5 });
    for (let attempt = 0; attempt < 9; attempt += 1) circuit.record(attempt % 2 === 0);
    assert.equal(circuit.state, 'closed');
    circuit.record(false);
    assert.equal(circuit.state, 'open');
    clock.move(100);
  });

  test('forgets what is older than the window', () => {
    const { circuit, clock } = breaker({ minAttempts: 4, windowMs: 1000 });
    circuit.record(false);
    circuit.record(false);
    circuit.record(true);
    clock.move(1100);
    circuit.record(false);
    assert.equal(circuit.state, 'closed');
  });

  test('that ends lets everyone through and keeps no timer', async () => {
    const { circuit, clock, admit, admitted } = breaker();
    for (let failure = 0; failure < 3; failure += 1) circuit.record(false);
    void admit();
    void admit();
    circuit.end();
    await settled();
    assert.equal(admitted(), 2);
    assert.equal(clock.timerCount, 0);
    circuit.record(false);
    assert.equal(circuit.state, 'closed');
  });
});

test('a wrong option of circuit is refused', () => {
  assert.throws(
    () => checkCircuit({ failureRate: 0 }),
    /circuit\.failureRate must be a number above 0/,
  );
  assert.throws(() => checkCircuit({ probeMs: 1 } as object), { code: 'STOMP_OPT_UNKNOWN' });
  assert.equal(checkCircuit(false), undefined);
});
