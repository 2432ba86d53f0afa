/** The clock of a test: what it drives, and in which order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testBroker, testMessaging } from 'stompbox/testing';

describe('the clock of a test', () => {
  test('stands still until it is moved', async () => {
    await using t = await testMessaging({ startAt: 1_000 });
    assert.equal(t.clock.now(), 1_000);
    await t.advance(2_500);
    assert.equal(t.clock.now(), 3_500);
    assert.equal(t.broker.ports.now(), 3_500);
  });

  test('fires timers in the order of their times, and lets each come to rest', async () => {
    await using broker = await testBroker({ startAt: 0 });
    const { clock } = broker;
    const journal: string[] = [];
    const note = (what: string) => journal.push(`${clock.now()} ${what}`);
    clock.setTimer(() => note('late'), 300);
    clock.setTimer(async () => {
      note('early');
      await new Promise((resolve) => setImmediate(resolve));
      clock.setTimer(() => note('its own'), 100);
    }, 100);
    clock.setTimer(() => note('same time'), 100);
    clock.setTimer(() => note('cancelled'), 50)();
    await clock.advance(250);
    assert.deepEqual(journal, ['100 early', '100 same time', '200 its own']);
    assert.equal(clock.nextTimerInMs, 50);
    await clock.advance(50);
    assert.equal(journal.at(-1), '300 late');
  });

  test('need not move for what is due at once', async () => {
    await using broker = await testBroker();
    const fired = await new Promise((resolve) => broker.clock.setTimer(() => resolve('now'), 0));
    assert.equal(fired, 'now');
  });

  test('is not held up by a message that is requeued for ever', async () => {
    await using broker = await testBroker({ profile: 'rabbitmq', startAt: 0 });
    const connection = await broker.connect();
    let count = 0;
    await connection.subscribe('/queue/a', { ack: 'client-individual' }, async (message) => {
      count += 1;
      await message.nack();
    });
    await connection.send('/queue/a', 'x');
    await broker.clock.advance(0);
    assert.ok(count > 100, `it came ${count} times`);
    assert.equal(broker.clock.now(), 0);
  });

  test('makes messages expire', async () => {
    await using t = await testMessaging();
    await t.send('/queue/a', 'x', { timeToLiveMs: 60_000 });
    await t.advance(59_999);
    assert.equal((await t.messages('a')).length, 1);
    await t.advance(30_001);
    assert.equal((await t.messages('a')).length, 0);
    assert.equal((await t.messages('DLQ.a')).length, 1);
  });

  test('makes scheduled messages come', async () => {
    await using t = await testMessaging();
    await t.send('/queue/a', 'x', { delayMs: 86_400_000 });
    await t.advance(86_399_999);
    assert.equal((await t.messages('a')).length, 0);
    await t.advance(1);
    assert.equal((await t.messages('a')).length, 1);
  });

  test('keeps both ends alive by heart-beats, for hours', async () => {
    await using t = await testMessaging();
    const connection = await t.messaging.getConnection();
    await t.advance(3 * 3_600_000);
    assert.equal(connection.state, 'connected');
    assert.equal(t.messaging.snapshot().connection.reconnects, 0);
  });

  for (const ms of [-1, Number.NaN, '5']) {
    test(`cannot be moved by ${ms}`, async () => {
      await using t = await testMessaging();
      await assert.rejects(t.advance(ms as number), { code: 'STOMP_OPT_INVALID' });
    });
  }

  test('is the system’s with a port, and then it cannot be moved', async () => {
    await using broker = await testBroker({ port: 0 });
    assert.equal(broker.clock.isFake, false);
    await assert.rejects(broker.clock.advance(1), {
      code: 'STOMP_OPT_INVALID',
      message: /cannot move the system's time/,
    });
  });
});
