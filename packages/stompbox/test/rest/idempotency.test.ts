import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, ConnectionError } from '@stompbox/client';
import { createMessaging, listener, resolveSettings, startBroker } from 'stompbox';
import { type AnswerStore, memoryAnswers, PROBLEM_TYPE_PREFIX, restRouter } from 'stompbox/rest';
import { gate } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { orders, post, routerWithFake } from './calls.js';

const KEY = { 'idempotency-key': '"k-1"' };
const lost = () => Promise.reject(ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', ['SEND']));

class SetClock implements Clock {
  nowMs = 1_000;
  now(): number {
    return this.nowMs;
  }
  setTimer(): () => void {
    return () => undefined;
  }
}

describe('an Idempotency-Key', () => {
  test('gets the same answer again, and nothing more is sent', async () => {
    const { router, fake } = routerWithFake();
    const first = await post(router, '/messages/orders', { id: 1 }, KEY);
    const bare = { 'idempotency-key': 'k-1' };
    const second = await post(router, '/messages/orders', { id: 1 }, bare);
    assert.equal(second.status, 202);
    assert.equal(second.text, first.text);
    assert.equal(fake.sends.length, 1);
    assert.equal(fake.sends[0]?.options.headers?.['idempotency-key'], 'k-1');
  });

  test('with another body, or another CloudEvent, is 422', async () => {
    const { router, fake } = routerWithFake();
    const event = { 'ce-specversion': '1.0', 'ce-source': '/s', 'ce-type': 't' };
    await post(router, '/messages/orders', { id: 1 }, { ...KEY, ...event, 'ce-id': '1' });
    for (const [body, id] of [
      [{ id: 2 }, '1'],
      [{ id: 1 }, '2'],
    ] as const) {
      const headers = { ...KEY, ...event, 'ce-id': id };
      const { status, json } = await post(router, '/messages/orders', body, headers);
      assert.equal(status, 422);
      assert.equal(json['type'], `${PROBLEM_TYPE_PREFIX}key-reused`);
    }
    assert.equal(fake.sends.length, 1);
  });

  test('is 409 while the first request is in progress', async () => {
    const { router, fake } = routerWithFake();
    const receipt = gate();
    const isSending = gate();
    fake.onSend = () => {
      isSending.open();
      return receipt.promise;
    };
    const first = post(router, '/messages/orders', { id: 1 }, KEY);
    await isSending.promise;
    const second = await post(router, '/messages/orders', { id: 1 }, KEY);
    assert.equal(second.status, 409);
    assert.equal(second.headers['retry-after'], '5');
    assert.equal((await post(router, '/messages/orders', { id: 2 }, KEY)).status, 422);
    receipt.open();
    assert.equal((await first).status, 202);
    assert.equal((await post(router, '/messages/orders', { id: 1 }, KEY)).status, 202);
    assert.equal(fake.sends.length, 1);
  });

  test('may be used again when the outcome is unknown, with the same dedup id', async () => {
    const { router, fake } = routerWithFake();
    fake.onSend = lost;
    const first = await post(router, '/messages/orders', { id: 1 }, KEY);
    assert.equal(first.status, 503);
    assert.equal(first.json['type'], `${PROBLEM_TYPE_PREFIX}outcome-unknown`);
    assert.equal(first.json['isRetrySafe'], true);
    assert.match(String(first.json['detail']), /same Idempotency-Key: the broker drops a second/);
    fake.onSend = () => Promise.resolve();
    assert.equal((await post(router, '/messages/orders', { id: 1 }, KEY)).status, 202);
    const [one, two] = fake.sends.map(({ options }) => options.dedupId);
    assert.equal(one, two);
    assert.match(one ?? '', /^[0-9a-f]{64}$/);
  });

  test('has no dedup id at a broker that knows none, and the problem says so', async () => {
    const { router, fake } = routerWithFake();
    fake.profile = 'activemq';
    fake.onSend = lost;
    const { json } = await post(router, '/messages/orders', { id: 1 }, KEY);
    assert.equal(json['isRetrySafe'], false);
    assert.match(String(json['detail']), /may then arrive twice/);
    assert.equal(fake.sends[0]?.options.dedupId, undefined);
    assert.equal(fake.sends[0]?.options.headers?.['idempotency-key'], 'k-1');
  });

  test('that this process has forgotten does not let the broker drop another request', async () => {
    await using broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
    const settings = resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
    await using messaging = createMessaging(settings, { logger: new MemoryLogger() });
    for (const id of [1, 2, 2]) {
      const restarted = restRouter(messaging, { destinations: { orders } });
      assert.equal((await post(restarted, '/orders', { id }, KEY)).status, 202);
    }
    await messaging.send(orders, { id: 3 });
    const ids: number[] = [];
    const last = gate();
    await messaging.consume(
      listener(orders, {}, ({ id }) => {
        ids.push(id);
        if (id === 3) last.open();
      }),
    );
    await last.promise;
    assert.deepEqual(ids, [1, 2, 3]);
  });

  test('is free again after an error of the application', async () => {
    const { router, fake } = routerWithFake();
    fake.onSend = () => Promise.reject(new TypeError('bug'));
    await assert.rejects(post(router, '/messages/orders', { id: 1 }, KEY), TypeError);
    fake.onSend = () => Promise.resolve();
    assert.equal((await post(router, '/messages/orders', { id: 1 }, KEY)).status, 202);
  });

  test('of one caller is not that of another, nor of another destination', async () => {
    const { router, fake } = routerWithFake({
      authorize: ({ header }) => ({ principal: header('x-user') ?? '' }),
    });
    for (const user of ['ada', 'bob']) {
      await post(router, '/messages/orders', { id: 1 }, { ...KEY, 'x-user': user });
    }
    await post(router, '/messages/plain', { id: 1 }, { ...KEY, 'x-user': 'ada' });
    assert.equal(new Set(fake.sends.map(({ options }) => options.dedupId)).size, 3);
  });

  test('whose answer cannot be kept is answered all the same, and the log says it', async () => {
    const broken: AnswerStore = {
      begin: () => Promise.resolve({ state: 'new' }),
      finish: () => Promise.reject(new Error('disk full')),
      forget: () => Promise.resolve(),
    };
    const { router, logger } = routerWithFake({ answers: broken });
    assert.equal((await post(router, '/messages/orders', { id: 1 }, KEY)).status, 202);
    assert.match(logger.lines.join(), /error: .*could not be kept: disk full/);
  });
});

describe('answers in memory', () => {
  const answer = { status: 202, headers: {}, body: '{}' };

  test('are forgotten after their time', async () => {
    const clock = new SetClock();
    const answers = memoryAnswers({ keepMs: 100 }, clock);
    assert.deepEqual(await answers.begin('k', 'f', 10), { state: 'new' });
    await answers.finish('k', 'f', answer);
    clock.nowMs += 99;
    assert.deepEqual(await answers.begin('k', 'f', 10), {
      state: 'done',
      fingerprint: 'f',
      answer,
    });
    clock.nowMs += 1;
    assert.deepEqual(await answers.begin('k', 'f', 10), { state: 'new' });
  });

  test('drop the oldest over their number', async () => {
    const answers = memoryAnswers({ maxAnswers: 2 }, new SetClock());
    for (const key of ['a', 'b', 'c']) {
      await answers.begin(key, 'f', 10);
      await answers.finish(key, 'f', answer);
    }
    const states = [];
    for (const key of ['c', 'b', 'a']) states.push((await answers.begin(key, 'f', 10)).state);
    assert.deepEqual(states, ['done', 'done', 'new']);
  });

  test('a claim ends by itself', async () => {
    const clock = new SetClock();
    const answers = memoryAnswers({}, clock);
    await answers.begin('k', 'f', 10);
    assert.equal((await answers.begin('k', 'f', 10)).state, 'busy');
    clock.nowMs += 10;
    assert.equal((await answers.begin('k', 'f', 10)).state, 'new');
  });

  test('refuse options that they do not know', () => {
    assert.throws(() => memoryAnswers({ max: 1 } as object), { code: 'STOMP_OPT_UNKNOWN' });
  });
});
