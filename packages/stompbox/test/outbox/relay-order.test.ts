/** The order in which messages are sent, and who may have them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { gate, settled } from '../support/events.js';
import { stage } from './stage.js';

const refused = () =>
  BrokerError.refused('SEND', {
    command: 'ERROR',
    headers: FrameHeaders.from({ message: 'no' }),
    body: new Uint8Array(),
  });

describe('messages of one group', () => {
  test('go one after the other, each after the receipt of the one before', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    const receipts = [gate(), gate(), gate()];
    broker.onSend = async ({ body }) => receipts[Number(body)]?.promise;
    for (const body of ['0', '1', '2']) {
      await outbox.send(database, '/queue/a', body, { groupId: 'g' });
    }
    relay();
    await clock.advance(0);
    for (const [index, receipt] of receipts.entries()) {
      assert.equal(broker.sent.length, index + 1);
      receipt.open();
      await settled();
    }
    assert.deepEqual(broker.bodies, ['0', '1', '2']);
  });

  test('are held up by one that failed, and hold up no others', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    let failures = 1;
    broker.onSend = async ({ body }) => {
      if (body === 'g0' && failures-- > 0) throw refused();
    };
    for (const body of ['g0', 'h0', 'g1', 'h1', 'free']) {
      const groupId = body === 'free' ? undefined : body[0];
      await outbox.send(database, '/queue/a', body, { groupId });
    }
    relay({ retryDelayMs: 5_000 });
    await clock.advance(4_900);
    assert.deepEqual(new Set(broker.bodies), new Set(['g0', 'h0', 'h1', 'free']));
    await clock.advance(2_000);
    assert.deepEqual(broker.bodies.slice(-2), ['g0', 'g1']);
  });

  for (const [afterFailed, after] of [
    ['hold', []],
    ['continue', ['1', '2']],
  ] as const) {
    test(`wait for a person after one that was given up: ${afterFailed}`, async (t) => {
      const { clock, database, outbox, broker, relay, column } = await stage(t);
      let isRefusing = true;
      broker.onSend = async ({ body }) => {
        if (body === '0' && isRefusing) throw refused();
      };
      for (const body of ['0', '1', '2']) {
        await outbox.send(database, '/queue/a', body, { groupId: 'g' });
      }
      relay({ maxAttempts: 1, afterFailed });
      await clock.advance(60_000);
      assert.deepEqual(broker.bodies, ['0', ...after]);
      isRefusing = false;
      assert.equal(await outbox.retryFailed(), 1);
      await clock.advance(2_000);
      assert.deepEqual(column('state'), ['sent', 'sent', 'sent']);
      const expected = afterFailed === 'hold' ? ['0', '0', '1', '2'] : ['0', '1', '2', '0'];
      assert.deepEqual(broker.bodies, expected);
    });
  }

  test('hold up no others, however many of them are held up', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    broker.onSend = async ({ body }) => {
      if (body === 'held') throw refused();
    };
    database.transaction(() => {
      for (let n = 0; n < 1_500; n += 1) {
        outbox.sendNow(database, '/queue/a', 'held', { groupId: 'g' });
      }
      for (let n = 0; n < 10; n += 1) {
        outbox.sendNow(database, '/queue/a', `free${n}`);
        outbox.sendNow(database, '/queue/a', `${n}`, { groupId: `${n % 2}` });
      }
    })();
    relay({ maxAttempts: 1 });
    await clock.advance(10_000);
    const bodies = broker.bodies.map(String);
    assert.equal(bodies.filter((body) => body === 'held').length, 1);
    assert.equal(bodies.filter((body) => body.startsWith('free')).length, 10);
    for (const rest of [0, 1]) {
      const ofGroup = bodies.filter((body) => /^\d$/.test(body) && Number(body) % 2 === rest);
      assert.deepEqual(
        ofGroup.map(Number),
        [0, 2, 4, 6, 8].map((n) => n + rest),
      );
    }
  });

  test('do not overtake one that came back from a person', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    let isRefusing = true;
    broker.onSend = async ({ body }) => {
      if (['1', '3'].includes(String(body)) && isRefusing) throw refused();
    };
    for (const body of ['0', '1', '2', '3', '4']) {
      await outbox.send(database, '/queue/a', body, { groupId: 'g' });
    }
    const { relay: first } = relay({ maxAttempts: 1, afterFailed: 'continue' });
    await clock.advance(5_000);
    await first.stop();
    assert.deepEqual(broker.bodies, ['0', '1', '2', '3', '4']);
    await outbox.send(database, '/queue/a', '5', { groupId: 'g' });
    // Only the first of the two is tried again, so the second still holds up what follows.
    isRefusing = false;
    const [failed] = await outbox.failedMessages();
    await outbox.retryFailed([failed?.id ?? '']);
    relay({ maxAttempts: 1, afterFailed: 'hold' });
    await clock.advance(5_000);
    assert.deepEqual(broker.bodies.slice(5), ['1']);
    await outbox.retryFailed();
    await clock.advance(5_000);
    assert.deepEqual(broker.bodies.slice(5), ['1', '3', '5']);
  });

  test('are never split between relays', async (t) => {
    const { clock, database, outbox, broker, relay } = await stage(t);
    const first = gate();
    broker.onSend = async ({ body }) => (body === '0' ? first.promise : undefined);
    for (const body of ['0', '1', '2', '3']) {
      await outbox.send(database, '/queue/a', body, { groupId: 'g' });
    }
    relay({ batchSize: 2, pollMs: 10 });
    relay({ batchSize: 2, pollMs: 10 });
    await clock.advance(1_000);
    assert.deepEqual(broker.bodies, ['0']);
    first.open();
    await clock.advance(1_000);
    assert.deepEqual(broker.bodies, ['0', '1', '2', '3']);
  });
});

describe('several relays', () => {
  test('send each message once', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    for (let n = 0; n < 50; n += 1) {
      await outbox.send(database, '/queue/a', `${n}`, { groupId: n % 3 ? `${n % 3}` : undefined });
    }
    for (let n = 0; n < 4; n += 1) relay({ batchSize: 3, pollMs: 1 });
    await clock.advance(100);
    assert.equal(broker.sent.length, 50);
    assert.equal(new Set(broker.bodies).size, 50);
    assert.ok(column('state').every((state) => state === 'sent'));
    for (const group of [1, 2]) {
      const ofGroup = broker.bodies.map(Number).filter((n) => n % 3 === group);
      assert.deepEqual(
        ofGroup,
        ofGroup.toSorted((a, b) => a - b),
      );
    }
  });

  test('take over what one has left, when its lease ends', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const id = await outbox.send(database, '/queue/a', 1);
    // As a relay leaves a row that was killed.
    database
      .prepare('UPDATE stompbox_outbox SET owner = ?, due_at_ms = ?')
      .run('dead', clock.now() + 60_000);
    relay({ pollMs: 100 });
    await clock.advance(59_900);
    assert.equal(broker.sent.length, 0);
    await clock.advance(100);
    assert.equal(broker.sent[0]?.options.dedupId, id);
    assert.deepEqual(column('state'), ['sent']);
  });

  test('begin nothing late in a lease, and wait no longer than it', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const slow = gate();
    broker.onSend = async ({ body }) => (body === '0' ? slow.promise : undefined);
    for (const body of ['0', '1']) {
      await outbox.send(database, '/queue/a', body, { groupId: 'g' });
    }
    const { events } = relay({ leaseMs: 10_000 });
    await clock.advance(5_001);
    assert.equal(broker.sent[0]?.options.timeoutMs, 10_000);
    slow.open();
    await settled();
    // It was given back, and claimed anew with a lease of its own.
    assert.equal(events.filter(({ type }) => type === 'claimed').length, 2);
    assert.equal(broker.sent[1]?.options.timeoutMs, 10_000);
    assert.deepEqual(column('state'), ['sent', 'sent']);
  });

  test('believe a receipt, also of one whose lease has ended', async (t) => {
    const { clock, database, outbox, broker, relay, column } = await stage(t);
    const receipt = gate();
    broker.onSend = () => receipt.promise;
    await outbox.send(database, '/queue/a', 1);
    relay({ leaseMs: 1_000 });
    await clock.advance(0);
    relay({ leaseMs: 1_000, pollMs: 10 });
    await clock.advance(1_500);
    assert.equal(broker.sent.length, 2);
    receipt.open();
    await settled();
    assert.deepEqual(column('state'), ['sent']);
  });
});
