import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type RequestHandler, type RespondOptions, reply, respond } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { scene } from '../support/scene.js';
import { textOf, until } from '../support/scripted-broker.js';

const WANTS_REPLY = { 'reply-to': '/temp-queue/r', 'correlation-id': 'c1' };

/** A responder at a scripted broker, and what it reported. */
async function respondScene(
  handler: RequestHandler,
  options: RespondOptions = {},
  server?: string,
) {
  const all = await scene();
  if (server !== undefined) {
    all.broker.connected = { ...all.broker.connected, server };
    await lose(all);
    await recover(all);
  }
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const responder = await respond(all.connection, '/queue/sum', handler, { onError, ...options });
  const ask = (id: string, body: string, headers: Readonly<Record<string, string>> = WANTS_REPLY) =>
    all.broker.session.message(responder.subscription.id, id, body, headers);
  return { ...all, responder, errors, ask };
}

describe('a reply', () => {
  const headers = (values: Record<string, string>) => FrameHeaders.from(values);

  test('goes to reply-to under the correlation-id', async () => {
    const { broker, connection } = await scene();
    const message = { headers: headers(WANTS_REPLY), messageId: 'm1' };
    await reply(connection, message, 'two', { contentType: 'text/plain', headers: { a: '1' } });
    const [send] = broker.session.received('SEND');
    assert.equal(send?.headers.get('destination'), '/temp-queue/r');
    assert.equal(send?.headers.get('correlation-id'), 'c1');
    assert.equal(send?.headers.get('content-type'), 'text/plain');
    assert.equal(send?.headers.get('a'), '1');
    assert.equal(textOf(send), 'two');
    await connection.close();
  });

  test('to a request without correlation-id carries its message-id', async () => {
    const { broker, connection } = await scene();
    await reply(connection, { headers: headers({ 'reply-to': '/queue/r' }), messageId: 'm1' }, '');
    assert.equal(broker.session.received('SEND')[0]?.headers.get('correlation-id'), 'm1');
    await connection.close();
  });

  test('to a message that wants none is an error that says so', async () => {
    const { connection } = await scene();
    await assert.rejects(reply(connection, { headers: headers({}), messageId: 'm1' }, ''), {
      name: 'ProtocolError',
      code: 'STOMP_PROTO_NO_REPLY_TO',
      message: /m1 has no reply-to/,
    });
    const message = { headers: headers(WANTS_REPLY), messageId: 'm1' };
    const options = { headers: { 'correlation-id': 'mine' } };
    await assert.rejects(reply(connection, message, '', options), { code: 'STOMP_OPT_INVALID' });
    await connection.close();
  });
});

describe('a responder', () => {
  test('answers, and acknowledges only when the broker has the reply', async () => {
    const { ask, broker, responder, connection } = await respondScene((m) => `${m.text()}!`);
    broker.ignore('SEND');
    ask('1', 'hello');
    await until(() => broker.session.received('SEND').length === 1, 'the reply');
    await settle();
    const [send] = broker.session.received('SEND');
    assert.equal(textOf(send), 'hello!');
    assert.deepEqual(broker.session.received('ACK'), []);
    assert.ok(send);
    broker.session.receipt(send);
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    assert.equal(broker.session.received('ACK')[0]?.headers.get('id'), 'ack-1');
    assert.equal(responder.handledRequests, 1);
    await connection.close();
  });

  test('answers with headers and bytes, and with nothing', async () => {
    const { ask, broker, connection } = await respondScene((m) =>
      m.text() === 'none'
        ? undefined
        : { body: Uint8Array.of(1, 2), contentType: 'application/x', headers: { part: 1 } },
    );
    ask('1', 'some');
    await until(() => broker.session.received('SEND').length === 1, 'the reply');
    ask('2', 'none');
    await until(() => broker.session.received('SEND').length === 2, 'the other reply');
    const [some, none] = broker.session.received('SEND');
    assert.deepEqual([...(some?.body ?? [])], [1, 2]);
    assert.equal(some?.headers.get('content-type'), 'application/x');
    assert.equal(some?.headers.get('part'), '1');
    assert.equal(textOf(none), '');
    await connection.close();
  });

  test('takes as many at once as it was told', async () => {
    const { broker, connection } = await respondScene(() => '', { concurrency: 7 });
    const [subscribe] = broker.session.received('SUBSCRIBE');
    assert.equal(subscribe?.headers.get('ack'), 'client-individual');
    assert.equal(subscribe?.headers.get('activemq.prefetchSize'), '7');
    await connection.close();
  });

  test('answers with an error when its handler throws, and acknowledges', async () => {
    const failure = Object.assign(new Error('no such\norder'), { code: 'E_ORDER' });
    const { ask, broker, responder, errors, connection } = await respondScene(() => {
      throw failure;
    });
    ask('1', '');
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    const [send] = broker.session.received('SEND');
    assert.equal(send?.headers.get('x-reply-error'), 'no such order');
    assert.equal(send?.headers.get('x-reply-error-code'), 'E_ORDER');
    assert.equal(textOf(send), 'no such\norder');
    assert.deepEqual(errors, [failure]);
    assert.equal(responder.failedRequests, 1);
    await connection.close();
  });

  test('tells of an error what it is told to tell', async () => {
    const { ask, broker, connection } = await respondScene(() => Promise.reject(new Error('x')), {
      describeError: () => ({ text: '' }),
    });
    ask('1', '');
    await until(() => broker.session.received('SEND').length === 1, 'the reply');
    const [send] = broker.session.received('SEND');
    assert.equal(send?.headers.get('x-reply-error'), 'no reason given');
    assert.equal(send?.headers.has('x-reply-error-code'), false);
    await connection.close();
  });

  test('leaves failures to redelivery where that is asked for', async () => {
    const { ask, broker, errors, connection } = await respondScene(
      () => Promise.reject(new Error('try later')),
      { whenFailed: 'redeliver' },
    );
    ask('1', '');
    await until(() => broker.session.received('NACK').length === 1, 'the NACK');
    assert.deepEqual(broker.session.received('SEND'), []);
    assert.deepEqual(broker.session.received('ACK'), []);
    assert.equal(errors.length, 1);
    await connection.close();
  });

  test('handles what wants no answer without one', async () => {
    const { ask, broker, connection } = await respondScene(() => 'for nobody');
    ask('1', '', {});
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });

  test('refuses what wants no answer and fails', async () => {
    const { ask, broker, connection } = await respondScene(() => Promise.reject(new Error('x')));
    ask('1', '', {});
    await until(() => broker.session.received('NACK').length === 1, 'the NACK');
    await connection.close();
  });

  test('never refuses at Artemis, where that would be the end of the message', async () => {
    const server = 'ActiveMQ-Artemis/2.44.0';
    const failing = () => Promise.reject(new Error('x'));
    const { ask, broker, errors, connection } = await respondScene(failing, {}, server);
    ask('1', '', {});
    await until(() => errors.length === 1, 'the failure is reported');
    await settle();
    assert.deepEqual(broker.session.received('NACK'), []);
    assert.deepEqual(broker.session.received('ACK'), []);
    await assert.rejects(respond(connection, '/queue/b', failing, { whenFailed: 'redeliver' }), {
      code: 'STOMP_OPT_UNSAFE',
    });
    await connection.close();
  });

  test('acknowledges when the requester has gone, and says so', async () => {
    const { ask, broker, errors, connection } = await respondScene(() => 'too late');
    broker.answers.set('SEND', (frame, session) =>
      session.error('temp-queue://ID:1', { 'receipt-id': frame.headers.get('receipt') ?? '' }),
    );
    ask('1', '');
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    assert.equal((errors[0] as { code?: string }).code, 'STOMP_BROKER_REFUSED');
    broker.answers.delete('SEND');
    await connection.close();
  });

  test('answers with an error where the answer of the handler cannot be sent', async () => {
    const { ask, broker, errors, connection } = await respondScene(() => 'a\0b');
    ask('1', '');
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    const [sent] = broker.session.received('SEND');
    assert.match(sent?.headers.get('x-reply-error') ?? '', /NUL/);
    assert.equal(sent?.headers.get('x-reply-error-code'), 'STOMP_OPT_BODY');
    assert.equal((errors[0] as { code?: string }).code, 'STOMP_OPT_BODY');
    await connection.close();
  });

  test('gives a request back whose reply was not confirmed in time', async () => {
    const { ask, broker, clock, errors, connection } = await respondScene(() => 'answer');
    broker.ignore('SEND');
    ask('1', '');
    await until(() => broker.session.received('SEND').length === 1, 'the reply');
    await clock.advance(15_000);
    await until(() => broker.session.received('NACK').length === 1, 'the NACK');
    assert.equal((errors[0] as { code?: string }).code, 'STOMP_NET_TIMEOUT_RECEIPT');
    assert.equal(errors.length, 1);
    await connection.close();
  });

  test('does not acknowledge when the connection was lost before the reply was safe', async () => {
    const all = await respondScene(() => 'answer');
    const { ask, broker, errors, connection } = all;
    broker.ignore('SEND');
    ask('1', '');
    await until(() => broker.session.received('SEND').length === 1, 'the reply');
    broker.answers.delete('SEND');
    await lose(all);
    await recover(all);
    await until(() => errors.length === 1, 'the loss is reported');
    assert.equal((errors[0] as { code?: string }).code, 'STOMP_NET_MAYBE_DELIVERED');
    assert.deepEqual(broker.session.received('ACK'), []);
    ask('1', '');
    await until(() => broker.session.received('ACK').length === 1, 'it comes again');
    await connection.close();
  });

  test('warns of failures that nobody else learns of', async (t) => {
    const warnings: unknown[] = [];
    t.mock.method(process, 'emitWarning', (warning: unknown) => warnings.push(warning));
    const all = await scene();
    const failure = new Error('x');
    const { subscription } = await respond(all.connection, '/queue/a', () =>
      Promise.reject(failure),
    );
    all.broker.session.message(subscription.id, '1', '', WANTS_REPLY);
    await until(() => all.broker.session.received('ACK').length === 1, 'the requester is told');
    assert.deepEqual(warnings, []);
    all.broker.session.message(subscription.id, '2', '');
    await until(() => warnings.length === 1, 'the warning');
    assert.equal(warnings[0], failure);
    await all.connection.close();
  });

  test('survives an onError that throws', async (t) => {
    const warnings: unknown[] = [];
    t.mock.method(process, 'emitWarning', (warning: unknown) => warnings.push(warning));
    const bug = new Error('bug');
    const { ask, broker, connection } = await respondScene(() => Promise.reject(new Error('x')), {
      onError() {
        throw bug;
      },
    });
    ask('1', '');
    await until(() => broker.session.received('ACK').length === 1, 'the ACK');
    assert.deepEqual(warnings, [bug]);
    await connection.close();
  });

  test('lets running handlers answer when it is closed', async () => {
    let finish = (_text: string) => {};
    const { ask, broker, responder, connection } = await respondScene(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    ask('1', '');
    await settle();
    const closed = responder.close();
    await settle();
    assert.deepEqual(broker.session.received('UNSUBSCRIBE'), []);
    finish('done');
    await closed;
    const commands = broker.session.commands.filter((command) => command !== 'CONNECT');
    assert.deepEqual(commands, ['SUBSCRIBE', 'SEND', 'ACK', 'UNSUBSCRIBE']);
    await connection.close();
  });

  test('has options that are checked', async () => {
    const { connection } = await scene();
    const handler = () => '';
    for (const options of [{ concurrency: 0 }, { whenFailed: 'ack' as never }]) {
      await assert.rejects(respond(connection, '/queue/a', handler, options), {
        code: 'STOMP_OPT_INVALID',
      });
    }
    await assert.rejects(respond(connection, '/queue/a', handler, { ack: 'auto' } as never), {
      code: 'STOMP_OPT_UNKNOWN',
    });
    await connection.close();
  });
});
