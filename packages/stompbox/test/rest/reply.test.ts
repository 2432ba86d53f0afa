import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, RequestError } from '@stompbox/client';
import { UnreadableBodyError } from 'stompbox';
import { PROBLEM_TYPE_PREFIX } from 'stompbox/rest';
import { gate, settled } from '../support/events.js';
import { ManualTimers } from '../support/manual-timers.js';
import { call, post, routerWithFake } from './calls.js';
import type { FakeMessaging } from './fake-messaging.js';

const refuse = () => Promise.reject(ConnectionError.of('STOMP_NET_REFUSED', ['host:1']));

describe('a request for a reply', () => {
  for (const [how, url, headers, waitMs] of [
    ['?reply=true', '/messages/orders?reply=true', {}, 15_000],
    ['Prefer: wait', '/messages/orders', { prefer: 'respond-async, wait=3' }, 3_000],
    ['Prefer: wait over the most', '/messages/orders', { prefer: 'wait=999' }, 60_000],
  ] as const) {
    test(`by ${how} waits ${waitMs} ms and answers with the reply`, async () => {
      const timers = new ManualTimers();
      const { router, fake } = routerWithFake({}, { clock: timers.clock });
      const reply = gate<unknown>();
      fake.onRequest = () => reply.promise;
      const answering = post(router, url, { id: 1 }, headers);
      await settled();
      assert.deepEqual(timers.delaysMs, [waitMs]);
      reply.open({ total: 7 });
      const { status, json } = await answering;
      assert.equal(status, 200);
      assert.deepEqual(json, { total: 7 });
      assert.equal(fake.requests[0]?.options.timeoutMs, waitMs + 300_000);
    });
  }

  test('answers with a text or bytes as they are', async () => {
    const { router, fake } = routerWithFake();
    fake.onRequest = () => Promise.resolve('hello');
    const text = await post(router, '/messages/plain?reply=true', {});
    assert.equal(text.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(text.text, 'hello');
    fake.onRequest = () => Promise.resolve(new Uint8Array([1, 2]));
    const bytes = await post(router, '/messages/plain?reply=true', {});
    assert.equal(bytes.headers['content-type'], 'application/octet-stream');
    fake.onRequest = () => Promise.resolve(undefined);
    assert.equal((await post(router, '/messages/plain?reply=true', {})).text, 'null');
  });

  test('without a reply in time is 504, and the late reply can be read', async () => {
    const timers = new ManualTimers();
    const { router, fake } = routerWithFake({}, { clock: timers.clock });
    const reply = gate<unknown>();
    fake.onRequest = () => reply.promise;
    const answering = post(router, '/messages/orders?reply=true', { id: 1 });
    await settled();
    timers.fire();
    const { status, headers, json } = await answering;
    assert.equal(status, 504);
    assert.equal(json['type'], `${PROBLEM_TYPE_PREFIX}no-reply`);
    const location = headers['location'] ?? '';
    assert.match(location, /^\/messages\/orders\/replies\/id-\d+$/);
    const waiting = await call(router, 'GET', location);
    assert.deepEqual([waiting.status, waiting.headers['retry-after']], [202, '5']);
    reply.open({ late: true });
    await settled();
    const late = await call(router, 'GET', location);
    assert.deepEqual([late.status, late.json], [200, { late: true }]);
    assert.equal((await call(router, 'GET', '/messages/plain/replies/id-2')).status, 404);
    assert.equal((await call(router, 'POST', location, {})).status, 405);
  });

  for (const [why, prepare] of [
    ['was never there', (fake: FakeMessaging) => (fake.onConnect = refuse)],
    ['is lost', (fake: FakeMessaging) => (fake.state = 'reconnecting')],
  ] as const) {
    test(`is 503 while the broker ${why}, and its key stays free`, async () => {
      const { router, fake } = routerWithFake();
      prepare(fake);
      for (const _try of [1, 2]) {
        const key = { 'idempotency-key': 'k' };
        const url = '/messages/orders?reply=true';
        const { status, json } = await post(router, url, { id: 1 }, key);
        const type = `${PROBLEM_TYPE_PREFIX}broker-unavailable`;
        assert.deepEqual([status, json['type']], [503, type]);
      }
      assert.deepEqual(fake.requests, []);
    });
  }

  test('of one caller is not read by another', async () => {
    const timers = new ManualTimers();
    const authorize = ({ header }: { header(name: string): string | undefined }) => ({
      principal: header('x-user') ?? '',
    });
    const { router, fake } = routerWithFake({ authorize }, { clock: timers.clock });
    fake.onRequest = () => gate().promise;
    const answering = post(router, '/messages/orders?reply=1', { id: 1 }, { 'x-user': 'ada' });
    await settled();
    timers.fire();
    const location = (await answering).headers['location'] ?? '';
    assert.equal((await call(router, 'GET', location, '', { 'x-user': 'bob' })).status, 404);
    assert.equal((await call(router, 'GET', location, '', { 'x-user': 'ada' })).status, 202);
  });

  for (const [error, status, type] of [
    [RequestError.of('STOMP_REQUEST_TIMEOUT', ['/queue/a', 1]), 504, 'no-reply'],
    [RequestError.of('STOMP_REQUEST_FAILED', ['/queue/a', 'why']), 502, 'responder-failed'],
    [new UnreadableBodyError('m1 is not JSON'), 502, 'responder-failed'],
    [RequestError.of('STOMP_REQUEST_LOST', ['/queue/a']), 503, 'outcome-unknown'],
    [RequestError.of('STOMP_REQUEST_CLOSED', ['/queue/a']), 503, 'outcome-unknown'],
  ] as const) {
    test(`that ends with ${error.code}: ${status} ${type}`, async () => {
      const { router, fake } = routerWithFake();
      fake.onRequest = () => Promise.reject(error);
      const answer = await post(router, '/messages/orders?reply=true', { id: 1 });
      assert.equal(answer.status, status);
      assert.equal(answer.json['type'], PROBLEM_TYPE_PREFIX + type);
    });
  }

  test('that was handled, though it failed, is not sent again under its key', async () => {
    const { router, fake } = routerWithFake();
    const failed = RequestError.of('STOMP_REQUEST_FAILED', ['/queue/a', 'why']);
    fake.onRequest = () => Promise.reject(failed);
    const key = { 'idempotency-key': 'k' };
    for (const _try of [1, 2]) {
      const { status } = await post(router, '/messages/orders?reply=true', { id: 1 }, key);
      assert.equal(status, 502);
    }
    assert.equal(fake.requests.length, 1);
  });

  test('is sent without waiting where there is no request mode, or reply=false', async () => {
    const { router, fake } = routerWithFake({ reply: false });
    assert.equal((await post(router, '/messages/orders?reply=true', { id: 1 })).status, 202);
    const other = routerWithFake();
    const wait = { prefer: 'wait=3' };
    const sent = await post(other.router, '/messages/orders?reply=false', { id: 1 }, wait);
    assert.equal(sent.status, 202);
    assert.deepEqual([fake.requests, other.fake.requests], [[], []]);
  });
});
