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
