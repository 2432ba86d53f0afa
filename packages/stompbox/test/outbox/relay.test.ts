/** What a relay does with messages that can be sent. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { currentCorrelationId, withCorrelationId } from 'stompbox';
import { startRelay } from 'stompbox/outbox';
import { gate, settled } from '../support/events.js';
import { stage } from './stage.js';

describe('a relay', () => {
  test('sends what was put in, before it began and after', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    await outbox.send(database, '/queue/a', { n: 1 });
    const { relay: running, types } = relay({ pollMs: 100 });
    await clock.advance(0);
    await outbox.send(database, '/queue/a', { n: 2 });
    await clock.advance(99);
    assert.deepEqual(broker.bodies, ['{"n":1}']);
    await clock.advance(1);
    assert.deepEqual(broker.bodies, ['{"n":1}', '{"n":2}']);
    assert.deepEqual(column('state'), ['sent', 'sent']);
    assert.deepEqual(types(), ['claimed', 'sent', 'claimed', 'sent']);
    assert.deepEqual(await running.status(), {
      state: 'idle',
      pendingCount: 0,
      oldestPendingAgeMs: 0,
      failedCount: 0,
      sentCount: 2,
      lastError: undefined,
    });
  });

  test('marks a message as sent only after the receipt', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const receipt = gate();
    broker.onSend = () => receipt.promise;
    await outbox.send(database, '/queue/a', 1);
    const { relay: running } = relay();
    await clock.advance(5);
    assert.equal(running.state, 'sending');
    assert.deepEqual(column('state'), ['pending']);
    assert.equal((await outbox.status()).oldestPendingAgeMs, 5);
    receipt.open();
    await settled();
    assert.deepEqual(column('state'), ['sent']);
  });

  test('marks each as soon as its own receipt is there', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const late = gate();
    await outbox.send(database, '/queue/a', 'late');
    await outbox.send(database, '/queue/a', 'soon');
    broker.onSend = async ({ body }) => (body === 'late' ? late.promise : undefined);
    relay();
    await clock.advance(0);
    assert.deepEqual(column('state'), ['pending', 'sent']);
    late.open();
    await settled();
    assert.deepEqual(column('state'), ['sent', 'sent']);
  });

  test('names a message by its id, so that the broker knows a repetition', async (t) => {
    for (const [profile, option, header] of [
      ['stompbox', true, false],
      ['artemis', true, false],
      ['activemq', false, true],
    ] as const) {
      const { clock, database, outbox, broker, relay } = await stage(t);
      broker.profile = profile;
      const id = await outbox.send(database, '/queue/a', 1);
      await outbox.send(database, '/queue/a', 1, { dedupId: 'mine' });
      relay();
      await clock.advance(0);
      for (const [index, name] of [id, 'mine'].entries()) {
        const { dedupId, headers } = broker.sent[index]?.options ?? {};
        assert.equal(dedupId, option ? name : undefined, profile);
        assert.equal(headers?.['dedup-id'], header ? name : undefined, profile);
      }
    }
  });

  test('takes what a delay has waited already off', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    await outbox.send(database, '/queue/a', 1, { delayMs: 5_000 });
    await outbox.send(database, '/queue/a', 2, { delayMs: 500 });
    await clock.advance(1_000);
    relay();
    await clock.advance(0);
    const delays = broker.sent.map(({ options }) => options.headers?.['AMQ_SCHEDULED_DELAY']);
    assert.deepEqual(delays, [4_000, undefined]);
  });

  test('claims at most a batch, and goes on at once while there is more', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    for (let n = 0; n < 5; n += 1) await outbox.send(database, '/queue/a', `${n}`);
    const { events } = relay({ batchSize: 2 });
    await clock.advance(0);
    const claims = events.filter(({ type }) => type === 'claimed');
    assert.deepEqual(claims, [
      { type: 'claimed', count: 2 },
      { type: 'claimed', count: 2 },
      { type: 'claimed', count: 1 },
    ]);
    assert.deepEqual(broker.bodies, ['0', '1', '2', '3', '4']);
  });

  test('is woken by a call and by notices', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    let notice: () => void = () => undefined;
    let isEnded = false;
    const wakeUp = {
      start: async (wake: () => void) => {
        notice = wake;
        return async () => {
          isEnded = true;
        };
      },
    };
    const { relay: running } = relay({ pollMs: 60_000, wakeUp });
    await clock.advance(0);
    for (const wake of [() => running.wake(), () => notice()]) {
      await outbox.send(database, '/queue/a', 1);
      wake();
      await settled();
    }
    assert.equal(broker.sent.length, 2);
    await running.stop();
    assert.equal(isEnded, true);
  });

  test('polls when notices cannot be had', async (t) => {
    const { clock, database, outbox, broker, logger, relay } = await stage(t);
    const wakeUp = { start: () => Promise.reject(new Error('no LISTEN')) };
    const { events } = relay({ pollMs: 10, wakeUp });
    await clock.advance(0);
    await outbox.send(database, '/queue/a', 1);
    await clock.advance(10);
    assert.equal(broker.sent.length, 1);
    assert.ok(events.some(({ type }) => type === 'wake-up-failed'));
    assert.match(logger.lines.join('\n'), /^warn: outbox: no more notices .*no LISTEN/);
  });

  test('does not miss a wake-up that comes while it looks', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    const looking = gate();
    let looks = 0;
    broker.onConnect = async () => {
      looks += 1;
      if (looks === 1) await looking.promise;
    };
    const { relay: running } = relay({ pollMs: 60_000 });
    await clock.advance(0);
    running.wake();
    looking.open();
    await settled();
    assert.equal(looks, 2);
    await outbox.send(database, '/queue/a', 1);
    running.wake();
    await settled();
    assert.deepEqual(broker.bodies, ['1']);
  });

  test('deletes what was sent long enough ago', async (t) => {
    const { clock, database, outbox, relay, column } = await stage(t);
    const { events } = relay({ pollMs: 1_000, keepSentMs: 100_000 });
    await outbox.send(database, '/queue/a', 1);
    await clock.advance(90_000);
    assert.deepEqual(column('state'), ['sent']);
    await outbox.send(database, '/queue/a', 2);
    await clock.advance(60_000);
    assert.deepEqual(column('body_text'), ['2']);
    assert.deepEqual(
      events.filter(({ type }) => type === 'deleted'),
      [{ type: 'deleted', count: 1 }],
    );
  });

  test('is not in the course of whoever started it', async (t) => {
    const { clock, database, outbox, broker } = await stage(t);
    const seen: unknown[] = [];
    broker.onSend = async () => {
      seen.push(currentCorrelationId());
    };
    await outbox.send(database, '/queue/a', 1);
    const relay = withCorrelationId('request-1', () =>
      startRelay(broker.messaging, outbox, {}, { clock }),
    );
    await clock.advance(0);
    await relay.stop();
    assert.deepEqual(seen, [undefined]);
  });

  test('outlives a listener of its events that throws', async (t) => {
    const { clock, database, outbox, broker, relay, logger } = await stage(t);
    const { relay: running } = relay();
    const leave = running.onEvent(() => {
      throw new Error('metrics are broken');
    });
    await outbox.send(database, '/queue/a', 1);
    await clock.advance(0);
    leave();
    assert.equal(broker.sent.length, 1);
    assert.match(logger.lines.join('\n'), /listener of the relay event .* metrics are broken/);
  });
});

describe('stop', () => {
  test('waits for the receipts, and gives back what was not begun', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const receipt = gate();
    broker.onSend = () => receipt.promise;
    for (const body of ['1', '2', '3']) {
      await outbox.send(database, '/queue/a', body, { groupId: 'g' });
    }
    const { relay: running, events } = relay();
    await clock.advance(0);
    const stopping = running.stop();
    await settled();
    assert.equal(running.state, 'stopping');
    receipt.open();
    await stopping;
    assert.deepEqual(broker.bodies, ['1']);
    assert.deepEqual(column('state'), ['sent', 'pending', 'pending']);
    assert.deepEqual(column('owner'), [null, null, null]);
    assert.equal(running.state, 'stopped');
    assert.equal(clock.timerCount, 0);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'state' ? event.state : [])),
      ['claiming', 'sending', 'stopping', 'stopped'],
    );
  });

  test('ends every wait: for messages, for the broker, after trouble', async (t) => {
    for (const prepare of ['idle', 'connecting', 'backing-off'] as const) {
      const { clock, broker, relay } = await stage(t);
      const never = gate();
      if (prepare === 'connecting') broker.onConnect = () => never.promise;
      if (prepare === 'backing-off') broker.state = 'reconnecting';
      const { relay: running } = relay();
      await clock.advance(0);
      await running.stop();
      await running[Symbol.asyncDispose]();
      assert.equal(clock.timerCount, 0, prepare);
    }
  });
});
