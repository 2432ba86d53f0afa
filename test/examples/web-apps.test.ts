/** The examples for web frameworks, each as a process of its own: they serve, send, and end in order. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { createMessaging, resolveSettings, type Settings, startBroker } from 'stompbox';
import { repository } from '../repository.js';
import { Program } from './program.js';

const ORDER = '{"id":1,"items":["pen","ink","paper"]}';

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}

/** A request whose body is still to come; the program has begun with it. */
async function beginPost(url: string) {
  const headers = { 'content-type': 'application/json', expect: '100-continue' };
  const request = httpRequest(url, { method: 'POST', headers });
  const status = new Promise<number>((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      text(response).then(() => resolve(response.statusCode ?? 0), reject);
    });
  });
  request.flushHeaders();
  await new Promise((resolve) => request.once('continue', resolve));
  return { status, end: (body: string) => request.end(body) };
}

/** What is left in the queue of orders. */
async function ordersLeft(context: TestContext, settings: Settings): Promise<readonly unknown[]> {
  const messaging = createMessaging(settings);
  context.after(() => messaging.close());
  await messaging.send('/queue/orders', 'end');
  const found: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    const onMessage = (body: unknown) => void (body === 'end' ? resolve() : found.push(body));
    messaging.consume(onMessage, { queue: 'orders' }).catch(reject);
  });
  return found;
}

for (const example of ['fastify', 'express', 'hono'] as const) {
  describe(`examples/${example}`, () => {
    test('sends orders by REST, and its listener answers', async (t) => {
      const program = new Program(t, example);
      const origin = await program.origin();
      assert.equal((await post(`${origin}/messages/orders`, ORDER)).status, 202);
      const reply = await post(`${origin}/messages/orders?reply=true`, ORDER);
      assert.deepEqual(await reply.json(), { id: 1, parcels: 2 });
      const refused = await post(`${origin}/messages/orders`, '{"id":1,"items":[]}');
      assert.equal(refused.status, 422);
      assert.equal((await fetch(`${origin}/shop/pen`, { method: 'POST' })).status, 201);
      program.terminate();
      assert.equal(await program.ended, 0, program.output);
    });

    test('tells by /chk/mq that it can send', async (t) => {
      const program = new Program(t, example);
      const origin = await program.origin();
      const response = await fetch(`${origin}/chk/mq?a=1`);
      const check = { url: `${origin}/chk/mq?a=1`, path: '/chk/mq', host: new URL(origin).host };
      assert.deepEqual([response.status, await response.json()], [200, check]);
    });

    test('stopped during a request, still sends what that request brings', async (t) => {
      const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
      const url = broker.connectors[0]?.url ?? '';
      const program = new Program(t, example, { MQ_PORT: '', MQ_URL: url });
      const origin = await program.origin();
      const posting = await beginPost(`${origin}/messages/orders`);
      program.terminate();
      await program.prints(/finished first/);
      posting.end(ORDER);
      assert.equal(await posting.status, 202);
      assert.equal(await program.ended, 0, program.output);
      // Packed by the listener in its last moments, or left in the queue: once.
      const packed = program.output.match(/packed order 1/g) ?? [];
      const left = await ordersLeft(t, resolveSettings({ url }, { env: {} }));
      assert.equal(packed.length + left.length, 1);
      t.after(() => broker.close());
    });

    test('starts nothing when its application is imported', async () => {
      const file = join(repository, 'examples', example, 'dist/app.js');
      // Whatever listened or was connected would keep the process alive.
      const script = `import(${JSON.stringify(file)}).then((app) => process.stdout.write(typeof app.createApp))`;
      const child = spawn(process.execPath, ['-e', script]);
      const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
      assert.deepEqual([output, code], ['function', 0]);
    });
  });
}
