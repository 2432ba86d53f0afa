import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AsyncBuffer } from '../dist/async-buffer.js';

describe('the buffer behind for await', () => {
  test('gives values in order to whoever asks, before or after they come', async () => {
    const buffer = new AsyncBuffer<number>();
    const early = [buffer.next(), buffer.next()];
    for (const value of [1, 2, 3]) buffer.push(value);
    assert.deepEqual(await Promise.all(early), [
      { value: 1, done: false },
      { value: 2, done: false },
    ]);
    assert.deepEqual(await buffer.next(), { value: 3, done: false });
  });

  test('stays in order while the producer keeps ahead for long', async () => {
    const buffer = new AsyncBuffer<number>();
    let taken = 0;
    for (let n = 0; n < 10_000; n++) {
      buffer.push(2 * n);
      buffer.push(2 * n + 1);
      assert.equal((await buffer.next()).value, taken++);
    }
    assert.equal(buffer.size, 10_000);
    assert.equal(buffer.clear(), 10_000);
    assert.equal(buffer.size, 0);
  });

  test('an end lets waiting consumers go and takes nothing more', async () => {
    const buffer = new AsyncBuffer<number>();
    const waiting = buffer.next();
    buffer.end();
    buffer.end();
    buffer.push(1);
    buffer.fail(new Error('too late'));
    assert.equal((await waiting).done, true);
    assert.equal((await buffer.next()).done, true);
  });

  test('a failure reaches one consumer, once', async () => {
    const buffer = new AsyncBuffer<number>();
    const [first, second] = [buffer.next(), buffer.next()];
    buffer.fail(new Error('gone'));
    await assert.rejects(first, { message: 'gone' });
    assert.equal((await second).done, true);
    assert.equal((await buffer.next()).done, true);
    const late = new AsyncBuffer<number>();
    late.push(1);
    late.fail(new Error('gone'));
    assert.equal((await late.next()).value, 1);
    await assert.rejects(late.next(), { message: 'gone' });
    assert.equal((await late.next()).done, true);
  });
});
