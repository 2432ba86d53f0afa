import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RequestError, type RequesterStatus, requester } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { scene } from '../support/scene.js';
import { answerAsUsual, textOf, until } from '../support/scripted-broker.js';
import { answer, failureOf, nthRequest, requestScene } from './stage.js';

describe('a request', () => {
  test('is answered by the reply of its correlation-id', async () => {
    const { requests, broker, connection } = await requestScene();
    const pending = requests.request('/queue/sum', '1 + 1', { headers: { unit: 'm' } });
    const request = await nthRequest(broker, 1);
    assert.equal(request.headers.get('destination'), '/queue/sum');
    assert.equal(request.headers.get('unit'), 'm');
    assert.match(request.headers.get('correlation-id') ?? '', /^[0-9a-f]{32}$/);
    const subscribe = broker.session.received('SUBSCRIBE')[0];
    assert.match(subscribe?.headers.get('destination') ?? '', /^\/temp-queue\/[0-9a-f]{32}$/);
    assert.equal(request.headers.get('reply-to'), subscribe?.headers.get('destination'));
    answer(broker.session, request, '2');
    assert.equal((await pending).text(), '2');
    assert.equal(requests.pendingRequests, 0);
    await connection.close();
  });

  test('shares one subscription with all others, whatever the order of the replies', async () => {
    const { requests, broker, connection } = await requestScene();
    const bodies = ['a', 'b', 'c'];
    const pending = bodies.map((body) => requests.request('/queue/x', body));
    await nthRequest(broker, 3);
    assert.equal(requests.pendingRequests, 3);
    for (const request of broker.session.received('SEND').reverse()) {
      answer(broker.session, request, `${textOf(request)}!`);
    }
    const replies = await Promise.all(pending);
    assert.deepEqual(
      replies.map((reply) => reply.text()),
      ['a!', 'b!', 'c!'],
    );
    assert.equal(broker.session.received('SUBSCRIBE').length, 1);
    await connection.close();
  });

  test('may be answered before the broker confirms it', async () => {
    const { requests, broker, connection } = await requestScene();
    broker.ignore('SEND');
    const pending = requests.request('/queue/x', '');
    const request = await nthRequest(broker, 1);
    answer(broker.session, request, 'fast');
    assert.equal((await pending).text(), 'fast');
    broker.session.receipt(request);
    await connection.close();
  });

  test('uses the words of the broker for its reply queue', async () => {
    const { requests, broker, connection } = await requestScene({
      profile: 'rabbitmq',
      newId: () => 'id',
    });
    const pending = requests.request('/queue/x', '');
    const request = await nthRequest(broker, 1);
    const subscribe = broker.session.received('SUBSCRIBE')[0];
    assert.equal(subscribe?.headers.get('destination'), '/queue/stompbox.reply.id');
    assert.equal(subscribe?.headers.get('auto-delete'), 'true');
    assert.equal(request.headers.get('reply-to'), 'stompbox.reply.id');
    answer(broker.session, request, '');
    await pending;
    await connection.close();
  });

  test('may have a reply queue that the application names', async () => {
    const replyQueue = { destination: '/queue/mine', replyTo: '/queue/mine', headers: [] };
    const { requests, broker, connection } = await requestScene({ replyQueue });
    const pending = requests.request('/queue/x', '');
    const request = await nthRequest(broker, 1);
    assert.equal(request.headers.get('reply-to'), '/queue/mine');
    answer(broker.session, request, 'ok');
    assert.equal((await pending).text(), 'ok');
    await connection.close();
  });

  test('that nobody answers in time fails, and says that it may have been handled', async () => {
    const { requests, broker, clock, connection } = await requestScene();
    const failure = failureOf(requests.request('/queue/x', '', { timeoutMs: 500 }));
    await nthRequest(broker, 1);
    await clock.advance(500);
    const error = await failure;
    assert.ok(error instanceof RequestError);
    assert.equal(error.code, 'STOMP_REQUEST_TIMEOUT');
    assert.match(error.message, /\/queue\/x came within 500 ms: it may have been handled/);
    assert.equal(error.retryable, false);
    assert.equal(requests.pendingRequests, 0);
    await connection.close();
  });

  test('whose reply queue is not there in time was not sent', async () => {
    const { requests, broker, clock, connection } = await requestScene();
    broker.ignore('SUBSCRIBE');
    const failure = failureOf(requests.request('/queue/x', '', { timeoutMs: 500 }));
    await until(() => broker.session.received('SUBSCRIBE').length === 1, 'it asks for the queue');
    await clock.advance(500);
    assert.equal(((await failure) as { code?: string }).code, 'STOMP_NET_TIMEOUT_NOT_SENT');
    const [subscribe] = broker.session.received('SUBSCRIBE');
    assert.ok(subscribe);
    broker.session.receipt(subscribe);
    await settle();
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });

  test('whose reply queue is refused fails, and the next one asks again', async () => {
    const { requests, broker, connection } = await requestScene();
    broker.answers.set('SUBSCRIBE', (frame, session) =>
      session.error('no', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    await assert.rejects(requests.request('/queue/x', ''), { code: 'STOMP_BROKER_REFUSED' });
    broker.answers.delete('SUBSCRIBE');
    const pending = requests.request('/queue/x', '');
    answer(broker.session, await nthRequest(broker, 1), 'ok');
    assert.equal((await pending).text(), 'ok');
    await connection.close();
  });

  test('is given up by its signal, with the reason', async () => {
    const { requests, broker, connection } = await requestScene();
    const controller = new AbortController();
    const failure = failureOf(requests.request('/queue/x', '', { signal: controller.signal }));
    await nthRequest(broker, 1);
    const reason = new Error('the user left');
    controller.abort(reason);
    assert.equal(await failure, reason);
    const late = requests.request('/queue/x', '', { signal: controller.signal });
    assert.equal(await failureOf(late), reason);
    await connection.close();
  });

  test('that the responder fails on rejects with the error reply', async () => {
    const { requests, broker, connection } = await requestScene();
    const failure = failureOf(requests.request('/queue/x', ''));
    const headers = { 'x-reply-error': 'no such order', 'x-reply-error-code': 'E_ORDER' };
    answer(broker.session, await nthRequest(broker, 1), 'details', headers);
    const error = await failure;
    assert.ok(error instanceof RequestError);
    assert.equal(error.code, 'STOMP_REQUEST_FAILED');
    assert.match(error.message, /no such order/);
    assert.equal(error.remoteCode, 'E_ORDER');
    assert.equal(error.reply?.text(), 'details');
    await connection.close();
  });

  test('that the broker refuses fails with its error', async () => {
    const { requests, broker, connection } = await requestScene();
    broker.answers.set('SEND', (frame, session) =>
      session.error('not allowed', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    await assert.rejects(requests.request('/queue/x', ''), { code: 'STOMP_BROKER_REFUSED' });
    broker.answers.delete('SEND');
    await connection.close();
  });

  test('has options that are checked before anything is sent', async () => {
    const { requests, broker, connection } = await requestScene();
    const wrong = [
      { headers: { 'reply-to': '/queue/mine' } },
      { headers: { 'correlation-id': '1' } },
      { timeoutMs: 0 },
      { resend: 'yes' as never },
      { signal: {} as never },
    ];
    for (const options of wrong) {
      await assert.rejects(requests.request('/queue/x', '', options), {
        code: 'STOMP_OPT_INVALID',
      });
    }
    const stream = { async *[Symbol.asyncIterator]() {} };
    await assert.rejects(requests.request('/queue/x', stream, { resend: true }), {
      code: 'STOMP_OPT_BODY',
    });
    const misspelt = { timeout: 5 } as never;
    await assert.rejects(requests.request('/queue/x', '', misspelt), { code: 'STOMP_OPT_UNKNOWN' });
    assert.throws(() => requester(connection, misspelt), { code: 'STOMP_OPT_UNKNOWN' });
    assert.throws(() => requester(connection, { profile: 'amq' as never }), {
      code: 'STOMP_OPT_INVALID',
    });
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });
});

describe('a reply that nobody waits for', () => {
  test('is counted and reported, with whether somebody did', async () => {
    const events: RequesterStatus[] = [];
    const { requests, broker, clock, connection } = await requestScene({
      onStatus: (status) => events.push(status),
    });
    const failure = failureOf(requests.request('/queue/x', '', { timeoutMs: 500 }));
    const request = await nthRequest(broker, 1);
    await clock.advance(500);
    await failure;
    answer(broker.session, request, 'late');
    answer(broker.session, request, 'foreign', { 'correlation-id': 'guessed' });
    await until(() => events.length === 2, 'both are reported');
    assert.equal(requests.unclaimedReplies, 2);
    const told = events.map(
      (event) =>
        event.type === 'unclaimed-reply' && [
          event.isLate,
          event.message.text(),
          event.correlationId,
        ],
    );
    assert.deepEqual(told, [
      [true, 'late', request.headers.get('correlation-id')],
      [false, 'foreign', 'guessed'],
    ]);
    await connection.close();
  });

  test('is a warning of the process, once, where nobody listens', async (t) => {
    const { requests, broker, connection } = await requestScene();
    const warnings: string[] = [];
    t.mock.method(process, 'emitWarning', (text: string) => warnings.push(text));
    const pending = requests.request('/queue/x', '');
    const request = await nthRequest(broker, 1);
    for (const body of ['first', 'second', 'third']) answer(broker.session, request, body);
    assert.equal((await pending).text(), 'first');
    await until(() => requests.unclaimedReplies === 2, 'the others are counted');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /came too late.*onStatus/);
    await connection.close();
  });
});

describe('when the connection is lost', () => {
  test('what waits for a reply is rejected, and the requester works on afterwards', async () => {
    const all = await requestScene();
    const { requests, broker, connection } = all;
    const failure = failureOf(requests.request('/queue/x', 'one'));
    await nthRequest(broker, 1);
    await lose(all);
    const error = await failure;
    assert.ok(error instanceof RequestError);
    assert.equal(error.code, 'STOMP_REQUEST_LOST');
    assert.match(error.message, /may have been handled/);
    assert.ok(error.cause instanceof Error);
    await recover(all);
    const pending = requests.request('/queue/x', 'two');
    const request = await nthRequest(broker, 2);
    assert.equal(
      broker.session.received('SUBSCRIBE')[0]?.headers.get('destination'),
      request.headers.get('reply-to'),
    );
    answer(broker.session, request, 'ok');
    assert.equal((await pending).text(), 'ok');
    await connection.close();
  });

  test('before the broker confirmed the request, it is rejected the same way', async () => {
    const all = await requestScene();
    const { requests, broker, connection } = all;
    broker.ignore('SEND');
    const failure = failureOf(requests.request('/queue/x', ''));
    await nthRequest(broker, 1);
    await lose(all);
    assert.equal(((await failure) as RequestError).code, 'STOMP_REQUEST_LOST');
    await recover(all);
    await connection.close();
  });

  test('a request that may be handled twice is sent again once its queue is back', async () => {
    const all = await requestScene();
    const { requests, broker, connection } = all;
    const pending = requests.request('/queue/x', 'idempotent', { resend: true });
    const first = await nthRequest(broker, 1);
    await settle();
    await lose(all);
    await recover(all);
    const second = await nthRequest(broker, 2);
    assert.deepEqual(broker.session.commands, ['CONNECT', 'SUBSCRIBE', 'SEND']);
    assert.equal(second.headers.get('correlation-id'), first.headers.get('correlation-id'));
    answer(broker.session, second, 'ok');
    assert.equal((await pending).text(), 'ok');
    await connection.close();
  });

  test('also when the loss came before the confirmation, and then only once', async () => {
    const all = await requestScene();
    const { requests, broker, connection } = all;
    broker.ignore('SEND');
    const pending = requests.request('/queue/x', '', { resend: true });
    await nthRequest(broker, 1);
    broker.answers.delete('SEND');
    await lose(all);
    await recover(all);
    const second = await nthRequest(broker, 2);
    await settle();
    assert.equal(broker.session.received('SEND').length, 1);
    assert.equal(second.headers.has('dedup-id'), false, 'it must not be taken for the first one');
    answer(broker.session, second, 'ok');
    assert.equal((await pending).text(), 'ok');
    await connection.close();
  });

  test('a request that was not sent yet goes out after the reconnect', async () => {
    const all = await requestScene();
    const { requests, broker, connection } = all;
    const first = requests.request('/queue/x', '1');
    answer(broker.session, await nthRequest(broker, 1), 'ok');
    await first;
    await lose(all);
    const second = requests.request('/queue/x', '2');
    await recover(all);
    answer(broker.session, await nthRequest(broker, 2), 'ok');
    assert.equal((await second).text(), 'ok');
    await connection.close();
  });

  test('and the queue is refused afterwards, that is told, and the next request makes another', async () => {
    const events: RequesterStatus[] = [];
    const all = await requestScene({ onStatus: (status) => events.push(status) });
    const { requests, broker, connection } = all;
    const first = requests.request('/queue/x', '1');
    answer(broker.session, await nthRequest(broker, 1), 'ok');
    await first;
    await lose(all);
    broker.answers.set('SUBSCRIBE', (frame, session) =>
      session.error('resource_locked', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    await recover(all);
    await until(() => events.length === 1, 'the refusal is told');
    assert.equal(events[0]?.type, 'reply-queue-refused');
    broker.answers.delete('SUBSCRIBE');
    const second = requests.request('/queue/x', '2');
    const request = await nthRequest(broker, 2);
    assert.equal(
      request.headers.get('reply-to'),
      broker.session.received('SUBSCRIBE').at(-1)?.headers.get('destination'),
    );
    answer(broker.session, request, 'ok');
    assert.equal((await second).text(), 'ok');
    await connection.close();
  });

  test('for good, what waits is rejected', async () => {
    const { broker, clock, connection } = await scene({ reconnect: false });
    const requests = requester(connection, { clock });
    const failure = failureOf(requests.request('/queue/x', ''));
    await nthRequest(broker, 1);
    await settle();
    broker.session.drop();
    assert.equal(((await failure) as RequestError).code, 'STOMP_REQUEST_LOST');
    await connection.closed;
  });
});

describe('closing a requester', () => {
  test('rejects what waits, gives the queue up and leaves the connection open', async () => {
    const { requests, broker, connection } = await requestScene();
    const failure = failureOf(requests.request('/queue/x', ''));
    await nthRequest(broker, 1);
    await requests.close();
    assert.equal(((await failure) as RequestError).code, 'STOMP_REQUEST_CLOSED');
    assert.equal(broker.session.received('UNSUBSCRIBE').length, 1);
    await assert.rejects(requests.request('/queue/x', ''), { code: 'STOMP_REQUEST_CLOSED' });
    await requests.close();
    await connection.send('/queue/x', 'still open');
    await connection.close();
  });

  test('while the queue is being opened gives that up, too', async () => {
    const { requests, broker, connection } = await requestScene();
    broker.ignore('SUBSCRIBE');
    const failure = failureOf(requests.request('/queue/x', ''));
    await until(() => broker.session.received('SUBSCRIBE').length === 1, 'it asks for the queue');
    await requests[Symbol.asyncDispose]();
    assert.equal(((await failure) as RequestError).code, 'STOMP_REQUEST_CLOSED');
    const [subscribe] = broker.session.received('SUBSCRIBE');
    assert.ok(subscribe);
    answerAsUsual(subscribe, broker.session);
    await until(() => broker.session.received('UNSUBSCRIBE').length === 1, 'it is given up');
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });
});
