/** What users of other clients complain about flow control: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settle } from '../support/fake-clock.js';
import { scene } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

describe('a sender that is faster than the broker', () => {
  // gdaws/stompit#78, amqp-node/amqplib#179, #398, #636, #669, #713
  test('waits in the promise of its send until the socket has room', async () => {
    const { connection, broker } = await scene();
    const { clientTransport } = broker.session;
    clientTransport.takesMore = false;
    await connection.send('/queue/a', 'fills the socket', { receipt: false });
    let isWritten = false;
    const sending = connection.send('/queue/a', 'waits', { receipt: false }).then(() => {
      isWritten = true;
    });
    await settle();
    assert.equal(isWritten, false);
    assert.equal(broker.session.received('SEND').length, 1);
    clientTransport.drain();
    await sending;
    assert.equal(broker.session.received('SEND').length, 2);
    await connection.close();
  });

  // stompjs never looks at how much the socket holds
  test('puts no more into the socket than it takes, however much is sent at once', async () => {
    const { connection, broker } = await scene();
    const { clientTransport } = broker.session;
    const before = clientTransport.writes.length;
    clientTransport.takesMore = false;
    const body = 'x'.repeat(10_000);
    const sends = Array.from({ length: 500 }, () => connection.send('/queue/a', body));
    await settle();
    const written = clientTransport.writes
      .slice(before)
      .reduce((sum, { length }) => sum + length, 0);
    assert.ok(written < 200_000, `${written} bytes of five million`);
    clientTransport.drain();
    await Promise.all(sends);
    await connection.close();
  });
});

describe('a consumer that is slower than the broker', () => {
  // stomp-js/stompjs#245, jasonrbriggs/stomp.py#325
  test('says how many messages it wants in the words that brokers know', async () => {
    const { connection, broker } = await scene();
    await connection.subscribe('/queue/a', { ack: 'client-individual', prefetch: 7 }, () => {});
    const headers = broker.session.received('SUBSCRIBE')[0]?.headers;
    assert.equal(headers?.get('activemq.prefetchSize'), '7');
    assert.equal(headers?.get('prefetch-count'), '7');
    await connection.close();
  });

  // stomp-js/stompjs#59, #170, #406
  test('gets one message after the other in a loop, whatever it awaits', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    for (let n = 0; n < 20; n++) broker.session.message(subscription.id, `${n}`, `${n}`);
    let running = 0;
    const seen: string[] = [];
    for await (const message of subscription) {
      running++;
      await settle();
      assert.equal(running, 1);
      seen.push(message.text());
      await message.ack();
      running--;
      if (seen.length === 20) break;
    }
    assert.deepEqual(
      seen,
      seen.map((_, n) => `${n}`),
    );
    await connection.close();
  });

  // stomp-js/stompjs#59, #170, #406, gdaws/stompit#55
  test('has as many handlers at work as it says, and each is awaited', async () => {
    const { connection, broker } = await scene();
    let running = 0;
    let most = 0;
    let done = 0;
    const options = { settle: 'handled', concurrency: 3, prefetch: 10 } as const;
    const { id } = await connection.subscribe('/queue/a', options, async () => {
      most = Math.max(most, ++running);
      await settle();
      running--;
      done++;
    });
    for (let n = 0; n < 30; n++) broker.session.message(id, `${n}`);
    await until(() => done === 30, 'all are handled');
    assert.equal(most, 3);
    await until(() => broker.session.received('ACK').length === 30, 'all are acknowledged');
    await connection.close();
  });

  // nats-io/nats.js#67: a loop must not draw in what it cannot work on, in ack mode auto either
  test('with a prefetch is not sent more than that by a loop that stands still, also with ack auto', async () => {
    const { connection, broker } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'auto', prefetch: 2 });
    const [request] = broker.session.received('SUBSCRIBE');
    assert.equal(request?.headers.get('ack'), 'client-individual', 'the client settles');
    for (let n = 0; n < 2; n++) broker.session.message(subscription.id, `${n}`);
    await settle();
    assert.deepEqual(broker.session.received('ACK'), [], 'no credit for what nobody has taken');
    const loop = subscription[Symbol.asyncIterator]();
    await loop.next();
    await loop.next();
    await until(() => broker.session.received('ACK').length > 0, 'credit for what was taken');
    await connection.close();
  });

  // nats-io/nats.deno#191, nats-io/nats.js#67, nats-io/nats.node#540
  test('that lags in a loop is told of, with how far', async () => {
    const { connection, broker, events } = await scene();
    const { id } = await connection.subscribe('/queue/a', {});
    for (let n = 0; n < 2500; n++) broker.session.message(id, `${n}`);
    await until(() => events.some(({ type }) => type === 'slow-consumer'), 'the first report');
    await settle();
    const lags = events.flatMap((event) =>
      event.type === 'slow-consumer' ? [event.waitingMessages] : [],
    );
    assert.deepEqual(lags, [1000, 2000]);
    await connection.close();
  });

  // gdaws/stompit#122, #123: messages of a lost session are worked on again and again
  test('that lags when the connection is lost does not work on what comes again', async () => {
    const { connection, broker, clock } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    const { id } = subscription;
    for (let n = 0; n < 100; n++) broker.session.message(id, `old-${n}`, 'old');
    await settle();
    broker.session.drop();
    await settle();
    await clock.advance(100);
    await until(() => connection.state === 'connected', 'it is back');
    broker.session.message(id, 'new', 'new');
    for await (const message of subscription) {
      assert.equal(message.text(), 'new');
      await message.ack();
      break;
    }
    assert.equal(broker.session.received('ACK').length, 1);
    await connection.close();
  });
});
