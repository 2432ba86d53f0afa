import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUtf8, FrameHeaders } from '@stompbox/protocol';
import { createMessaging, resolveSettings, startBroker } from 'stompbox';
import { cloudEventHeaders, toCloudEvent } from 'stompbox/rest';
import { gate } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { post, routerWithFake } from './calls.js';

const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BINARY = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/shop', 'ce-type': 'order' };
const EVENT = { specversion: '1.0', id: 'e1', source: '/shop', type: 'order' } as const;

function message(headers: Record<string, string>, body: string | Uint8Array = '') {
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  return { messageId: 'm1', headers: FrameHeaders.from(headers), body: bytes };
}

function manyAttributes(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, 'x']));
}

describe('a CloudEvent that comes by HTTP', () => {
  test('in structured mode is sent as its data, with its attributes as headers', async () => {
    const { router, fake } = routerWithFake();
    const event = { ...EVENT, subject: 'ü', n: 3, datacontenttype: 'application/json' };
    await post(router, '/messages/orders', { ...event, data: { id: 7 } }, STRUCTURED);
    const [sent] = fake.sends;
    assert.deepEqual(sent?.body, { id: 7 });
    assert.deepEqual(sent?.options.headers, {
      'ce-specversion': '1.0',
      'ce-id': 'e1',
      'ce-source': '/shop',
      'ce-type': 'order',
      'ce-subject': 'ü',
      'ce-n': '3',
      'content-type': 'application/json',
    });
  });

  test('in binary mode, too, with percent-encoded attributes decoded', async () => {
    const { router, fake } = routerWithFake();
    await post(router, '/messages/orders', { id: 7 }, { ...BINARY, 'ce-subject': '%C3%BC%2' });
    await post(router, '/messages/orders', { id: 7 }, { ...BINARY, 'ce-subject': '%C3%BC' });
    assert.deepEqual(
      fake.sends.map(({ options }) => options.headers?.['ce-subject']),
      ['%C3%BC%2', 'ü'],
    );
  });

  test('is told apart by source and id, so that the broker drops a repetition', async () => {
    const { router, fake } = routerWithFake();
    await post(router, '/messages/orders', { id: 7 }, BINARY);
    await post(router, '/messages/orders', { ...EVENT, data: { id: 7 } }, STRUCTURED);
    await post(router, '/messages/orders', { id: 7 }, { ...BINARY, 'ce-id': 'e2' });
    const [first, second, third] = fake.sends.map(({ options }) => options.dedupId);
    assert.ok(first);
    assert.equal(first, second);
    assert.notEqual(first, third);
  });

  test('may carry bytes, text, or nothing', async () => {
    const { router, fake } = routerWithFake();
    await post(router, '/messages/plain', { ...EVENT, data_base64: 'AP8=' }, STRUCTURED);
    const xml = { datacontenttype: 'application/xml', data: '<a/>' };
    await post(router, '/messages/plain', { ...EVENT, ...xml }, STRUCTURED);
    await post(router, '/messages/plain', EVENT, STRUCTURED);
    const raw = { ...BINARY, 'content-type': 'application/xml' };
    await post(router, '/messages/plain', '<a/>', raw);
    assert.deepEqual(
      fake.sends.map(({ body, options }) => [body, options.headers?.['content-type']]),
      [
        [new Uint8Array([0, 255]), undefined],
        ['<a/>', 'application/xml'],
        ['', undefined],
        [new Uint8Array(encodeUtf8('<a/>')), 'application/xml'],
      ],
    );
  });

  for (const [why, body, headers] of [
    ['no object', [1], STRUCTURED],
    ['another version', { ...EVENT, specversion: '0.3' }, STRUCTURED],
    ['no source', { ...EVENT, source: '' }, STRUCTURED],
    ['an attribute with an upper-case letter', { ...EVENT, Shop: 'x' }, STRUCTURED],
    ['an attribute that is an object', { ...EVENT, shop: {} }, STRUCTURED],
    ['bytes that are not Base64', { ...EVENT, data_base64: 'A*==' }, STRUCTURED],
    ['a content type that is no text', { ...EVENT, datacontenttype: true, data: 'x' }, STRUCTURED],
    ['an empty subject', { ...EVENT, subject: '' }, STRUCTURED],
    ['an attribute that is no whole number', { ...EVENT, shop: 1.5 }, STRUCTURED],
    ['NUL in an attribute', { ...EVENT, subject: 'a\0b' }, STRUCTURED],
    ['half of a character in an attribute', { ...EVENT, subject: '\ud800' }, STRUCTURED],
    ['an encoded line end in an attribute', {}, { ...BINARY, 'ce-subject': 'a%0D%0Ab:c' }],
    ['data twice', { ...EVENT, data: 1, data_base64: 'AA==' }, STRUCTURED],
    ['an attribute that no header can hold', { ...EVENT, subject: ':'.repeat(5_000) }, STRUCTURED],
    ['too many attributes', { ...EVENT, ...manyAttributes(101) }, STRUCTURED],
    ['binary mode without id', {}, { 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': 's' }],
  ] as const) {
    test(`with ${why} is 400`, async () => {
      const { router, fake } = routerWithFake();
      const { status, json } = await post(router, '/messages/plain', body, { ...headers });
      assert.equal(status, 400);
      assert.match(String(json['detail']), /CloudEvent|attribute|Base64/);
      assert.deepEqual(fake.sends, []);
    });
  }
});

describe('a message as a CloudEvent', () => {
  test('in binary mode has its data parsed by its content type', () => {
    const headers = { ...BINARY, 'ce-subject': 'ü', 'content-type': 'application/json' };
    assert.deepEqual(toCloudEvent(message(headers, '{"id":7}')), {
      ...EVENT,
      subject: 'ü',
      datacontenttype: 'application/json',
      data: { id: 7 },
    });
  });

  test('has bytes as Base64', () => {
    const headers = { ...BINARY, 'content-type': 'application/octet-stream' };
    const event = toCloudEvent(message(headers, new Uint8Array([0, 255])));
    assert.equal(event?.data_base64, 'AP8=');
  });

  test('in structured mode is its body', () => {
    const event = { ...EVENT, data: { id: 7 } };
    assert.deepEqual(toCloudEvent(message(STRUCTURED, JSON.stringify(event))), event);
    assert.equal(toCloudEvent(message(STRUCTURED, '{')), undefined);
  });

  test('is made of a message that carries none, when source and type are given', () => {
    const plain = message({ 'content-type': 'text/plain' }, 'hello');
    assert.equal(toCloudEvent(plain), undefined);
    assert.deepEqual(toCloudEvent(plain, { source: '/queue/a', type: 'greeting' }), {
      specversion: '1.0',
      id: 'm1',
      source: '/queue/a',
      type: 'greeting',
      datacontenttype: 'text/plain',
      data: 'hello',
    });
  });

  test('arrives through a broker as it was sent', async (t) => {
    const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    t.after(() => broker.close());
    const settings = resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
    const messaging = createMessaging(settings, { logger: new MemoryLogger() });
    t.after(() => messaging.close());
    const event = { ...EVENT, subject: 'a:b\\ü', datacontenttype: 'application/json' } as const;
    const arrived = gate<unknown>();
    await messaging.consume((_body, context) => arrived.open(toCloudEvent(context)), {
      queue: 'events',
    });
    const data = { id: 7 };
    await messaging.send('/queue/events', data, { headers: cloudEventHeaders(event) });
    assert.deepEqual(await arrived.promise, { ...event, data });
  });
});
