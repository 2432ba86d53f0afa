/** Schemas at work, each on a broker: three libraries, asynchronous checks, and what happens on refusal. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type } from 'arktype';
import {
  type Destination,
  FAILURE_HEADERS,
  InvalidBodyError,
  type ListenerContext,
  listener,
  queue,
} from 'stompbox';
import * as v from 'valibot';
import * as z from 'zod';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';

interface Line {
  readonly sku: string;
  readonly count?: number | undefined;
}
type Order = { readonly id: number; readonly lines: readonly Line[] };

/** The same contract in three libraries; a count that is missing is 1. */
const ORDERS: Readonly<Record<string, Destination<Order, unknown>>> = {
  zod: queue('orders', {
    schema: z.object({
      id: z.number(),
      lines: z.array(z.object({ sku: z.string(), count: z.number().default(1) })).readonly(),
    }),
  }),
  valibot: queue('orders', {
    schema: v.object({
      id: v.number(),
      lines: v.array(v.object({ sku: v.string(), count: v.optional(v.number(), 1) })),
    }),
  }) as Destination<Order, unknown>,
  arktype: queue('orders', {
    schema: type({ id: 'number', lines: type({ sku: 'string', count: 'number = 1' }).array() }),
  }) as Destination<Order, unknown>,
};

const WRONG = { id: 'x', lines: [{ sku: 'a' }, { sku: 7 }] } as unknown as Order;

for (const [library, orders] of Object.entries(ORDERS)) {
  describe(`a schema of ${library}`, () => {
    test('lets what fits travel as it was given, and gives the listener what it makes of it', async (t) => {
      const { messaging } = await embeddedBroker(t);
      await messaging.send(orders, { id: 1, lines: [{ sku: 'a' }] });
      const inbox = new Inbox<{ body: unknown; text: string }>();
      const take = (body: unknown, message: ListenerContext) =>
        inbox.add({ body, text: message.text() });
      await messaging.consume(listener(orders, {}, take));
      const [received] = await inbox.until(1);
      assert.deepEqual(received?.body, { id: 1, lines: [{ sku: 'a', count: 1 }] });
      assert.equal(received?.text, '{"id":1,"lines":[{"sku":"a"}]}');
    });

    test('refuses a wrong body before anything is sent, with all issues', async (t) => {
      const { messaging } = await embeddedBroker(t);
      const events: string[] = [];
      messaging.onEvent(({ type: kind }) => events.push(kind));
      for (const send of [
        () => messaging.send(orders, WRONG),
        () => messaging.request(orders, WRONG),
        () => messaging.transaction((sender) => sender.send(orders, WRONG)),
      ]) {
        await assert.rejects(send, (error) => {
          assert.ok(error instanceof InvalidBodyError);
          assert.equal(error.code, 'STOMP_OPT_SCHEMA');
          assert.equal(error.destination, '/queue/orders');
          assert.deepEqual(
            error.issues.map(({ path }) => path),
            ['id', 'lines.1.sku'],
          );
          return true;
        });
      }
      assert.ok(!events.includes('sent'));
      // Nothing is in the queue: the next message is the first one.
      const inbox = new Inbox<unknown>();
      await messaging.consume(inbox.add, { queue: 'orders' });
      await messaging.send('/queue/orders', 'first');
      assert.deepEqual(await inbox.until(1), ['first']);
    });

    test('keeps a wrong message from the handler: it is a dead letter at once', async (t) => {
      const { messaging } = await embeddedBroker(t);
      const handled = new Inbox<unknown>();
      await messaging.consume(listener(orders, {}, handled.add));
      const dead = new Inbox<ListenerContext>();
      await messaging.consume((_body, context) => dead.add(context), { queue: 'DLQ.orders' });
      await messaging.send('/queue/orders', WRONG);
      const [letter] = await dead.until(1);
      assert.equal(letter?.headers.get(FAILURE_HEADERS.failureCode), 'STOMP_OPT_SCHEMA');
      assert.match(letter?.headers.get(FAILURE_HEADERS.failureMessage) ?? '', /lines\.1\.sku/);
      assert.deepEqual(handled.items, []);
    });
  });
}

describe('an asynchronous schema', () => {
  const known = new Set(['a']);
  const isKnown = async (sku: string) => known.has(sku);
  const schema = z.object({ sku: z.string().refine(isKnown, 'is not in the catalogue') });
  const lines = queue('lines', { schema });

  test('is awaited when sending and when receiving', async (t) => {
    const { messaging } = await embeddedBroker(t);
    const inbox = new Inbox<unknown>();
    await messaging.consume(listener(lines, {}, inbox.add));
    await messaging.send(lines, { sku: 'a' });
    assert.deepEqual(await inbox.until(1), [{ sku: 'a' }]);
    await assert.rejects(messaging.send(lines, { sku: 'b' }), {
      code: 'STOMP_OPT_SCHEMA',
      message: /sku: is not in the catalogue/,
    });
  });

  test('that rejects is not mistaken for an answer', async (t) => {
    const { messaging } = await embeddedBroker(t);
    const validate = () => Promise.reject(new Error('the catalogue is down'));
    const broken = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    const sent = messaging.send(queue('a', { schema: broken }), 'x');
    await assert.rejects(sent, { message: 'the catalogue is down' });
  });
});
