import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message, RequesterOptions, RequestManyOptions } from '@stompbox/client';
import type { Frame } from '@stompbox/protocol';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { until } from '../support/scripted-broker.js';
import { answer, nthRequest, type RequestScene, requestScene } from './stage.js';

interface ManyScene extends RequestScene {
  readonly request: Frame;
  readonly got: string[];
  /** Settles with the loop. */
  readonly ended: Promise<void>;
}

/** A loop over the replies to one request, which has arrived. */
async function manyScene(
  options: RequestManyOptions,
  requesterOptions: RequesterOptions = {},
): Promise<ManyScene> {
  const all = await requestScene(requesterOptions);
  const got: string[] = [];
  const loop = async () => {
    for await (const reply of all.requests.requestMany('/queue/x', 'all?', options)) {
      got.push(reply.text());
    }
  };
  const ended = loop();
  // Looked at later; it must not count as unhandled until then.
  ended.catch(() => undefined);
  return { ...all, request: await nthRequest(all.broker, 1), got, ended };
}

describe('many replies to one request', () => {
  test('end with their number', async () => {
    const { broker, request, ended, got, requests, connection } = await manyScene({
      maxReplies: 2,
    });
    answer(broker.session, request, 'a');
    answer(broker.session, request, 'b');
    await ended;
    assert.deepEqual(got, ['a', 'b']);
    assert.equal(requests.pendingRequests, 0);
    await connection.close();
  });

  test('end with the one that says it is the last', async () => {
    const isLast = (message: Message) => message.headers.get('last') === 'true';
    const { broker, request, ended, got, connection } = await manyScene({ isLast });
    answer(broker.session, request, 'a');
    answer(broker.session, request, 'b', { last: 'true' });
    await ended;
    assert.deepEqual(got, ['a', 'b']);
    await connection.close();
  });

  test('end when no further one comes, however long the first one took', async () => {
    const { broker, request, ended, got, clock, connection } = await manyScene({
      timeoutMs: 10_000,
      idleTimeoutMs: 100,
    });
    await clock.advance(5000);
    answer(broker.session, request, 'a');
    await until(() => got.length === 1, 'the first one');
    await clock.advance(99);
    answer(broker.session, request, 'b');
    await until(() => got.length === 2, 'the second one');
    await clock.advance(100);
    await ended;
    assert.deepEqual(got, ['a', 'b']);
    await connection.close();
  });

  test('end after the whole time, if there were any', async () => {
    const { broker, request, ended, got, clock, connection } = await manyScene({ timeoutMs: 500 });
    answer(broker.session, request, 'a');
    await until(() => got.length === 1, 'the reply');
    await clock.advance(500);
    await ended;
    await connection.close();
  });

  test('that never came are a failure', async () => {
    const { ended, clock, connection } = await manyScene({ timeoutMs: 500 });
    await clock.advance(500);
    await assert.rejects(ended, { code: 'STOMP_REQUEST_TIMEOUT' });
    await connection.close();
  });

  for (const [what, options] of [
    ['the whole time', { timeoutMs: 500 }],
    ['the pause between two', { timeoutMs: 10_000, idleTimeoutMs: 500 }],
  ] as const) {
    test(`whose last one is missing after ${what} are a failure, after those that came`, async () => {
      const { broker, request, ended, got, clock, connection } = await manyScene({
        ...options,
        isLast: () => false,
      });
      answer(broker.session, request, 'a');
      await until(() => got.length === 1, 'the reply');
      await clock.advance(500);
      await assert.rejects(ended, { code: 'STOMP_REQUEST_TIMEOUT' });
      assert.deepEqual(got, ['a']);
      await connection.close();
    });
  }

  test('fail with what isLast throws', async () => {
    const bug = new Error('bug');
    const { broker, request, ended, connection } = await manyScene({
      isLast() {
        throw bug;
      },
    });
    answer(broker.session, request, 'a');
    await assert.rejects(ended, bug);
    await connection.close();
  });

  test('fail with an error reply, after those that came', async () => {
    const { broker, request, ended, got, connection } = await manyScene({});
    answer(broker.session, request, 'a');
    answer(broker.session, request, '', { 'x-reply-error': 'broken' });
    await assert.rejects(ended, { code: 'STOMP_REQUEST_FAILED', message: /broken/ });
    assert.deepEqual(got, ['a']);
    await connection.close();
  });

  test('fail with the loss of the connection', async () => {
    const all = await manyScene({});
    await lose(all);
    await assert.rejects(all.ended, { code: 'STOMP_REQUEST_LOST' });
    await recover(all);
    await all.connection.close();
  });

  test('are no longer waited for when the loop is left', async () => {
    const { requests, broker, connection, clock } = await requestScene({ onStatus: () => {} });
    const loop = async () => {
      for await (const reply of requests.requestMany('/queue/x', '')) return reply.text();
      return 'none';
    };
    const first = loop();
    const request = await nthRequest(broker, 1);
    answer(broker.session, request, 'a');
    assert.equal(await first, 'a');
    assert.equal(requests.pendingRequests, 0);
    answer(broker.session, request, 'b');
    await until(() => requests.unclaimedReplies === 1, 'the other one is unclaimed');
    const timers = clock.timerCount;
    await connection.close();
    assert.ok(clock.timerCount <= timers);
  });

  test('are asked for anew by each loop, and by none before it begins', async () => {
    const { requests, broker, connection } = await requestScene();
    const replies = requests.requestMany('/queue/x', '', { maxReplies: 1 });
    await settle();
    assert.deepEqual(broker.session.received('SEND'), []);
    for (const count of [1, 2]) {
      const next = replies[Symbol.asyncIterator]().next();
      answer(broker.session, await nthRequest(broker, count), `${count}`);
      assert.equal((await next).value?.text(), `${count}`);
    }
    await connection.close();
  });

  test('have options that are checked at once', async () => {
    const { requests, connection } = await requestScene();
    for (const options of [{ maxReplies: 0 }, { idleTimeoutMs: -1 }, { isLast: true as never }]) {
      assert.throws(() => requests.requestMany('/queue/x', '', options), {
        code: 'STOMP_OPT_INVALID',
      });
    }
    await connection.close();
  });
});
