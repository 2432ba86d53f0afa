import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { describe, type TestContext, test } from 'node:test';
import type { SendTrace, TraceContext } from '@stompbox/client';
import { scene } from '../support/scene.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Collects the contexts of sends that begin, and lets a tracer see them. */
function tracer(t: TestContext, begin: (context: SendTrace) => void = () => {}): SendTrace[] {
  const contexts: SendTrace[] = [];
  const { start } = tracingChannel('stompbox:send');
  const listener = (message: unknown) => {
    const context = message as SendTrace;
    contexts.push(context);
    begin(context);
  };
  start.subscribe(listener);
  t.after(() => start.unsubscribe(listener));
  return contexts;
}

describe('a send that is traced', () => {
  test('says where to, how much, and to whom', async (t) => {
    const contexts = tracer(t);
    const { connection } = await scene();
    await connection.send('/queue/a', 'grün');
    await connection.send('/queue/b', new Uint8Array(3));
    const seen = contexts.map(({ destination, bodyBytes, serverAddress, serverPort }) => [
      destination,
      bodyBytes,
      serverAddress,
      serverPort,
    ]);
    assert.deepEqual(seen, [
      ['/queue/a', 5, 'broker', 61613],
      ['/queue/b', 3, 'broker', 61613],
    ]);
    assert.equal('error' in (contexts[0] ?? {}), false);
    await connection.close();
  });

  test('carries the headers of the tracer, but never instead of those of the caller', async (t) => {
    tracer(t, ({ headers }) => {
      headers['traceparent'] = PARENT;
      headers['x'] = 'of the tracer';
    });
    const { connection, broker } = await scene();
    await connection.send('/queue/a', 'x', { headers: { x: 'of the caller' } });
    const sent = broker.session.received('SEND')[0]?.headers;
    assert.equal(sent?.get('traceparent'), PARENT);
    assert.deepEqual(sent?.getAll('x'), ['of the caller']);
    await connection.close();
  });

  test('tells of its failure', async (t) => {
    const contexts = tracer(t);
    const { connection, broker } = await scene();
    broker.answers.set('SEND', (frame, session) => {
      session.error('no', { 'receipt-id': frame.headers.get('receipt') ?? '' });
    });
    const code = 'STOMP_BROKER_REFUSED';
    await assert.rejects(connection.send('/queue/a', 'x'), { code });
    assert.equal((contexts[0]?.error as { code?: string } | undefined)?.code, code);
    await connection.close();
  });
});

describe('a send of a transaction that is traced', () => {
  test('says which transaction it is in, and carries the headers of the tracer', async (t) => {
    const contexts = tracer(t, ({ headers }) => {
      headers['traceparent'] = PARENT;
      headers['transaction'] = 'of the tracer';
    });
    const { connection, broker } = await scene();
    const transaction = await connection.begin();
    await transaction.send('/queue/a', 'x');
    assert.equal(contexts[0]?.transaction, transaction.id);
    assert.equal(contexts[0]?.bodyBytes, 1);
    const sent = broker.session.received('SEND')[0]?.headers;
    assert.equal(sent?.get('traceparent'), PARENT);
    assert.deepEqual(sent?.getAll('transaction'), [transaction.id]);
    await connection.close();
  });

  test('tells of its failure', async (t) => {
    const contexts = tracer(t);
    const { connection, broker } = await scene();
    broker.answers.set('SEND', (frame, session) => {
      session.error('no', { 'receipt-id': frame.headers.get('receipt') ?? '' });
    });
    const transaction = await connection.begin();
    const code = 'STOMP_BROKER_REFUSED';
    await assert.rejects(transaction.send('/queue/a', 'x'), { code });
    assert.equal((contexts[0]?.error as { code?: string } | undefined)?.code, code);
    await connection.close();
  });

  test('has the headers of traceContext, and its dedupId, also when nobody listens', async () => {
    const { connection, broker } = await scene({
      traceContext: () => ({ traceparent: PARENT }),
      profile: 'stompbox',
    });
    const transaction = await connection.begin();
    await transaction.send('/queue/a', 'x', { dedupId: 'order-7', resend: true });
    await transaction.send('/queue/a', 'y', { resend: true });
    const [first, second] = broker.session.received('SEND').map(({ headers }) => headers);
    assert.equal(first?.get('traceparent'), PARENT);
    assert.equal(first?.get('dedup-id'), 'order-7');
    assert.equal(second?.get('dedup-id'), undefined, 'a transaction repeats nothing');
    await connection.close();
  });
});

describe('the option traceContext', () => {
  test('gives each message the trace of what is going on as it is sent', async () => {
    let current: TraceContext | undefined;
    const { connection, broker } = await scene({ traceContext: () => current });
    await connection.send('/queue/a', 'no trace');
    current = { traceparent: PARENT, tracestate: 'a=1, b=2' };
    await connection.send('/queue/a', 'traced');
    await connection.send('/queue/a', 'by hand', { headers: { traceparent: 'mine' } });
    const sent = broker.session.received('SEND').map(({ headers }) => headers);
    assert.deepEqual(
      sent.map((headers) => headers.getAll('traceparent')),
      [[], [PARENT], ['mine']],
    );
    assert.equal(sent[1]?.get('tracestate'), 'a=1,b=2');
    await connection.close();
  });

  test('must be a function, and what it throws is the error of the send', async () => {
    await assert.rejects(scene({ traceContext: {} as () => undefined }), {
      code: 'STOMP_OPT_INVALID',
      message: /traceContext/,
    });
    const failure = new Error('no context');
    const { connection, broker } = await scene({
      traceContext: () => {
        throw failure;
      },
    });
    await assert.rejects(connection.send('/queue/a', 'x'), (error) => error === failure);
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });
});
