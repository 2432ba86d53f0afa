/** A context for plain unit tests: what a handler gets, and what is kept of what it does. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listener, queue } from 'stompbox';
import { testContext } from 'stompbox/testing';

interface Order {
  readonly id: number;
}

const orders = queue<Order>('orders');

describe('a context for tests', () => {
  test('keeps what the handler sends, logs and returns', async () => {
    const billing = listener(orders, {}, async ({ id }, context) => {
      context.log.info(`order ${id}, attempt ${context.attempt}`);
      await context.messaging.send(queue<Order>('invoices'), { id }, { priority: 7 });
      return `${id} is billed`;
    });
    const context = testContext({ attempt: 2 });
    assert.equal(await billing.call({ id: 1 }, context), '1 is billed');
    const body = { id: 1 };
    assert.deepEqual(context.sends, [
      { destination: '/queue/invoices', body, options: { priority: 7 } },
    ]);
    assert.deepEqual(context.lines, ['info: order 1, attempt 2']);
    assert.equal(context.settlement, undefined);
  });

  for (const [settle, settlement] of [
    ['ack', { type: 'ack' }],
    ['nack', { type: 'nack' }],
  ] as const) {
    test(`keeps ${settle}, the first thing that is said`, async () => {
      const context = testContext();
      await context[settle]();
      await context.deadLetter('too late');
      assert.deepEqual(context.settlement, settlement);
    });
  }

  test('keeps with what the message is to be retried or dead-lettered', async () => {
    const [later, dead] = [testContext(), testContext()];
    await later.retryLater({ delayMs: 500, reason: 'busy' });
    await dead.deadLetter('no such customer');
    const retry = { type: 'retry-later', delayMs: 500, reason: 'busy' };
    assert.deepEqual(later.settlement, retry);
    assert.deepEqual(dead.settlement, { type: 'dead-letter', reason: 'no such customer' });
  });

  test('is a message, with the body as it would travel', async () => {
    const context = testContext({
      body: { id: 1 },
      headers: { colour: 'red' },
      destination: '/queue/orders',
      replyTo: '/queue/answers',
      isRedelivered: true,
    });
    assert.deepEqual(
      [context.json(), context.value(), context.text()],
      [{ id: 1 }, { id: 1 }, '{"id":1}'],
    );
    assert.equal(context.headers.get('content-type'), 'application/json');
    assert.equal(context.headers.get('colour'), 'red');
    assert.equal(context.headers.get('reply-to'), context.replyTo);
    assert.equal(context.headers.get('redelivered'), 'true');
    assert.deepEqual(context.batch, [context]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of context.stream()) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), context.text());
  });

  test('has bytes for bytes', () => {
    const context = testContext({ body: new Uint8Array([1, 0, 255]) });
    assert.deepEqual(context.value(), new Uint8Array([1, 0, 255]));
    assert.deepEqual([context.bodyType, context.headers.get('content-length')], ['bytes', '3']);
  });

  test('aborts its signal when it is told, or with one that it was given', () => {
    const own = testContext();
    own.abort();
    assert.equal(own.signal.aborted, true);
    const controller = new AbortController();
    const given = testContext({ signal: controller.signal });
    controller.abort();
    assert.equal(given.signal.aborted, true);
  });

  test('refuses a body that nobody could send', () => {
    assert.throws(() => testContext({ body: 5n }), { code: 'STOMP_OPT_BODY' });
  });
});
