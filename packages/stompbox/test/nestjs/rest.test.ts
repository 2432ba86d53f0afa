import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createMessaging, queue, resolveSettings } from 'stompbox';
import { MessagingModule, MessagingRestModule, type MessagingRestOptions } from 'stompbox/nestjs';
import * as z from 'zod';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { scopeOf } from './nest-app.js';

const orders = queue('orders', { schema: z.object({ id: z.number() }) });
const JSON_TYPE = { 'content-type': 'application/json' };

interface Started {
  readonly url: string;
  readonly app: INestApplication;
}

async function startApp(
  context: TestContext,
  brokerUrl: string,
  options: Partial<MessagingRestOptions> = {},
  prepare: (app: INestApplication) => void = () => undefined,
): Promise<Started> {
  class AppModule {}
  const settings = { url: brokerUrl, connection: { sendTimeoutMs: 200 } };
  const ports = { logger: new MemoryLogger() };
  Module({
    imports: [
      MessagingModule.forRoot({ settings, ports }),
      MessagingRestModule.forRoot({
        destinations: { orders },
        logger: new MemoryLogger(),
        ...options,
      }),
    ],
  })(AppModule);
  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
  prepare(app);
  scopeOf(context).after(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl(), app };
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });

describe('MessagingRestModule', () => {
  test('202 when the broker has the message', async (t) => {
    const { url: broker, messaging } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker);
    const response = await post(`${url}/messages/orders`, { id: 1 });
    assert.equal(response.status, 202, await response.clone().text());
    assert.equal(response.headers.get('content-type'), 'application/json');
    const inbox = new Inbox<unknown>();
    await messaging.consume(inbox.add, { queue: 'orders' });
    assert.deepEqual(await inbox.until(1), [{ id: 1 }]);
  });

  test('an Idempotency-Key sends once', async (t) => {
    const { url: broker, messaging } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker);
    const key = { 'idempotency-key': '"a-b-c"' };
    const first = await post(`${url}/messages/orders`, { id: 1 }, key);
    const second = await post(`${url}/messages/orders`, { id: 1 }, key);
    assert.deepEqual(await second.json(), await first.json());
    await post(`${url}/messages/orders`, { id: 2 });
    const inbox = new Inbox<unknown>();
    await messaging.consume(inbox.add, { queue: 'orders' });
    assert.deepEqual(await inbox.until(2), [{ id: 1 }, { id: 2 }]);
  });

  test('the reply of a listener is the answer to ?reply=true', async (t) => {
    const { url: broker, messaging } = await embeddedBroker(scopeOf(t));
    await messaging.consume((order: { id: number }) => ({ accepted: order.id }), {
      queue: 'orders',
    });
    const { url } = await startApp(t, broker);
    const response = await post(`${url}/messages/orders?reply=true`, { id: 3 });
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { accepted: 3 });
  });

  test('a body that the schema refuses is 422, as problem+json', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker);
    const response = await post(`${url}/messages/orders`, { id: 'x' });
    assert.equal(response.status, 422);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
  });

  test('a destination that is not given is 404', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker);
    assert.equal((await post(`${url}/messages/others`, {})).status, 404);
  });

  test('a form that Nest has parsed is 415', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker, { destinations: { plain: '/queue/plain' } });
    const form = new URLSearchParams({ id: '1' });
    const response = await fetch(`${url}/messages/plain`, { method: 'POST', body: form });
    assert.equal(response.status, 415);
  });

  test('503 with Retry-After when there is no broker', async (t) => {
    const { url } = await startApp(t, '127.0.0.1:1', { check: true });
    for (const response of [
      await post(`${url}/messages/orders`, { id: 1 }),
      await fetch(`${url}/chk/mq`),
    ]) {
      assert.equal(response.status, 503);
      assert.ok(response.headers.has('retry-after'));
    }
  });

  test('stands below its path and the global prefix of the application', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const options = { path: 'send/to', check: true, health: true };
    const { url } = await startApp(t, broker, options, (app) => app.setGlobalPrefix('api'));
    const headers = { ...JSON_TYPE, host: 'shop.example' };
    assert.equal((await post(`${url}/api/send/to/orders`, { id: 1 }, headers)).status, 202);
    assert.equal((await post(`${url}/messages/orders`, { id: 1 })).status, 404);
    const check = await fetch(`${url}/api/chk/mq?a=1`);
    assert.deepEqual(await check.json(), {
      url: `${url}/api/chk/mq?a=1`,
      path: '/api/chk/mq',
      host: new URL(url).host,
    });
    assert.equal((await fetch(`${url}/api/health/live`)).status, 200);
  });

  for (const global of ['messages', 'healthcare']) {
    test(`stands below the global prefix ${global}, which looks like its own paths`, async (t) => {
      const { url: broker } = await embeddedBroker(scopeOf(t));
      const options = { check: true, health: true };
      const { url } = await startApp(t, broker, options, (app) => app.setGlobalPrefix(global));
      const statuses = [
        (await post(`${url}/${global}/messages/orders`, { id: 1 })).status,
        (await fetch(`${url}/${global}/health/live`)).status,
        (await fetch(`${url}/${global}/chk/mq`)).status,
      ];
      assert.deepEqual(statuses, [202, 200, 200]);
    });
  }

  test('guards of the application keep people out', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const guard = { canActivate: () => false };
    const options = { decorators: [UseGuards(guard)], check: true, health: true };
    const { url } = await startApp(t, broker, options);
    assert.equal((await post(`${url}/messages/orders`, { id: 1 })).status, 403);
    assert.equal((await fetch(`${url}/chk/mq`)).status, 403);
    // A probe has no login.
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
  });

  test('a body that is too large is 413 and ends the connection', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const prepare = (app: INestApplication) => void app;
    const { url } = await startApp(t, broker, { maxBodyBytes: 10 }, prepare);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /messages/orders HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\n');
    socket.write('content-length: 20\r\n\r\n0123456789');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 413 /);
    await once(socket.resume(), 'close');
  });

  test('wrong options are refused by name', () => {
    assert.throws(() => MessagingRestModule.forRoot({ destinations: {} }), {
      code: 'STOMP_OPT_INVALID',
    });
    assert.throws(() => MessagingRestModule.forRoot({ destinations: { orders }, path: 'a b' }), {
      code: 'STOMP_OPT_INVALID',
      message: /option path of MessagingRestModule/,
    });
    const unknown = { destinations: { orders }, allowed: [] } as MessagingRestOptions;
    assert.throws(() => MessagingRestModule.forRoot(unknown), { code: 'STOMP_OPT_UNKNOWN' });
  });
});

describe('the checks', () => {
  test('/chk/mq sends to the queue and the topic of the settings', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const messaging = createMessaging(resolveSettings({ url: broker }, { env: {} }));
    scopeOf(t).after(() => messaging.close());
    const inbox = new Inbox<unknown>();
    await messaging.consume(inbox.add);
    const { url } = await startApp(t, broker, { check: true });
    const check = await (await fetch(`${url}/chk/mq`)).json();
    assert.deepEqual(check, { url: `${url}/chk/mq`, path: '/chk/mq', host: new URL(url).host });
    assert.deepEqual(await inbox.until(2), [check, check]);
  });

  test('do not exist unless they are asked for', async (t) => {
    const { url: broker } = await embeddedBroker(scopeOf(t));
    const { url } = await startApp(t, broker);
    for (const path of ['chk/mq', 'health', 'health/live']) {
      assert.equal((await fetch(`${url}/${path}`)).status, 404);
    }
  });
});
