import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDestination, queue, topic } from 'stompbox';
import * as z from 'zod';

describe('queue() and topic()', () => {
  for (const [made, kind, destination, name] of [
    [queue('orders'), 'queue', '/queue/orders', 'orders'],
    [queue('/queue/orders'), 'queue', '/queue/orders', 'orders'],
    [topic('news'), 'topic', '/topic/news', 'news'],
    [topic('/topic/a/b'), 'topic', '/topic/a/b', 'a/b'],
    [queue('/exchange/x'), 'queue', '/exchange/x', '/exchange/x'],
  ] as const) {
    test(`${destination} is called ${name}`, () => {
      assert.equal(made.kind, kind);
      assert.equal(made.destination, destination);
      assert.equal(made.name, name);
      assert.ok(isDestination(made));
    });
  }

  test('keep schema and description, and cannot be changed', () => {
    const schema = z.object({ id: z.number() });
    const orders = queue('orders', { schema, description: 'New orders.' });
    assert.equal(orders.schema, schema);
    assert.equal(orders.description, 'New orders.');
    assert.ok(Object.isFrozen(orders));
  });

  test('refuse a name of the other kind, and none', () => {
    assert.throws(() => queue('/topic/news'), { code: 'STOMP_OPT_INVALID', message: /is a topic/ });
    assert.throws(() => topic('/queue/orders'), { message: /is a queue/ });
    assert.throws(() => queue(' '), { message: /queue\(\) needs a name first/ });
    assert.throws(() => topic(7 as unknown as string), { message: /not 7/ });
  });

  test('refuse what is no schema, and unknown options, by name', () => {
    const wrong = { schema: { parse: () => 1 } } as object;
    assert.throws(() => queue('a', wrong), {
      code: 'STOMP_OPT_INVALID',
      message: /option schema of queue\(\) must be a schema of zod, valibot, arktype/,
    });
    assert.throws(() => queue('a', { validator: 1 } as object), {
      code: 'STOMP_OPT_UNKNOWN',
      message: /did you mean "schema"/,
    });
  });

  test('other values are none', () => {
    for (const value of [undefined, null, '/queue/a', {}, { destination: '/queue/a' }]) {
      assert.equal(isDestination(value), false);
    }
  });
});
