import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError } from '@stompbox/client';
import { checkRouter, PROBLEM_TYPE_PREFIX } from 'stompbox/rest';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeMessaging } from './fake-messaging.js';

const probe = (status: 'ok' | 'failed') => ({ status, components: [] });
const report = { status: 'failed', atMs: 5, live: probe('ok'), ready: probe('failed') } as const;
const health = { check: async () => ({ ...report, started: probe('ok') }) };
const get = (url: string) => ({ method: 'GET', url, headers: { host: 'a:1' } });

describe('the check routes', () => {
  test('send to queue and topic, and answer with what was sent', async () => {
    const { messaging, sends } = new FakeMessaging();
    const router = checkRouter({ messaging });
    const origin = 'https://shop.example';
    const response = await router.handle({ ...get('/chk/mq?a=1'), origin });
    const check = { url: 'https://shop.example/chk/mq?a=1', path: '/chk/mq', host: 'a:1' };
    assert.deepEqual([response.status, JSON.parse(String(response.body))], [200, check]);
    assert.deepEqual(
      sends.map(({ destination, body }) => [destination, body]),
      [
        ['/queue/SampleQueue', check],
        ['/topic/SampleTopic', check],
      ],
    );
  });

  test('answer 503 when the broker is away, and the log says why', async () => {
    const fake = new FakeMessaging();
    const logger = new MemoryLogger();
    fake.onSend = () => Promise.reject(ConnectionError.of('STOMP_NET_REFUSED', ['host:1']));
    const router = checkRouter({ messaging: fake.messaging }, { logger });
    const { status, body } = await router.handle(get('/chk/mq'));
    assert.equal(status, 503);
    assert.equal(JSON.parse(String(body)).type, `${PROBLEM_TYPE_PREFIX}broker-unavailable`);
    assert.match(logger.lines.join(), /warn: the check of messaging failed: host:1 refused/);
  });

  test('do not dress up other errors', async () => {
    const fake = new FakeMessaging();
    fake.onSend = () => Promise.reject(new TypeError('bug'));
    const router = checkRouter({ messaging: fake.messaging });
    await assert.rejects(router.handle(get('/chk/mq')), { message: 'bug' });
  });

  test('answer for health as a whole and by probe', async () => {
    const { messaging } = new FakeMessaging();
    const router = checkRouter({ messaging, state: 'started' }, { health, healthPath: '/h' });
    assert.deepEqual(router.paths, ['/chk/mq', '/h', '/h/live', '/h/ready', '/h/started']);
    const statuses = [];
    for (const path of router.paths.slice(1)) {
      statuses.push((await router.handle(get(`/in${path}`), { prefix: '/in' })).status);
    }
    assert.deepEqual(statuses, [503, 200, 503, 200]);
  });

  test('leave out the check that sends, where only health is wanted', async () => {
    const { messaging, sends } = new FakeMessaging();
    const router = checkRouter({ messaging }, { health, checkPath: false });
    assert.deepEqual(router.paths, ['/health', '/health/live', '/health/ready', '/health/started']);
    assert.equal((await router.handle(get('/chk/mq'))).status, 404);
    assert.deepEqual(sends, []);
    assert.throws(() => checkRouter({ messaging }, { checkPath: true } as object), {
      message: /checkPath of checkRouter\(\) must be a path such as \/chk\/mq, or false, not true/,
    });
  });

  test('say not ready while the application drains, and still alive', async () => {
    const well = { check: async () => ({ ...(await health.check()), ready: probe('ok') }) };
    const { messaging } = new FakeMessaging();
    const router = checkRouter({ messaging, state: 'draining' }, { health: well });
    const ready = await router.handle(get('/health/ready'));
    assert.deepEqual([ready.status, JSON.parse(String(ready.body)).status], [503, 'failed']);
    assert.equal((await router.handle(get('/health/live'))).status, 200);
  });

  test('know no other path or method, and no health unless it is given', async () => {
    const { messaging } = new FakeMessaging();
    const router = checkRouter({ messaging }, { checkPath: '/check' });
    assert.equal((await router.handle(get('/health'))).status, 404);
    assert.equal((await router.handle(get('/chk/mq'))).status, 404);
    assert.equal((await router.handle({ ...get('/check'), method: 'POST' })).status, 405);
    assert.throws(() => checkRouter({ messaging }, { checkPath: 'chk' }), {
      code: 'STOMP_OPT_INVALID',
    });
    assert.throws(() => checkRouter({ messaging }, { path: '/x' } as object), {
      code: 'STOMP_OPT_UNKNOWN',
      message: /"checkPath"/,
    });
  });
});
