import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { Program } from './program.js';

const ORDER = '{"id":1,"items":["pen","ink","paper"]}';

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}

describe('the example', () => {
  test('sends orders by REST, and its listener answers', async (t) => {
    const program = new Program(t);
    const origin = await program.origin();
    const accepted = await post(`${origin}/messages/orders`, ORDER);
    assert.equal(accepted.status, 202);
    const reply = await post(`${origin}/messages/orders?reply=true`, ORDER);
    assert.deepEqual(await reply.json(), { id: 1, parcels: 2 });
    const refused = await post(`${origin}/messages/orders`, '{"id":1,"items":[]}');
    assert.equal(refused.status, 422);
    const shop = await fetch(`${origin}/shop/pen`, { method: 'POST' });
    assert.equal(shop.status, 201);
    program.terminate();
    assert.equal(await program.ended, 0, program.output);
  });

  test('tells by /chk/mq that it can send', async (t) => {
    const program = new Program(t);
    const origin = await program.origin();
    const response = await fetch(`${origin}/chk/mq?a=1`);
    const check = { url: `${origin}/chk/mq?a=1`, path: '/chk/mq', host: new URL(origin).host };
    assert.deepEqual([response.status, await response.json()], [200, check]);
  });

  test('stopped during a request, still sends what that request brings', async (t) => {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    const url = broker.connectors[0]?.url ?? '';
    const program = new Program(t, { MQ_PORT: '', MQ_URL: url });
    const origin = await program.origin();
    // The program has begun with the request when it says that it wants the body.
    const request = httpRequest(`${origin}/messages/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', expect: '100-continue' },
    });
    const answered = new Promise<number>((resolve, reject) => {
      request.on('error', reject).on('response', (response) => {
        text(response).then(() => resolve(response.statusCode ?? 0), reject);
      });
    });
    request.flushHeaders();
    await new Promise((resolve) => request.once('continue', resolve));
    program.terminate();
    await program.prints(/finished first/);
    request.end(ORDER);
    assert.equal(await answered, 202);
    assert.equal(await program.ended, 0, program.output);
    const settings = resolveSettings({ url }, { env: {} });
    const messaging = createMessaging(settings);
    t.after(async () => {
      await messaging.close();
      await broker.close();
    });
    // Packed by the listener in its last moments, or left in the queue: once.
    const packed = program.output.match(/packed order 1/g) ?? [];
    await messaging.send('/queue/orders', 'end');
    const waiting: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const onMessage = (body: unknown) => void (body === 'end' ? resolve() : waiting.push(body));
      messaging.consume(onMessage, { queue: 'orders' }).catch(reject);
    });
    assert.equal(packed.length + waiting.length, 1);
  });
});

test('nothing starts by importing the application', async () => {
  const { createApp } = await import('../dist/app.js');
  const settings = resolveSettings({ url: '127.0.0.1:1' }, { env: {} });
  const app = createApp(settings);
  assert.equal(app.server.listening, false);
  await app.close();
});
