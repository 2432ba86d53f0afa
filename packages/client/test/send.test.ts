import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerError, ConnectionError, TimeoutError } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { settle } from './support/fake-clock.js';
import { scene, typesOf } from './support/scene.js';
import { textOf, until } from './support/scripted-broker.js';

/** Whether a promise has settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  await settle();
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(open)])) === open;
}

describe('a send', () => {
  test('resolves only when the broker has confirmed it', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', 'hello');
    assert.equal(await isPending(sending), true);
    const [sent] = broker.session.received('SEND');
    assert.ok(sent);
    assert.equal(textOf(sent), 'hello');
    assert.equal(sent.headers.get('destination'), '/queue/a');
    broker.session.receipt(sent);
    await sending;
    await connection.close();
  });

  test('does not wait for the receipts of the sends before it', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SEND');
    const sends = ['1', '2', '3'].map((body) => connection.send('/queue/a', body));
    await until(() => broker.session.received('SEND').length === 3, 'three sends under way');
    const [first, second, third] = broker.session.received('SEND');
    assert.ok(first && second && third);
    broker.session.receipt(third);
    broker.session.receipt(first);
    await Promise.all([sends[0], sends[2]]);
    assert.equal(await isPending(sends[1] as Promise<void>), true);
    broker.session.receipt(second);
    await sends[1];
    await connection.close();
  });

  test('without a receipt resolves when its bytes are handed to the transport', async () => {
    const { connection, broker } = await scene();
    broker.session.clientTransport.takesMore = false;
    await connection.send('/queue/a', '1', { receipt: false });
    assert.equal(broker.session.received('SEND')[0]?.headers.has('receipt'), false);
    const second = connection.send('/queue/a', '2', { receipt: false });
    assert.equal(await isPending(second), true, 'the transport is full');
    broker.session.clientTransport.drain();
    await second;
    await connection.close();
  });

  test('carries its headers, content type and persistence', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', '{}', {
      headers: { priority: 7, urgent: true, missing: undefined, note: 'a:b\nc' },
      contentType: 'application/json',
      persistent: true,
    });
    assert.deepEqual(broker.session.received('SEND')[0]?.headers.toObject(), {
      __proto__: null,
      destination: '/queue/a',
      priority: '7',
      urgent: 'true',
      note: 'a:b\nc',
      'content-type': 'application/json',
      persistent: 'true',
      receipt: 'r1',
    });
    await connection.close();
  });

  test('that the broker refuses rejects with what it said, and the connection goes on', async () => {
    const { connection, broker, events } = await scene();
    broker.answers.set('SEND', (frame, session) => {
      const id = frame.headers.get('receipt') ?? '';
      if (textOf(frame) === 'bad') session.error('not authorized', { 'receipt-id': id }, 'stack');
      else session.receipt(frame);
    });
    const bad = connection.send('/queue/a', 'bad');
    const good = connection.send('/queue/a', 'good');
    await assert.rejects(bad, (error) => {
      assert.ok(error instanceof BrokerError);
      assert.equal(error.code, 'STOMP_BROKER_REFUSED');
      assert.match(error.message, /refused SEND \/queue\/a: not authorized/);
      assert.equal(error.headers.get('message'), 'not authorized');
      assert.equal(error.body, 'stack');
      return true;
    });
    await good;
    assert.equal(connection.state, 'connected');
    assert.equal(typesOf(events).includes('broker-error'), false);
    await connection.close();
  });

  test('an ERROR without receipt-id becomes an event, and the connection goes on', async () => {
    const { connection, broker, events } = await scene();
    broker.session.error('something is wrong');
    await settle();
    const event = events.find(({ type }) => type === 'broker-error');
    assert.ok(event?.type === 'broker-error');
    assert.match(event.error.message, /something is wrong/);
    await connection.send('/queue/a', 'still here');
    await connection.close();
  });
});

describe('a body', () => {
  test('of text travels without content-length, of bytes with it', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', 'grüße');
    await connection.send('/queue/a', new Uint8Array([0, 255, 0]));
    await connection.send('/queue/a', new Uint8Array());
    const lengths = broker.session.received('SEND').map(({ headers }) => {
      return headers.get('content-length');
    });
    assert.deepEqual(lengths, [undefined, '3', '0']);
    assert.deepEqual([...(broker.session.received('SEND')[1]?.body ?? [])], [0, 255, 0]);
    assert.equal(textOf(broker.session.received('SEND')[0]), 'grüße');
    await connection.close();
  });

  test('follows contentLength when that is given', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', 'grüße\0!', { contentLength: 'always' });
    await connection.send('/queue/a', new Uint8Array([65]), { contentLength: 'never' });
    const [text, bytes] = broker.session.received('SEND');
    assert.equal(text?.headers.get('content-length'), '9');
    assert.equal(textOf(text), 'grüße\0!');
    assert.equal(bytes?.headers.has('content-length'), false);
    assert.equal(textOf(bytes), 'A');
    await connection.close();
  });

  test('with NUL and no content-length is refused before anything is sent', async () => {
    const { connection, broker } = await scene();
    await assert.rejects(connection.send('/queue/a', 'a\0b'), {
      code: 'STOMP_OPT_BODY',
      message: /use contentLength: 'always'/,
    });
    await assert.rejects(
      connection.send('/queue/a', new Uint8Array([0]), { contentLength: 'never' }),
      { code: 'STOMP_OPT_BODY', message: /use contentLength: 'auto'/ },
    );
    await settle();
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });

  test('that is neither text, bytes nor an object is refused with what to do', async () => {
    const { connection } = await scene();
    const body = 7 as unknown as string;
    await assert.rejects(connection.send('/queue/a', body), {
      code: 'STOMP_OPT_BODY',
      message: /convert it before/,
    });
    await connection.close();
  });

  test('may be changed by the caller as soon as send has returned', async () => {
    const { connection, broker } = await scene();
    const body = new Uint8Array([1, 2, 3]);
    const sending = connection.send('/queue/a', body);
    body.fill(9);
    await sending;
    assert.deepEqual([...(broker.session.received('SEND')[0]?.body ?? [])], [1, 2, 3]);
    await connection.close();
  });
});

describe('options of a send', () => {
  const wrong: readonly (readonly [options: object, named: RegExp])[] = [
    [{ priority: 4 }, /Unknown send option "priority"/],
    [{ headers: { destination: '/queue/b' } }, /"destination": use the first argument/],
    [{ headers: { receipt: 'x' } }, /"receipt": use the option receipt/],
    [{ headers: { 'content-length': 4 } }, /use the option contentLength/],
    [{ headers: { transaction: 'x' } }, /use transaction\.send/],
    [{ headers: { n: Number.NaN } }, /The header "n" must be/],
    [{ headers: { o: {} } }, /The header "o" must be/],
    [{ headers: 'x' }, /headers must be an object/],
    [{ contentLength: 'maybe' }, /contentLength must be one of/],
    [{ persistent: 'yes' }, /persistent must be true or false/],
    [{ receipt: 1 }, /receipt must be true, false, or 'stored'/],
    [{ timeoutMs: 0 }, /timeoutMs must be a whole number/],
    [{ signal: 'x' }, /signal must be an AbortSignal/],
  ];
  for (const [options, named] of wrong) {
    test(`${JSON.stringify(options)} is refused before anything is sent`, async () => {
      const { connection, broker } = await scene();
      await assert.rejects(connection.send('/queue/a', 'x', options), (error) => {
        assert.ok(error instanceof OptionsError);
        assert.match(error.message, named);
        return true;
      });
      await settle();
      assert.deepEqual(broker.session.received('SEND'), []);
      await connection.close();
    });
  }

  test('a missing destination and a NUL in a header are refused', async () => {
    const { connection, broker } = await scene();
    await assert.rejects(connection.send('', 'x'), /destination must be a text/);
    await assert.rejects(connection.send('/queue/a', 'x', { headers: { n: 'a\0b' } }), {
      code: 'STOMP_FRAME_NUL_IN_HEADER',
    });
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });
});

describe('waiting for a receipt', () => {
  test('ends after timeoutMs, and says that the broker may still have it', async () => {
    const { connection, broker, clock } = await scene({ receiptTimeoutMs: 5000 });
    broker.ignore('SEND');
    const short = connection.send('/queue/a', 'x', { timeoutMs: 100 });
    const usual = connection.send('/queue/a', 'y');
    const failed = assert.rejects(short, (error) => {
      assert.ok(error instanceof TimeoutError);
      assert.equal(error.code, 'STOMP_NET_TIMEOUT_RECEIPT');
      assert.match(error.message, /did not confirm SEND \/queue\/a within 100 ms/);
      return true;
    });
    await settle();
    await clock.advance(100);
    await failed;
    const usualFailed = assert.rejects(usual, { code: 'STOMP_NET_TIMEOUT_RECEIPT' });
    await clock.advance(4900);
    await usualFailed;
    await connection.close();
  });

  test('every send has its own deadline, whenever it was made', async () => {
    const { connection, broker, clock } = await scene({ receiptTimeoutMs: 1000 });
    broker.ignore('SEND');
    const first = assert.rejects(connection.send('/queue/a', '1'), /1000 ms/);
    await clock.advance(600);
    const second = connection.send('/queue/a', '2');
    const secondFailed = assert.rejects(second, /1000 ms/);
    await clock.advance(400);
    await first;
    assert.equal(await isPending(second), true);
    await clock.advance(599);
    assert.equal(await isPending(second), true);
    await clock.advance(1);
    await secondFailed;
    await connection.close();
  });

  test('a receipt that lies in the socket wins over a timer that fires late', async () => {
    const { connection, broker, clock } = await scene({ receiptTimeoutMs: 1000 });
    broker.ignore('SEND');
    const sending = connection.send('/queue/a', 'x');
    await settle();
    const [sent] = broker.session.received('SEND');
    assert.ok(sent);
    // The event loop was blocked: both the timer and the receipt are due in the same moment.
    clock.jump(5000);
    clock.fireDue();
    broker.session.receipt(sent);
    await sending;
    await connection.close();
  });

  test('ends when the signal aborts; a late receipt does no harm', async () => {
    const { connection, broker } = await scene();
    broker.ignore('SEND');
    const stop = new AbortController();
    const sending = connection.send('/queue/a', 'x', { signal: stop.signal });
    await settle();
    stop.abort(new Error('enough'));
    await assert.rejects(sending, { message: 'enough' });
    const [sent] = broker.session.received('SEND');
    assert.ok(sent);
    broker.session.receipt(sent);
    await settle();
    assert.equal(connection.state, 'connected');
    await connection.close();
  });

  test('a send whose signal is aborted before it is written never leaves', async () => {
    const { connection, broker } = await scene();
    const stop = new AbortController();
    const sending = connection.send('/queue/a', 'x', { signal: stop.signal });
    stop.abort(new Error('at once'));
    await assert.rejects(sending, { message: 'at once' });
    const aborted = { signal: AbortSignal.abort(new Error('before')) };
    await assert.rejects(connection.send('/queue/a', 'y', aborted), { message: 'before' });
    await settle();
    assert.deepEqual(broker.session.received('SEND'), []);
    await connection.close();
  });
});

describe('writing', () => {
  test('the sends of one turn are one write', async () => {
    const { connection, broker } = await scene();
    const { writes } = broker.session.clientTransport;
    const before = writes.length;
    await Promise.all(Array.from({ length: 50 }, (_, n) => connection.send('/queue/a', `${n}`)));
    assert.equal(writes.length - before, 1);
    assert.deepEqual(
      broker.session.received('SEND').map(textOf),
      Array.from({ length: 50 }, (_, n) => `${n}`),
    );
    await connection.close();
  });

  test('a write stays near its mark, however much is sent at once', async () => {
    const { connection, broker } = await scene();
    const { writes } = broker.session.clientTransport;
    const body = 'x'.repeat(10_000);
    await Promise.all(Array.from({ length: 30 }, () => connection.send('/queue/a', body)));
    assert.ok(writes.length > 4);
    assert.ok(writes.every(({ length }) => length <= 64 * 1024));
    await connection.send('/queue/a', 'y'.repeat(200_000));
    assert.equal(broker.session.received('SEND').length, 31, 'a larger one goes alone');
    await connection.close();
  });

  test('stops while the transport is full and goes on in order when it drains', async () => {
    const { connection, broker } = await scene();
    const transport = broker.session.clientTransport;
    transport.takesMore = false;
    const first = connection.send('/queue/a', '1');
    await first;
    const later = ['2', '3'].map((body) => connection.send('/queue/a', body));
    await settle();
    assert.equal(broker.session.received('SEND').length, 1);
    transport.drain();
    await Promise.all(later);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2', '3']);
    await connection.close();
  });

  test('a send that waits for the transport says so when its time is over', async () => {
    const { connection, broker, clock } = await scene();
    broker.session.clientTransport.takesMore = false;
    await connection.send('/queue/a', '1');
    const failed = assert.rejects(connection.send('/queue/a', '2', { timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_NOT_SENT',
      message: /given up after 50 ms without having been sent/,
    });
    await settle();
    await clock.advance(50);
    await failed;
    broker.session.clientTransport.drain();
    await settle();
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1'], 'it was never sent');
    await connection.close();
  });

  test('after close nothing is taken any more', async () => {
    const { connection, broker } = await scene();
    await connection.close();
    await assert.rejects(connection.send('/queue/a', 'x'), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_NOT_CONNECTED');
      assert.match(
        error.message,
        /SEND \/queue\/a is not possible because the connection is closed/,
      );
      return true;
    });
    assert.equal(broker.sessions.length, 1);
  });
});

test('a header that has an option is refused beside it, and may be given alone', async () => {
  const { connection, broker } = await scene();
  const headers = { 'content-type': 'a/b', persistent: 'true' };
  await assert.rejects(connection.send('/queue/a', 'x', { headers, contentType: 'c/d' }), {
    code: 'STOMP_OPT_INVALID',
    message: /headers must be without "content-type": use the option contentType/,
  });
  await assert.rejects(connection.send('/queue/a', 'x', { headers, persistent: false }), {
    code: 'STOMP_OPT_INVALID',
    message: /headers must be without "persistent": use the option persistent/,
  });
  await connection.send('/queue/a', 'x', { headers });
  assert.equal(broker.session.received('SEND')[0]?.headers.get('content-type'), 'a/b');
  await connection.close();
});
