import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { createApp } from '../dist/create-app.js';
import { orders, type Shipment, shipments } from '../dist/order.js';

const ORDER = { id: 7, item: 'lamp', count: 25 };

async function startShop(context: TestContext) {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const brokerUrl = broker.connectors[0]?.url ?? '';
  const messaging = createMessaging(resolveSettings({ url: brokerUrl }, { env: {} }));
  const app = await createApp({ settings: { url: brokerUrl }, logger: false });
  await app.listen(0, '127.0.0.1');
  context.after(async () => {
    await app.close();
    await messaging.close();
    await broker.close();
  });
  return { app, url: await app.getUrl(), messaging };
}

const post = (url: string, body: unknown) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('the shop', () => {
  test('takes an order, and the warehouse ships it', async (t) => {
    const { url, messaging } = await startShop(t);
    let ship: (shipment: Shipment) => void = () => undefined;
    const shipped = new Promise<Shipment>((resolve) => {
      ship = resolve;
    });
    await messaging.consume((shipment: Shipment) => ship(shipment), {
      topic: shipments.destination,
    });
    const response = await post(`${url}/orders`, ORDER);
    assert.equal(response.status, 202);
    assert.deepEqual(await shipped, { orderId: 7, parcels: 3 });
  });

  test('says what is wrong with an order, and sends nothing', async (t) => {
    const { url } = await startShop(t);
    const response = await post(`${url}/orders`, { id: 7, item: '' });
    assert.equal(response.status, 422);
    const { message } = (await response.json()) as { message: { path: string }[] };
    assert.deepEqual(
      message.map(({ path }) => path),
      ['item'],
    );
  });

  test('answers a request for an order with its shipment', async (t) => {
    const { messaging, url } = await startShop(t);
    assert.deepEqual(await messaging.request(orders, { ...ORDER, id: 8 }), {
      orderId: 8,
      parcels: 3,
    });
    const response = await post(`${url}/messages/orders?reply=true`, { ...ORDER, id: 9 });
    assert.deepEqual(await response.json(), { orderId: 9, parcels: 3 });
  });

  test('checks the way to the broker, and its own health', async (t) => {
    const { url } = await startShop(t);
    const check = (await (await fetch(`${url}/chk/mq`)).json()) as { path: string };
    assert.equal(check.path, '/chk/mq');
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
  });
});

describe('the program', () => {
  test('starts, answers, and ends with 0 when it is told to', async (t) => {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    t.after(() => broker.close());
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const MQ_URL = broker.connectors[0]?.url ?? '';
    const shop = spawn(process.execPath, [main], { env: { MQ_URL, PORT: '0' } });
    t.after(() => shop.kill('SIGKILL'));
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      shop.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const [, found] = /curl (\S+)\/chk/.exec(output) ?? [];
        if (found !== undefined) resolve(found);
      });
      shop.once('exit', () => reject(new Error(`it ended: ${output}`)));
    });
    assert.equal((await post(`${url}/orders`, ORDER)).status, 202);
    shop.kill('SIGTERM');
    const [code] = await once(shop, 'exit');
    assert.equal(code, 0);
  });
});
