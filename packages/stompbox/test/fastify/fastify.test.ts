import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { listener, resolveSettings } from 'stompbox';
import { checkRoutes, fastifyMessaging, messagingRoutes } from 'stompbox/fastify';
import { DESTINATIONS, describeFramework, MAX_BODY_BYTES } from '../rest/framework-suite.js';
import { backing } from '../rest/web-app.js';
import { gate, Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';

describeFramework('Fastify', async ({ settings, logger, onOrder }, onWork) => {
  const app = fastify();
  app.register(fastifyMessaging, { settings, logger, listeners: [onOrder] });
  app.register(messagingRoutes, {
    prefix: '/messages',
    destinations: DESTINATIONS,
    maxBodyBytes: MAX_BODY_BYTES,
    logger,
  });
  app.register(checkRoutes, { logger });
  app.post('/work', async (request) => {
    await onWork();
    await app.messaging.send('/queue/work', { id: 9 });
    return request.correlationId;
  });
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { origin, stop: () => app.close() };
});

const away = resolveSettings({ url: '127.0.0.1:1' }, { env: {} });

describe('the plugin of Fastify', () => {
  test('starts without a broker, and its routes answer 503', async (t) => {
    const app = fastify();
    t.after(() => app.close());
    const logger = new MemoryLogger();
    app.register(fastifyMessaging, { settings: away, logger, startup: 'background' });
    app.register(messagingRoutes, {
      destinations: { plain: '/queue/plain' },
      logger,
      sendTimeoutMs: 200,
    });
    await app.ready();
    const response = await app.inject({ method: 'POST', url: '/plain', payload: { a: 1 } });
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'], '5');
    assert.equal(response.headers['content-type'], 'application/problem+json');
  });

  test('fails to start without a broker in the mode fail', async (t) => {
    const app = fastify();
    t.after(() => app.close());
    app.register(fastifyMessaging, {
      settings: { url: '127.0.0.1:1' },
      logger: new MemoryLogger(),
      startup: 'fail',
    });
    await assert.rejects(async () => app.ready(), { code: 'STOMP_NET_REFUSED' });
  });

  test('logs by a child of the logger of the application', async (t) => {
    const lines = new Inbox<{ readonly module?: string; readonly msg: string }>();
    const write = (line: string) => {
      const entry = JSON.parse(line) as { readonly module?: string; readonly msg: string };
      if (entry.module === 'stompbox') lines.add(entry);
    };
    const app = fastify({ logger: { level: 'warn', stream: { write } } });
    const { settings, atEnd } = await backing(t);
    atEnd(() => app.close());
    const failing = () => Promise.reject(new Error('no stock'));
    const listeners = [{ listener: failing, options: { queue: 'bad', retry: false } as const }];
    app.register(fastifyMessaging, { settings, listeners });
    await app.ready();
    await app.messaging.send('/queue/bad', { a: 1 });
    const [entry] = await lines.until(1);
    assert.match(entry?.msg ?? '', /no stock/);
  });

  test('leaves the bodies of other routes to Fastify', async (t) => {
    const { settings, logger, atEnd } = await backing(t);
    const app = fastify();
    atEnd(() => app.close());
    app.register(fastifyMessaging, { settings, logger });
    app.register(messagingRoutes, {
      prefix: '/m',
      destinations: { plain: '/queue/plain' },
      logger,
    });
    app.post('/echo', (request) => request.body);
    const response = await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } });
    assert.deepEqual(response.json(), { a: 1 });
  });

  const destinations = { plain: '/queue/plain' };
  for (const [name, register] of [
    ['messagingRoutes', (app: FastifyInstance) => app.register(messagingRoutes, { destinations })],
    ['checkRoutes', (app: FastifyInstance) => app.register(checkRoutes)],
  ] as const) {
    test(`has to be registered before ${name}`, async (t) => {
      const app = fastify();
      t.after(() => app.close());
      register(app);
      await assert.rejects(async () => await app.ready(), {
        code: 'STOMP_OPT_INVALID',
        message: `${name} needs the message service of the application: register fastifyMessaging before it`,
      });
    });
  }

  test('has routes below a prefix with parameters', async (t) => {
    const { settings, logger, atEnd } = await backing(t);
    const app = fastify();
    atEnd(() => app.close());
    app.register(fastifyMessaging, { settings, logger });
    const prefix = '/shops/:shop';
    app.register(messagingRoutes, { prefix, destinations: { plain: '/queue/plain' }, logger });
    app.register(checkRoutes, { prefix, logger });
    const sent = await app.inject({ method: 'POST', url: '/shops/7/plain', payload: {} });
    const checked = await app.inject({ url: '/shops/7/chk/mq' });
    assert.deepEqual([sent.statusCode, checked.statusCode], [202, 200]);
  });

  test('takes no id from a caller that is too long, whoever reads the header', async (t) => {
    const { settings, logger, atEnd } = await backing(t);
    const app = fastify({ requestIdHeader: 'x-trace' });
    atEnd(() => app.close());
    app.register(fastifyMessaging, { settings, logger });
    app.get('/id', (request) => Promise.resolve(request.correlationId));
    const idFor = async (id: string) =>
      (await app.inject({ url: '/id', headers: { 'x-trace': id } })).body;
    assert.equal(await idFor('mine'), 'mine');
    assert.match(await idFor('x'.repeat(5_000)), /^[0-9a-f-]{36}$/);
  });

  test('ends although a handler hangs, when shutdown.drainTimeoutMs is over', async (t) => {
    const { settings, logger, handled } = await backing(t);
    const { url } = settings;
    const limited = resolveSettings({ url, shutdown: { drainTimeoutMs: 100 } }, { env: {} });
    const aborted = gate();
    const stuck = listener('/queue/orders', {}, (_body, { signal }) => {
      handled.add({ order: { id: 0 }, correlationId: undefined });
      signal.addEventListener('abort', () => aborted.open());
      return gate().promise;
    });
    const app = fastify();
    app.register(fastifyMessaging, { settings: limited, logger, listeners: [stuck] });
    await app.ready();
    await app.messaging.send('/queue/orders', 'x');
    await handled.until(1);
    await assert.rejects(app.close(), { code: 'STOMP_NET_TIMEOUT_CLOSE' });
    await aborted.promise;
  });

  test('hands errors of the application to its error handler', async (t) => {
    const { settings, logger, atEnd } = await backing(t);
    const app = fastify();
    atEnd(() => app.close());
    app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send(error.message));
    app.register(fastifyMessaging, { settings, logger });
    app.register(messagingRoutes, {
      destinations: { plain: '/queue/plain' },
      authorize: () => Promise.reject(new Error('no directory')),
      logger,
    });
    const response = await app.inject({ method: 'POST', url: '/plain', payload: { a: 1 } });
    assert.deepEqual([response.statusCode, response.body], [418, 'no directory']);
  });
});
