import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import { queue } from 'stompbox';
import { restRouter } from 'stompbox/rest';
import * as v from 'valibot';
import { z } from 'zod';
import { FakeMessaging } from './fake-messaging.js';

const { messaging } = new FakeMessaging();

describe('the OpenAPI fragment', () => {
  for (const [library, schema] of [
    ['zod', z.object({ id: z.number() })],
    ['arktype', type({ id: 'number' })],
    ['valibot', toStandardJsonSchema(v.object({ id: v.number() }))],
  ] as const) {
    test(`has the JSON Schema of ${library}`, () => {
      const orders = queue('orders', { schema });
      const { components } = restRouter(messaging, { destinations: [orders] }).openApiFragment();
      const { additionalProperties: _open, ...found } = components.schemas['Message.orders'] ?? {};
      assert.deepEqual(found, {
        type: 'object',
        properties: { id: { type: 'number' } },
        required: ['id'],
      });
    });
  }

  test('allows everything where the library tells nothing', () => {
    const orders = queue('orders', { schema: v.object({ id: v.number() }) });
    const destinations = { orders, plain: '/queue/plain' };
    const { components } = restRouter(messaging, { destinations }).openApiFragment();
    assert.deepEqual(components.schemas['Message.orders'], {});
    assert.deepEqual(components.schemas['Message.plain'], {});
  });

  test('has a path for each destination, and one for late replies', () => {
    const orders = queue('orders/new', { description: 'Orders to be shipped' });
    const router = restRouter(messaging, { destinations: [orders], prefix: '/m' });
    const { openapi, paths } = router.openApiFragment();
    assert.equal(openapi, '3.1.0');
    assert.deepEqual(Object.keys(paths), ['/m/orders%2Fnew', '/m/orders%2Fnew/replies/{id}']);
    const post = paths['/m/orders%2Fnew']?.['post'] as Record<string, object>;
    assert.equal(post['description'], 'Orders to be shipped');
    const statuses = Object.keys(post['responses'] ?? {});
    assert.deepEqual(statuses, '200 202 400 403 409 413 415 422 502 503 504'.split(' '));
    const reply = { destinations: [orders], reply: false } as const;
    const other = restRouter(messaging, reply).openApiFragment({ prefix: '/other' });
    assert.deepEqual(Object.keys(other.paths), ['/other/orders%2Fnew']);
  });

  test('keeps the schemas of names apart that look alike as components', () => {
    const schema = z.object({ id: z.number() });
    const destinations = { 'a/b': queue('a/b', { schema }), a_b: '/queue/a_b' };
    const { components } = restRouter(messaging, { destinations }).openApiFragment();
    assert.equal(components.schemas['Message.a_b']?.['type'], 'object');
    assert.deepEqual(components.schemas['Message.a_b.2'], {});
  });

  test('refers only to schemas that it has', () => {
    const fragment = restRouter(messaging, { destinations: { a: '/queue/a' } }).openApiFragment();
    const references = JSON.stringify(fragment).match(/#\/components\/schemas\/[^"]+/g) ?? [];
    const known = Object.keys(fragment.components.schemas);
    assert.ok(references.length > 0);
    for (const reference of references) {
      assert.ok(known.includes(reference.slice('#/components/schemas/'.length)), reference);
    }
  });
});
