import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import {
  checkRoutes,
  type MessagingEnv,
  messagingMiddleware,
  messagingRoutes,
} from 'stompbox/hono';
import { drainOnShutdown, messagingLifecycle } from 'stompbox/rest';
import { FakeMessaging } from '../rest/fake-messaging.js';
import { DESTINATIONS, describeFramework, MAX_BODY_BYTES } from '../rest/framework-suite.js';
import { gate } from '../support/events.js';

describeFramework('Hono', async ({ settings, logger, onOrder }, onWork) => {
  const lifecycle = messagingLifecycle({ settings, logger, listeners: [onOrder] });
  const { messaging } = lifecycle;
  const app = new Hono<MessagingEnv>();
  app.use(messagingMiddleware(messaging));
  const options = { destinations: DESTINATIONS, maxBodyBytes: MAX_BODY_BYTES, logger };
  app.route('/messages', messagingRoutes(messaging, options));
  app.route('/', checkRoutes(lifecycle, { logger }));
  app.post('/work', async (c) => {
    await c.req.json();
    await onWork();
    await c.var.messaging.send('/queue/work', { id: 9 });
    return c.text(c.var.correlationId);
  });
  await lifecycle.start();
  const listening = gate<number>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
    listening.open(port),
  );
  const port = await listening.promise;
  const signal = gate<string>();
  const drained = drainOnShutdown(server, lifecycle, { logger }, { signal: () => signal.promise });
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      signal.open('SIGTERM');
      assert.equal(await drained, 0);
    },
  };
});

describe('the routes of Hono', () => {
  test('run without a server, wherever they are mounted', async () => {
    const fake = new FakeMessaging();
    const app = new Hono();
    const destinations = { 'a b': '/queue/plain' };
    app.route('/v1/äö', messagingRoutes(fake.messaging, { destinations }));
    const response = await app.request('/v1/%C3%A4%C3%B6/a%20b', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(response.status, 202);
    assert.equal(fake.sends[0]?.destination, '/queue/plain');
  });

  test('take a body that a middleware has read before', async () => {
    const fake = new FakeMessaging();
    const app = new Hono();
    app.use(async (c, next) => {
      await c.req.json();
      await next();
    });
    app.route('/', messagingRoutes(fake.messaging, { destinations: { plain: '/queue/plain' } }));
    const headers = { 'content-type': 'application/json' };
    const response = await app.request('/plain', { method: 'POST', body: '{"id":1}', headers });
    assert.equal(response.status, 202);
    assert.deepEqual(fake.sends[0]?.body, { id: 1 });
  });

  test('hand errors of the application to its error handler', async () => {
    const fake = new FakeMessaging();
    fake.onSend = () => Promise.reject(new TypeError('bug'));
    const app = new Hono();
    app.onError((error, c) => c.text(error.message, 418));
    app.route('/', messagingRoutes(fake.messaging, { destinations: { plain: '/queue/plain' } }));
    const init = { method: 'POST', body: 'a', headers: { 'content-type': 'text/plain' } };
    const response = await app.request('/plain', init);
    assert.deepEqual([response.status, await response.text()], [418, 'bug']);
  });
});
