import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, ConnectionError, RequestError, TimeoutError } from '@stompbox/client';
import { encodeUtf8, FrameHeaders, OptionsError } from '@stompbox/protocol';
import { InvalidBodyError, queue, topic } from 'stompbox';
import { PROBLEM_TYPE_PREFIX, restRouter, toResponse } from 'stompbox/rest';
import { gate } from '../support/events.js';
import { call, orders, post, routerWithFake } from './calls.js';
import { FakeMessaging } from './fake-messaging.js';

const refusal = (code: string | undefined, message = 'no') =>
  BrokerError.refused('SEND', {
    command: 'ERROR',
    headers: FrameHeaders.from({ message, ...(code === undefined ? {} : { code }) }),
    body: encodeUtf8(''),
  });

describe('a POST to a destination', () => {
  test('is answered with 202 only when the broker has confirmed', async () => {
    const { router, fake } = routerWithFake();
    const receipt = gate();
    fake.onSend = () => receipt.promise;
    let isAnswered = false;
    const answering = post(router, '/messages/orders', { id: 1 }).finally(() => {
      isAnswered = true;
    });
    while (fake.sends.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isAnswered, false);
    receipt.open();
    const { status, json, headers } = await answering;
    assert.equal(status, 202);
    assert.deepEqual(json, { correlationId: 'id-1', destination: '/queue/orders' });
    assert.equal(headers['x-request-id'], 'id-1');
    assert.deepEqual(fake.sends[0]?.body, { id: 1 });
    assert.equal(fake.sends[0]?.destination, orders);
  });

  test('sends JSON as its value, text as text and other bytes as bytes', async () => {
    const { router, fake } = routerWithFake();
    await post(router, '/messages/plain', { a: [1] });
    await post(router, '/messages/plain', 'hello ✓', { 'content-type': 'text/plain' });
    const bytes = new Uint8Array([0, 255]);
    await post(router, '/messages/plain', bytes, { 'content-type': 'application/octet-stream' });
    assert.deepEqual(
      fake.sends.map(({ body }) => body),
      [{ a: [1] }, 'hello ✓', bytes],
    );
  });

  test('carries the correlation id of the request, and the answer says it', async () => {
    const { router, fake } = routerWithFake();
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    for (const [headers, id] of [
      [{ 'x-request-id': 'r-7' }, 'r-7'],
      [{ traceparent: trace }, '4bf92f3577b34da6a3ce929d0e0e4736'],
      [{ 'x-request-id': 'two words' }, 'id-1'],
    ] as const) {
      const answer = await post(router, '/messages/plain', {}, headers);
      assert.equal(answer.headers['x-request-id'], id);
      assert.equal(answer.json['correlationId'], id);
      assert.equal(fake.sends.at(-1)?.currentCorrelationId, id);
      assert.equal(fake.sends.at(-1)?.options.correlationId, id);
    }
  });

  test('gets more options of the message from the application', async () => {
    const { router, fake } = routerWithFake({
      messageOptions: ({ name, query }) => ({ type: name, priority: Number(query.get('p')) }),
    });
    await post(router, '/messages/plain?p=7', {});
    const { priority, type } = fake.sends[0]?.options ?? {};
    assert.deepEqual([priority, type], [7, 'plain']);
  });

  test('has no option and no header that only the caller wants', async () => {
    const { router, fake } = routerWithFake();
    const wanted = { AMQ_SCHEDULED_DELAY: '9', JMSXGroupID: 'a', persistent: 'false' };
    const url = '/messages/plain?delayMs=9&groupId=a&priority=9';
    await post(router, url, {}, { ...wanted, 'reply-to': '/queue/mine' });
    const sent = { timeoutMs: 10_000, correlationId: 'id-1' };
    assert.deepEqual(fake.sends[0]?.options, sent);
  });

  test('takes a web-standard Request, and its answer becomes a Response', async () => {
    const { router, fake } = routerWithFake();
    const request = new Request('http://x.example/messages/orders', {
      method: 'POST',
      body: '{"id":2}',
      headers: { 'content-type': 'application/json' },
    });
    const response = toResponse(await router.handle(request));
    assert.equal(response.status, 202);
    assert.equal(response.headers.get('content-type'), 'application/json');
    assert.deepEqual(fake.sends[0]?.body, { id: 2 });
  });

  test('takes a body that a framework has parsed before', async () => {
    const { router, fake } = routerWithFake();
    const headers = { 'content-type': 'application/json' };
    const url = '/messages/orders';
    const request = { method: 'POST', url, headers, parsedBody: { id: 3 } };
    assert.equal((await router.handle(request)).status, 202);
    assert.deepEqual(fake.sends[0]?.body, { id: 3 });
  });
});

describe('what is not sent', () => {
  for (const [why, method, url, body, headers, status, type] of [
    ['an unknown destination', 'POST', '/messages/secret', {}, {}, 404, 'unknown-destination'],
    ['a name of all objects', 'POST', '/messages/constructor', {}, {}, 404, 'unknown-destination'],
    ['a path beside the prefix', 'POST', '/other/orders', {}, {}, 404, 'not-found'],
    ['a path with a bad escape', 'POST', '/messages/%', {}, {}, 404, 'not-found'],
    ['another method', 'PUT', '/messages/orders', {}, {}, 405, 'method-not-allowed'],
    ['text that is not JSON', 'POST', '/messages/plain', '{', {}, 400, 'bad-request'],
    ['no UTF-8', 'POST', '/messages/plain', new Uint8Array([255]), {}, 400, 'bad-request'],
    [
      'a type that nobody reads',
      'POST',
      '/messages/plain',
      '<a/>',
      { 'content-type': 'application/xml' },
      415,
      'unsupported-media-type',
    ],
    [
      'another character set',
      'POST',
      '/messages/plain',
      'a',
      { 'content-type': 'text/plain; charset=latin1' },
      415,
      'unsupported-media-type',
    ],
    [
      'an Idempotency-Key of no characters',
      'POST',
      '/messages/plain',
      {},
      { 'idempotency-key': ' ' },
      400,
      'bad-request',
    ],
  ] as const) {
    test(`${why}: ${status} ${type}`, async () => {
      const { router, fake } = routerWithFake();
      const answer = await call(router, method, url, body, headers);
      assert.equal(answer.status, status);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.equal(answer.json['type'], PROBLEM_TYPE_PREFIX + type);
      assert.deepEqual(fake.sends, []);
    });
  }

  for (const url of ['*', 'http://[', '']) {
    test(`a target that is no path, "${url}": 404`, async () => {
      const { router } = routerWithFake();
      assert.equal((await call(router, 'OPTIONS', url)).status, 404);
    });
  }

  test('a body over the limit, announced, whole or in parts: 413', async () => {
    const { router, fake } = routerWithFake({ maxBodyBytes: 10 });
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(6);
    }
    const request = { method: 'POST', url: '/messages/plain' };
    const headers = { 'content-type': 'text/plain' };
    const announced = { ...headers, 'content-length': '11' };
    for (const sent of [
      { ...request, headers: announced, body: new Uint8Array(3) },
      { ...request, headers, body: new Uint8Array(11) },
      { ...request, headers, body: endless() },
      { ...request, headers, parsedBody: 'eleven char' },
    ]) {
      assert.equal((await router.handle(sent)).status, 413);
    }
    assert.deepEqual(fake.sends, []);
  });

  test('what may not be sent: 403, or as the application answers it', async () => {
    const unauthorized = { status: 401, headers: { 'www-authenticate': 'Basic' }, body: undefined };
    const { router, fake } = routerWithFake({
      authorize: ({ name, header }) => {
        if (header('authorization') === undefined) return unauthorized;
        return name === 'plain';
      },
    });
    assert.equal((await post(router, '/messages/plain', {})).status, 401);
    const login = { authorization: 'x' };
    assert.equal((await post(router, '/messages/orders', { id: 1 }, login)).status, 403);
    assert.equal((await post(router, '/messages/plain', {}, login)).status, 202);
    assert.equal(fake.sends.length, 1);
  });
});

describe('an authorize that does not say who or whether', () => {
  for (const said of [undefined, null, 'ada', {}, { principal: undefined }]) {
    test(`but ${JSON.stringify(said)} lets nobody in`, async () => {
      const authorize = (() => said) as unknown as () => boolean;
      const { router, fake } = routerWithFake({ authorize });
      await assert.rejects(post(router, '/messages/plain', {}), {
        code: 'STOMP_OPT_INVALID',
        message: /authorize of restRouter\(\) must return true, false/,
      });
      assert.deepEqual(fake.sends, []);
    });
  }

  test('may give a user of the application that has a status', async () => {
    const user = { principal: 'ada', status: 'active' };
    const { router } = routerWithFake({ authorize: () => user });
    assert.equal((await post(router, '/messages/plain', {})).status, 202);
  });
});

describe('what the service refuses', () => {
  test('a body that does not fit the schema: 422 with every fault', async () => {
    const { router, fake } = routerWithFake();
    fake.onSend = () => {
      const issues = [
        { path: 'items.0.price', message: 'too low' },
        { path: '', message: 'incomplete' },
        { path: 'a/b~c.\ud800', message: 'odd' },
      ];
      return Promise.reject(new InvalidBodyError('/queue/orders', issues));
    };
    const { status, json } = await post(router, '/messages/orders', {});
    assert.equal(status, 422);
    assert.equal(json['code'], 'STOMP_OPT_SCHEMA');
    assert.deepEqual(json['errors'], [
      { pointer: '#/items/0/price', detail: 'too low' },
      { pointer: '#', detail: 'incomplete' },
      { pointer: '#/a~1b~0c/%EF%BF%BD', detail: 'odd' },
    ]);
  });

  for (const [error, status, type, hasRetryAfter] of [
    [new OptionsError('STOMP_OPT_BODY', 'a NUL'), 422, 'invalid-body', false],
    [ConnectionError.of('STOMP_NET_REFUSED', ['secret-host:1']), 503, 'broker-unavailable', true],
    [ConnectionError.of('STOMP_NET_CLOSED', ['SEND']), 503, 'broker-unavailable', true],
    [TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', ['x', 1]), 503, 'broker-unavailable', true],
    [ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', ['SEND']), 503, 'outcome-unknown', true],
    [TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['SEND', 1]), 503, 'outcome-unknown', true],
    [ConnectionError.of('STOMP_NET_KEPT', ['SEND']), 503, 'outcome-unknown', true],
    [refusal('STOMP_PROTO_NOT_ALLOWED'), 403, 'not-allowed', false],
    [refusal(undefined, 'User u is not authorized to write to: q'), 403, 'not-allowed', false],
    [refusal('STOMP_PROTO_QUEUE_FULL'), 503, 'queue-full', true],
    [refusal('STOMP_FRAME_BODY_TOO_LARGE'), 413, 'body-too-large', false],
    [refusal('STOMP_PROTO_BAD_HEADER', 'secret-host says no'), 502, 'broker-refused', false],
    [RequestError.of('STOMP_REQUEST_LOST', ['/queue/a']), 503, 'outcome-unknown', true],
  ] as const) {
    test(`${error.code} ${error.message.slice(0, 30)}: ${status} ${type}`, async () => {
      const { router, fake, logger } = routerWithFake();
      fake.onSend = () => Promise.reject(error);
      const answer = await post(router, '/messages/plain', {});
      assert.equal(answer.status, status);
      assert.equal(answer.json['type'], PROBLEM_TYPE_PREFIX + type);
      assert.equal(answer.headers['retry-after'], hasRetryAfter ? '5' : undefined);
      assert.doesNotMatch(answer.text, /secret-host/);
      const logged = status >= 500 ? 1 : 0;
      assert.equal(logger.lines.filter((line) => line.includes(error.message)).length, logged);
    });
  }

  test('an error of the application is not made into an answer', async () => {
    const { router, fake } = routerWithFake();
    fake.onSend = () => Promise.reject(new TypeError('bug'));
    await assert.rejects(post(router, '/messages/plain', {}), { message: 'bug' });
    const failing = routerWithFake({ authorize: () => Promise.reject(new Error('no directory')) });
    await assert.rejects(post(failing.router, '/messages/plain', {}), { message: 'no directory' });
  });
});

describe('the options', () => {
  const { messaging } = new FakeMessaging();

  test('take destinations by name or as a list', async () => {
    const fake = new FakeMessaging();
    const router = restRouter(fake.messaging, { destinations: [orders, topic('news')] });
    assert.equal((await post(router, '/news', {})).json['destination'], '/topic/news');
  });

  for (const [why, options, code, message] of [
    ['no destination', { destinations: {} }, 'STOMP_OPT_INVALID', /destinations .* at least one/],
    [
      'two of one name',
      { destinations: [queue('a'), topic('a')] },
      'STOMP_OPT_INVALID',
      /two destinations called a/,
    ],
    [
      'a prefix with a slash at its end',
      { destinations: { orders }, prefix: '/messages/' },
      'STOMP_OPT_INVALID',
      /prefix .* without a slash/,
    ],
    [
      'an unknown option',
      { destinations: { orders }, ...({ bodyLimit: 1 } as object) },
      'STOMP_OPT_UNKNOWN',
      /did you mean "maxBodyBytes"/,
    ],
    [
      'an unknown option of replies',
      { destinations: { orders }, reply: { timeoutMs: 1 } as object },
      'STOMP_OPT_UNKNOWN',
      /reply\.timeoutMs .* "waitMs"/,
    ],
  ] as const) {
    test(`${why}: ${code}`, () => {
      assert.throws(() => restRouter(messaging, options), { code, message });
    });
  }
});
