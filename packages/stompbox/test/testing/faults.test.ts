/** Faults on purpose: each is what it says, and with the service's reconnect nothing is lost. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionStatus } from '@stompbox/client';
import { listener, queue } from 'stompbox';
import { type TestMessaging, testBroker, testMessaging } from 'stompbox/testing';

const numbers = queue<number>('numbers');

/** A service that takes numbers, each in a turn of its own. */
async function scene(): Promise<{ t: TestMessaging; got: number[] }> {
  const got: number[] = [];
  const taking = listener(numbers, { concurrency: 2 }, async (number) => {
    got.push(number);
    await new Promise((resolve) => setImmediate(resolve));
  });
  return { t: await testMessaging({ listeners: [taking] }), got };
}

const each = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** All were handled, and nothing is left behind. */
async function nothingIsLost(t: TestMessaging, got: readonly number[], expected: number[]) {
  await t.advance(60_000);
  await t.idle();
  assert.deepEqual(
    [...new Set(got)].sort((a, b) => a - b),
    expected,
  );
  assert.deepEqual(await t.messages(numbers), []);
  assert.deepEqual(await t.messages('DLQ.numbers'), []);
}

/** As an application must that cannot do without: until it is confirmed. */
async function sendSurely(t: TestMessaging, number: number): Promise<void> {
  try {
    await t.send(numbers, number);
  } catch {
    await sendSurely(t, number);
  }
}

const statusesOf = (t: TestMessaging): ConnectionStatus['type'][] =>
  t.events.flatMap((event) => (event.type === 'connection' ? [event.status.type] : []));

const reconnects = (t: TestMessaging) => t.messaging.snapshot().connection.reconnects;

test('dropLink cuts the connection, and the client comes back', async () => {
  const { t, got } = await scene();
  await using _ = t;
  const sends = Promise.allSettled(each(1, 20).map((number) => t.send(numbers, number)));
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  t.faults.dropLink();
  await t.advance(60_000);
  for (const [index, { status }] of (await sends).entries()) {
    if (status === 'rejected') await t.send(numbers, index + 1);
  }
  assert.equal(reconnects(t), 1);
  await nothingIsLost(t, got, each(1, 20));
});

test('dropLink makes a message come again that was being handled', async () => {
  let finish: () => void = () => undefined;
  const got: string[] = [];
  const holding = listener(numbers, {}, async (number, { isRedelivered }) => {
    got.push(`${number}${isRedelivered ? ' again' : ''}`);
    if (!isRedelivered) {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    }
  });
  await using t = await testMessaging({ listeners: [holding] });
  await t.send(numbers, 1);
  await t.advance(0);
  t.faults.dropLink();
  finish();
  await t.advance(1_000);
  await t.consumed(numbers, (_number, { message }) => message.isRedelivered);
  assert.deepEqual(got, ['1', '1 again']);
});

test('halfOpen is found out by the heart-beats of both ends', async () => {
  const { t, got } = await scene();
  await using _ = t;
  await t.send(numbers, 1);
  await t.idle();
  t.faults.halfOpen();
  const sending = sendSurely(t, 2);
  await t.advance(9_000);
  assert.equal(reconnects(t), 0);
  await t.advance(21_000);
  assert.equal(reconnects(t), 1);
  await sending;
  await nothingIsLost(t, got, [1, 2]);
  const { destinations } = t.broker.broker.statistics();
  const counters = destinations.find(({ destination }) => destination.name === 'numbers')?.counters;
  assert.equal(counters?.consumers, 1, 'the broker has noticed, too');
});

test('delayReceipts lets a send wait, and its message not', async () => {
  const { t, got } = await scene();
  await using _ = t;
  await t.send(numbers, 1);
  t.faults.delayReceipts(5_000);
  let isConfirmed = false;
  const sending = t.send(numbers, 2).then(() => {
    isConfirmed = true;
  });
  await t.advance(4_999);
  assert.deepEqual([isConfirmed, got], [false, [1, 2]]);
  await t.advance(1);
  await sending;
  t.faults.delayReceipts(0);
  await nothingIsLost(t, got, [1, 2]);
});

test('delayReceipts beyond the time of a send makes it fail, though its message is there', async () => {
  const { t, got } = await scene();
  await using _ = t;
  await t.send(numbers, 1);
  t.faults.delayReceipts(60_000);
  const sending = assert.rejects(t.send(numbers, 2, { timeoutMs: 1_000 }), {
    code: 'STOMP_NET_TIMEOUT_RECEIPT',
  });
  await t.advance(1_000);
  await sending;
  t.faults.clear();
  await nothingIsLost(t, got, [1, 2]);
});

test('slowConsumer lets messages come one by one', async () => {
  const { t, got } = await scene();
  await using _ = t;
  t.faults.slowConsumer(1_000);
  for (const number of each(1, 4)) await t.send(numbers, number);
  await t.advance(999);
  assert.deepEqual(got, []);
  await t.advance(1);
  assert.deepEqual(got, [1]);
  await t.advance(1_000);
  assert.deepEqual(got, [1, 2]);
  t.faults.slowConsumer(0);
  await nothingIsLost(t, got, each(1, 4));
});

test('duplicateDelivery brings a message twice, the second time marked', async () => {
  const got: string[] = [];
  const noting = listener(numbers, {}, (number, { isRedelivered }) => {
    got.push(`${number}${isRedelivered ? ' again' : ''}`);
  });
  await using t = await testMessaging({ listeners: [noting] });
  t.faults.duplicateDelivery();
  await t.send(numbers, 1);
  await t.send(numbers, 2);
  await t.idle();
  assert.deepEqual(got, ['1', '1 again', '2']);
  assert.deepEqual(await t.messages(numbers), []);
  assert.equal(reconnects(t), 0);
});

test('duplicateDelivery works for clients of STOMP 1.1, too', async () => {
  await using broker = await testBroker();
  const connection = await broker.connect({ acceptVersions: ['1.1'] });
  broker.faults.duplicateDelivery(2);
  const acks: Promise<void>[] = [];
  await connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
    acks.push(message.ack({ receipt: true }));
  });
  await connection.send('/queue/a', 'x');
  await broker.clock.advance(0);
  await Promise.all(acks);
  assert.equal(acks.length, 2);
  assert.deepEqual(await broker.messages('a'), []);
});

test('errorFrame is what the service is told, before it comes back', async () => {
  const { t, got } = await scene();
  await using _ = t;
  await t.send(numbers, 1);
  t.faults.errorFrame('the broker is on fire');
  await t.advance(1_000);
  const { status } = t.events.findLast(
    (event) => event.type === 'connection' && event.status.type === 'reconnecting',
  ) as { status: { error: Error } };
  assert.match(status.error.message, /the broker is on fire/);
  await t.send(numbers, 2);
  await nothingIsLost(t, got, [1, 2]);
});

describe('killDuringTransaction', () => {
  const sendBoth = (t: TestMessaging) =>
    t.messaging.transaction(async (sender) => {
      await sender.send(numbers, 1);
      await sender.send(numbers, 2);
    });

  test('before COMMIT leaves nothing of it', async () => {
    const { t, got } = await scene();
    await using _ = t;
    t.faults.killDuringTransaction();
    const failing = assert.rejects(sendBoth(t), { code: /^STOMP_NET_/ });
    await t.advance(60_000);
    await failing;
    assert.deepEqual(got, []);
    await sendBoth(t);
    await nothingIsLost(t, got, [1, 2]);
  });

  test('after COMMIT leaves all of it, and nobody knows', async () => {
    const { t, got } = await scene();
    await using _ = t;
    t.faults.killDuringTransaction('after-commit');
    const failing = assert.rejects(sendBoth(t), { code: 'STOMP_NET_MAYBE_DELIVERED' });
    await t.advance(60_000);
    await failing;
    await nothingIsLost(t, got, [1, 2]);
  });
});

test('refuseConnections lets so many attempts fail', async () => {
  const { t, got } = await scene();
  await using _ = t;
  await t.send(numbers, 1);
  t.faults.refuseConnections(3);
  t.faults.dropLink();
  await t.advance(60_000);
  assert.equal(statusesOf(t).filter((type) => type === 'connect-failed').length, 3);
  await t.send(numbers, 2);
  await nothingIsLost(t, got, [1, 2]);
});

test('faults of one application leave the others alone', async () => {
  await using broker = await testBroker();
  await using one = await testMessaging({ broker });
  await using two = await testMessaging({ broker });
  await Promise.all([one.send(numbers, 1), two.send(numbers, 1)]);
  one.faults.dropLink();
  await broker.clock.advance(1_000);
  assert.deepEqual([reconnects(one), reconnects(two)], [1, 0]);
});

test('clear ends what goes on', async () => {
  const { t, got } = await scene();
  await using _ = t;
  t.faults.refuseConnections(5);
  t.faults.duplicateDelivery(5);
  t.faults.halfOpen();
  t.faults.clear();
  await t.advance(1_000);
  await t.send(numbers, 1);
  await t.idle();
  assert.deepEqual(got, [1]);
  assert.equal(statusesOf(t).filter((type) => type === 'connect-failed').length, 0);
});

for (const [fault, value] of [
  ['delayReceipts', -1],
  ['slowConsumer', 0.5],
  ['duplicateDelivery', Number.NaN],
  ['refuseConnections', -2],
] as const) {
  test(`${fault}(${value}) is refused`, async () => {
    await using broker = await testBroker();
    const message = new RegExp(`^${fault}\\(\\) needs .*, a whole number from 0, not ${value}$`);
    assert.throws(() => broker.faults[fault](value), { code: 'STOMP_OPT_INVALID', message });
  });
}
