/** The parts that decide when a message is handled. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchCollector } from '../../dist/listener/batch-collector.js';
import { concurrencyOf, isConcurrency } from '../../dist/listener/concurrency.js';
import { GroupLanes } from '../../dist/listener/group-lanes.js';
import { HandlerSignal } from '../../dist/listener/handler-signal.js';
import { RateLimiter } from '../../dist/listener/rate-limiter.js';
import { Slots } from '../../dist/listener/slots.js';
import { SlowWatch } from '../../dist/listener/slow-watch.js';
import { gate, settled } from '../support/events.js';
import { MovingClock } from '../support/moving-clock.js';

describe('concurrency', () => {
  test('is a number or a range in the syntax of JMS', () => {
    assert.deepEqual(concurrencyOf(4), { min: 4, max: 4 });
    assert.deepEqual(concurrencyOf('5-10'), { min: 5, max: 10 });
    for (const wrong of [0, -1, 1.5, '0-3', '5-4', 'x', '1-10001', Number.NaN, {}, null]) {
      assert.equal(isConcurrency(wrong), false, String(wrong));
    }
  });

  test('is never more than the most, until nothing is handled any more', async () => {
    const slots = new Slots(2);
    for (let count = 1; count <= 2; count += 1) {
      await slots.free();
      slots.take();
    }
    const isFree = async () => {
      let isResolved = false;
      void slots.free().then(() => {
        isResolved = true;
      });
      await settled();
      return isResolved;
    };
    assert.equal(await isFree(), false);
    slots.give();
    assert.equal(await isFree(), true);
    slots.take();
    assert.equal(await isFree(), false);
    slots.open();
    assert.equal(await isFree(), true);
  });
});

describe('a batch', () => {
  test('is complete when it is full, or when its time is over', () => {
    const clock = new MovingClock();
    const batches: (readonly number[])[] = [];
    const collector = new BatchCollector<number>({ size: 3, timeoutMs: 100 }, clock, (batch) =>
      batches.push(batch),
    );
    for (const item of [1, 2, 3, 4]) collector.add(item);
    assert.deepEqual(batches, [[1, 2, 3]]);
    assert.equal(collector.waitingCount, 1);
    clock.move(99);
    collector.add(5);
    clock.move(1);
    assert.deepEqual(batches, [
      [1, 2, 3],
      [4, 5],
    ]);
    collector.flush();
    assert.equal(batches.length, 2, 'there is no empty batch');
    assert.equal(clock.timerCount, 0);
  });
});

describe('a rate limit', () => {
  test('lets so many begin within any stretch of its time', async () => {
    const clock = new MovingClock();
    const limiter = new RateLimiter({ max: 2, perMs: 100 }, clock);
    const { signal } = new AbortController();
    await limiter.pass(signal);
    clock.move(60);
    await limiter.pass(signal);
    let passed = 0;
    const next = limiter.pass(signal).then(() => {
      passed += 1;
    });
    await settled();
    clock.move(39);
    await settled();
    assert.equal(passed, 0);
    clock.move(1);
    await next;
    assert.equal(passed, 1);
  });

  test('ends when the listener drains', async () => {
    const limiter = new RateLimiter({ max: 1, perMs: 100 }, new MovingClock());
    const draining = new AbortController();
    await limiter.pass(draining.signal);
    const waiting = limiter.pass(draining.signal);
    const reason = new Error('drains');
    draining.abort(reason);
    await assert.rejects(waiting, reason);
  });
});

describe('messages of one group', () => {
  test('are handled one after the other, those of others beside them', async () => {
    const lanes = new GroupLanes();
    const gates = { a1: gate(), a2: gate(), b1: gate() };
    const begun: string[] = [];
    const run = (group: string, name: keyof typeof gates) =>
      lanes.run([group], async () => {
        begun.push(name);
        await gates[name].promise;
      });
    const all = [run('a', 'a1'), run('a', 'a2'), run('b', 'b1')];
    await settled();
    assert.deepEqual(begun, ['a1', 'b1']);
    gates.a1.open();
    await settled();
    assert.deepEqual(begun, ['a1', 'b1', 'a2']);
    gates.a2.open();
    gates.b1.open();
    await Promise.all(all);
  });

  test('go on after one of them failed', async () => {
    const lanes = new GroupLanes();
    const failing = lanes.run(['a'], () => Promise.reject(new Error('boom')));
    const next = lanes.run(['a', 'b'], () => Promise.resolve());
    await assert.rejects(failing, /boom/);
    await next;
  });
});

describe('a slow handler', () => {
  test('is told once, and one timer serves all', () => {
    const clock = new MovingClock(0);
    const slow: string[] = [];
    const watch = new SlowWatch<{ startedAtMs: number; name: string }>(
      100,
      clock,
      clock.now,
      (one) => slow.push(one.name),
    );
    const first = { startedAtMs: 0, name: 'first' };
    watch.add(first);
    clock.move(60);
    const second = { startedAtMs: 60, name: 'second' };
    watch.add(second);
    assert.equal(clock.timerCount, 1);
    clock.move(40);
    assert.deepEqual(slow, ['first']);
    watch.delete(second);
    assert.equal(clock.timerCount, 0);
    clock.move(1000);
    assert.deepEqual(slow, ['first']);
  });
});

test('a signal that is asked for after its time is over is aborted', () => {
  const signal = new HandlerSignal();
  const reason = new Error('too late');
  signal.abort(reason);
  assert.equal(signal.signal.aborted, true);
  assert.equal(signal.signal.reason, reason);
});
