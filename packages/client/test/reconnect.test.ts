import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectionError, type Message } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { scene, typesOf } from './support/scene.js';
import { answerAsUsual, refuseConnection, textOf, until } from './support/scripted-broker.js';

describe('after a loss', () => {
  test('it connects, subscribes to everything, and only then sends what waits', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await connection.subscribe('/queue/a', { id: 'a', prefetch: 5, ack: 'client' }, () => {});
    await connection.subscribe('/topic/b', { id: 'b', selector: 'x = 1' }, () => {});
    await lose(all);
    const sends = ['1', '2'].map((body) => connection.send('/queue/a', body));
    broker.ignore('SUBSCRIBE');
    await all.clock.advance(100);
    await until(() => broker.session.received('SUBSCRIBE').length === 2, 'both subscriptions');
    assert.deepEqual(broker.session.commands, ['CONNECT', 'SUBSCRIBE', 'SUBSCRIBE']);
    assert.equal(connection.state, 'reconnecting', 'it is not there yet');
    const [first, second] = broker.session.received('SUBSCRIBE');
    assert.ok(first && second);
    broker.session.receipt(first);
    await settle();
    assert.deepEqual(broker.session.received('SEND'), []);
    broker.session.receipt(second);
    await Promise.all(sends);
    assert.equal(connection.state, 'connected');
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2']);
    assert.equal(first.headers.get('prefetch-count'), '5');
    assert.equal(first.headers.get('ack'), 'client');
    assert.equal(second.headers.get('selector'), 'x = 1');
    await connection.close();
  });

  test('subscriptions are restored in one write and messages flow again', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const got: string[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m.text()));
    await connection.subscribe('/queue/b', {}, () => {});
    await lose(all);
    await recover(all);
    assert.equal(broker.session.clientTransport.writes.length, 2, 'CONNECT and one more');
    broker.session.message(id, '1', 'again');
    await until(() => got.length === 1, 'the message');
    assert.deepEqual(got, ['again']);
    await connection.close();
  });

  test('messages that come while it subscribes can be acknowledged', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const acked: Message[] = [];
    const options = { ack: 'client-individual', id: 'a' } as const;
    await connection.subscribe('/queue/a', options, async (message) => {
      await message.ack();
      acked.push(message);
    });
    await connection.subscribe('/queue/b', { id: 'b' }, () => {});
    await lose(all);
    broker.answers.set('SUBSCRIBE', (frame, session) => {
      if (frame.headers.get('id') === 'b') return;
      session.receipt(frame);
      session.message('a', 'early');
    });
    await all.clock.advance(100);
    await until(() => acked.length === 1, 'the handler is done');
    assert.deepEqual(broker.session.received('ACK'), [], 'the ack waits for its turn');
    const waiting = broker.session.received('SUBSCRIBE')[1];
    assert.ok(waiting);
    broker.session.receipt(waiting);
    await until(() => broker.session.received('ACK').length === 1, 'the ack');
    await connection.close();
  });

  test('the events tell the story', async () => {
    const all = await scene();
    const { connection, broker, events } = all;
    broker.onAttempt = (_server, attempt) => {
      if (attempt === 2) refuseConnection();
    };
    await lose(all);
    await all.clock.advance(100);
    await recover(all, 200);
    assert.deepEqual(typesOf(events), [
      'connecting',
      'connected',
      'reconnecting',
      'waiting',
      'connecting',
      'connect-failed',
      'waiting',
      'connecting',
      'connected',
    ]);
    const [, , lost, , , , waiting] = events;
    assert.ok(lost?.type === 'reconnecting');
    assert.match(lost.error.message, /connection to broker:61613 was lost: the broker closed it/);
    assert.deepEqual(waiting, { type: 'waiting', attempt: 2, delayMs: 200 });
    assert.ok(events[8]?.type === 'connected' && events[8].isReconnect);
    await connection.close();
  });

  test('a loss while it subscribes starts over', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await connection.subscribe('/queue/a', { id: 'a' }, () => {});
    await lose(all);
    const sending = connection.send('/queue/a', 'x');
    broker.answers.set('SUBSCRIBE', (_frame, session) => {
      broker.answers.delete('SUBSCRIBE');
      session.drop();
    });
    await all.clock.advance(100);
    await until(() => broker.sessions[1]?.clientTransport.isClosed === true, 'the second loss');
    await recover(all, 200);
    await sending;
    assert.equal(broker.sessions.length, 3);
    assert.deepEqual(broker.session.commands, ['CONNECT', 'SUBSCRIBE', 'SEND']);
    await connection.close();
  });

  test('a broker that does not confirm a subscription is left and tried again', async () => {
    const all = await scene({ receiptTimeoutMs: 1000 });
    const { connection, broker } = all;
    await connection.subscribe('/queue/a', {}, () => {});
    await lose(all);
    broker.ignore('SUBSCRIBE');
    await all.clock.advance(100);
    await until(() => broker.sessions.length === 2, 'the second connection');
    await all.clock.advance(1000);
    assert.equal(broker.sessions[1]?.clientTransport.isClosed, true);
    broker.answers.delete('SUBSCRIBE');
    await recover(all, 200);
    await connection.close();
  });

  test('a subscription that the broker refuses now ends with its reason; the rest goes on', async () => {
    const all = await scene();
    const { connection, broker, events } = all;
    const refused = await connection.subscribe('/queue/secret', { id: 'x' });
    const kept = await connection.subscribe('/queue/a', { id: 'a' });
    await lose(all);
    broker.answers.set('SUBSCRIBE', (frame, session) => {
      if (frame.headers.get('id') === 'a') session.receipt(frame);
      else session.error('no more', { 'receipt-id': frame.headers.get('receipt') ?? '' });
    });
    await recover(all);
    const reading = (async () => {
      for await (const message of refused) assert.fail(message.messageId);
    })();
    await assert.rejects(reading, { code: 'STOMP_BROKER_REFUSED' });
    assert.equal(refused.state, 'closed');
    assert.equal(kept.state, 'active');
    const event = events.find(({ type }) => type === 'subscription-refused');
    assert.ok(event?.type === 'subscription-refused');
    assert.equal(event.subscriptionId, 'x');
    assert.equal(event.destination, '/queue/secret');
    await connection.close();
  });

  test('another version is spoken if the next broker wants it', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    const sending = connection.send('/queue/a', new Uint8Array([1]), { headers: { n: 'a\rb' } });
    broker.connected = { version: '1.1' };
    await recover(all);
    await sending;
    assert.equal(connection.version, '1.1');
    assert.equal(broker.session.received('SEND')[0]?.headers.get('n'), 'a\rb');
    assert.deepEqual([...(broker.session.received('SEND')[0]?.body ?? [])], [1]);
    await connection.close();
  });
});

describe('sends and a loss', () => {
  test('handed over and not confirmed: rejected, the broker may have it', async () => {
    const all = await scene();
    all.broker.ignore('SEND');
    const sending = all.connection.send('/queue/a', 'x');
    await until(() => all.broker.session.received('SEND').length === 1, 'it is under way');
    all.broker.session.drop();
    await assert.rejects(sending, (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_MAYBE_DELIVERED');
      assert.equal(error.retryable, false);
      assert.match(error.message, /SEND \/queue\/a: the broker may have it/);
      assert.ok(error.cause instanceof ConnectionError);
      return true;
    });
    await recover(all);
    assert.deepEqual(all.broker.session.received('SEND'), []);
    await all.connection.close();
  });

  test('handed over with resend: sent again, before what came later', async () => {
    const all = await scene();
    const { connection, broker } = all;
    broker.ignore('SEND');
    const again = connection.send('/queue/a', '1', { resend: true });
    await until(() => broker.session.received('SEND').length === 1, 'it is under way');
    broker.session.clientTransport.takesMore = false;
    const next = assert.rejects(connection.send('/queue/a', '2'), {
      code: 'STOMP_NET_MAYBE_DELIVERED',
    });
    await settle();
    const later = connection.send('/queue/a', '3');
    await lose(all);
    await next;
    broker.answers.delete('SEND');
    await recover(all);
    await Promise.all([again, later]);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '3']);
    await connection.close();
  });

  test('never handed over: sent after the reconnect', async () => {
    const all = await scene();
    const { connection, broker } = all;
    broker.session.clientTransport.takesMore = false;
    await connection.send('/queue/a', '0');
    const waiting = connection.send('/queue/a', '1');
    await lose(all);
    const later = connection.send('/queue/a', '2');
    const silent = connection.send('/queue/a', '3', { receipt: false });
    await recover(all);
    await Promise.all([waiting, later, silent]);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2', '3']);
    await connection.close();
  });

  test('that wait have their own timeouts and signals', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    broker.onAttempt = refuseConnection;
    const timed = assert.rejects(connection.send('/queue/a', '1', { timeoutMs: 50 }), {
      code: 'STOMP_NET_TIMEOUT_NOT_SENT',
    });
    const stop = new AbortController();
    const stopped = connection.send('/queue/a', '2', { signal: stop.signal });
    const kept = connection.send('/queue/a', '3');
    await all.clock.advance(50);
    await timed;
    stop.abort(new Error('enough'));
    await assert.rejects(stopped, { message: 'enough' });
    broker.onAttempt = () => {};
    await recover(all, 50);
    await kept;
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['3']);
    await connection.close();
  });

  test('that wait are bounded', async () => {
    const all = await scene({ offline: { maxMessages: 2 } });
    const { connection, broker } = all;
    await lose(all);
    const kept = [connection.send('/queue/a', '1'), connection.send('/queue/a', '2')];
    await assert.rejects(connection.send('/queue/a', '3'), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.code, 'STOMP_NET_QUEUE_FULL');
      assert.equal(error.retryable, true);
      assert.match(error.message, /^As many sends as may \(2, /);
      return true;
    });
    await recover(all);
    await Promise.all(kept);
    assert.deepEqual(broker.session.received('SEND').map(textOf), ['1', '2']);
    await connection.close();
  });

  test('a server that refuses one send and closes is connected to again', async () => {
    const all = await scene();
    const { connection, broker, events } = all;
    broker.answers.set('SEND', (frame, session) => {
      session.error('bad destination', { 'receipt-id': frame.headers.get('receipt') ?? '' });
      session.drop();
    });
    await assert.rejects(connection.send('/queue/a', 'x'), { code: 'STOMP_BROKER_REFUSED' });
    broker.answers.delete('SEND');
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    const lost = events.find(({ type }) => type === 'reconnecting');
    assert.ok(lost?.type === 'reconnecting');
    assert.match(lost.error.message, /closed it after .*bad destination/);
    await recover(all);
    await connection.send('/queue/a', 'y');
    await connection.close();
  });

  test('malformed bytes of the server end the connection, which then comes back', async () => {
    const all = await scene();
    const { connection, broker, events } = all;
    broker.session.writeRaw('GARBAGE\n\n\0');
    await until(() => connection.state === 'reconnecting', 'the loss is noticed');
    const lost = events.find(({ type }) => type === 'reconnecting');
    assert.ok(lost?.type === 'reconnecting' && 'code' in lost.error);
    assert.equal(lost.error.code, 'STOMP_FRAME_UNKNOWN_COMMAND');
    await recover(all);
    broker.session.write('CONNECT', {});
    await until(() => connection.state === 'reconnecting', 'a frame no server may send');
    await recover(all, 200);
    await connection.close();
  });
});

describe('subscriptions and a loss', () => {
  test('one whose receipt was due is confirmed by the next connection', async () => {
    const all = await scene();
    const { connection, broker } = all;
    broker.ignore('SUBSCRIBE');
    const subscribing = connection.subscribe('/queue/a', { id: 'a' });
    await until(() => broker.session.received('SUBSCRIBE').length === 1, 'it is under way');
    await lose(all);
    broker.answers.delete('SUBSCRIBE');
    await recover(all);
    const subscription = await subscribing;
    assert.equal(subscription.state, 'active');
    assert.equal(broker.session.received('SUBSCRIBE').length, 1);
    await connection.close();
  });

  test('one that is made meanwhile is sent once, by the next connection', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    const subscribing = connection.subscribe('/queue/a');
    await recover(all);
    await subscribing;
    assert.equal(broker.session.received('SUBSCRIBE').length, 1);
    await connection.close();
  });

  test('one that is made while the others are restored follows them', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await connection.subscribe('/queue/a', { id: 'a' });
    await lose(all);
    broker.ignore('SUBSCRIBE');
    await all.clock.advance(100);
    await until(() => broker.session.received('SUBSCRIBE').length === 1, 'the old one');
    const subscribing = connection.subscribe('/queue/b', { id: 'b' });
    await settle();
    const [old] = broker.session.received('SUBSCRIBE');
    assert.ok(old);
    broker.answers.set('SUBSCRIBE', answerAsUsual);
    broker.session.receipt(old);
    await subscribing;
    assert.deepEqual(
      broker.session.received('SUBSCRIBE').map(({ headers }) => headers.get('id')),
      ['a', 'b'],
    );
    await connection.close();
  });

  test('one that was ended meanwhile does not come back', async () => {
    const all = await scene();
    const { connection, broker } = all;
    const subscription = await connection.subscribe('/queue/a');
    const other = await connection.subscribe('/queue/b');
    broker.ignore('UNSUBSCRIBE');
    const ending = other.unsubscribe();
    await settle();
    await lose(all);
    await ending;
    await subscription.unsubscribe();
    await recover(all);
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });

  test('one that is aborted meanwhile is not made', async () => {
    const all = await scene();
    const { connection, broker } = all;
    await lose(all);
    const stop = new AbortController();
    const subscribing = connection.subscribe('/queue/a', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(subscribing, { message: 'enough' });
    await recover(all);
    assert.deepEqual(broker.session.commands, ['CONNECT']);
    await connection.close();
  });
});
