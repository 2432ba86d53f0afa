/** What users of other clients complain about waits without end: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { connect, type Message } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose } from '../support/loss.js';
import { scene, stage } from '../support/scene.js';
import { textOf, until } from '../support/scripted-broker.js';
import { startTcpBroker, type TcpBroker } from '../support/tcp-broker.js';

async function tcpBroker(t: TestContext): Promise<TcpBroker> {
  const broker = await startTcpBroker();
  t.after(() => broker.close());
  return broker;
}

describe('connecting ends', () => {
  // jasonrbriggs/stomp.py#150, #155, gdaws/stompit#134, #137, go-stomp/stomp#87, #140,
  // adamf83/my-rail-commute#146, #148, DIRACGrid/DIRAC#7854
  test('when a server takes the socket and never answers, and closes the socket', async (t) => {
    const broker = await tcpBroker(t);
    broker.isSilent = true;
    const connecting = connect(`stomp://127.0.0.1:${broker.port}`, { connectTimeoutMs: 100 });
    await assert.rejects(connecting, { code: 'STOMP_NET_TIMEOUT_CONNECT' });
    const [socket] = broker.sockets;
    assert.ok(socket);
    if (!socket.destroyed) await once(socket, 'close');
    assert.ok(socket.destroyed);
  });

  // no client of the study takes a signal everywhere
  test('when the application has had enough, with its own reason', async (t) => {
    const broker = await tcpBroker(t);
    broker.isSilent = true;
    const stop = new AbortController();
    const connecting = connect(`stomp://127.0.0.1:${broker.port}`, { signal: stop.signal });
    const refused = assert.rejects(connecting, { message: 'enough' });
    stop.abort(new Error('enough'));
    await refused;
  });
});

describe('closing ends', () => {
  // stomp-js/stompjs#226, #247, #298, go-stomp/stomp#122, #126
  test('in time on a link that does not answer any more', async () => {
    const { connection, broker, clock } = await scene();
    broker.ignore('DISCONNECT');
    const closing = assert.rejects(connection.close(), { code: 'STOMP_NET_TIMEOUT_CLOSE' });
    await settle();
    await clock.advance(5000);
    await closing;
    assert.equal(broker.session.clientTransport.isClosed, true);
    assert.equal(clock.timerCount, 0);
  });

  // jasonrbriggs/stomp.py#160
  test('once when the broker closes at the same time', async () => {
    const { connection, broker, events } = await scene();
    broker.answers.set('DISCONNECT', (_frame, session) => session.drop());
    await Promise.all([connection.close(), connection.close()]);
    assert.equal(await connection.closed, undefined);
    assert.equal(events.filter(({ type }) => type === 'closed').length, 1);
  });

  // amqp-node/amqplib#744
  test('in time while the socket takes no bytes', async () => {
    const { connection, broker, clock } = await scene();
    broker.session.clientTransport.takesMore = false;
    const sending = connection.send('/queue/a', 'fills the socket').catch(() => {});
    await settle();
    const waiting = assert.rejects(connection.send('/queue/a', 'waits'));
    const closing = assert.rejects(connection.close(), { code: 'STOMP_NET_TIMEOUT_CLOSE' });
    await settle();
    await clock.advance(5000);
    await Promise.all([closing, sending, waiting]);
    assert.equal(connection.state, 'closed');
  });
});

describe('no wait is for ever', () => {
  // go-stomp/stomp#62, #63, #145
  test('a send whose broker dies settles', async (t) => {
    const broker = await tcpBroker(t);
    const connection = await connect(`stomp://127.0.0.1:${broker.port}`, { reconnect: false });
    broker.isSilent = true;
    const sends = Array.from({ length: 100 }, () => connection.send('/queue/a', 'x'));
    const outcomes = Promise.allSettled(sends);
    await once(broker.sockets[0] ?? assert.fail(), 'data');
    broker.sockets[0]?.resetAndDestroy();
    assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
    await connection.closed;
  });

  // go-stomp/stomp#28, #29, redis/node-redis#207
  test('every operation that the broker does not answer ends in time', async () => {
    const { connection, broker, clock } = await scene({ receiptTimeoutMs: 1000 });
    const got: Message[] = [];
    const options = { ack: 'client-individual' } as const;
    const subscription = await connection.subscribe('/queue/a', options, (m) => void got.push(m));
    broker.session.message(subscription.id, '1');
    await until(() => got.length === 1, 'the message');
    const open = await connection.begin();
    for (const command of ['SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'BEGIN', 'COMMIT']) {
      broker.ignore(command);
    }
    const outcomes = Promise.allSettled([
      connection.send('/queue/a', 'x'),
      connection.subscribe('/queue/b', {}, () => {}),
      connection.begin(),
      open.send('/queue/a', 'x'),
      open.commit(),
      got[0]?.ack({ receipt: true }),
      subscription.unsubscribe(),
    ]);
    await settle();
    await clock.advance(1000);
    const results = await outcomes;
    assert.deepEqual(
      results.map(({ status }) => status),
      results.map(() => 'rejected'),
    );
    await connection.close();
  });

  // go-stomp/stomp#133
  test('unsubscribing ends while messages keep coming and nobody takes them', async () => {
    const { connection, broker, clock } = await scene();
    const subscription = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    broker.ignore('UNSUBSCRIBE');
    const ending = subscription.unsubscribe({ timeoutMs: 1000 });
    const refused = assert.rejects(ending, { code: 'STOMP_NET_TIMEOUT_RECEIPT' });
    for (let n = 0; n < 500; n++) broker.session.message(subscription.id, `${n}`);
    await settle();
    await clock.advance(1000);
    await refused;
    assert.equal(subscription.state, 'closed');
    await connection.close();
  });

  // redis/node-redis#207
  test('everything settles when the connection ends for good', async () => {
    const all = await scene({ reconnect: false });
    const { connection, broker } = all;
    const subscription = await connection.subscribe('/queue/a', { ack: 'client-individual' });
    const transaction = await connection.begin();
    for (const command of ['SEND', 'SUBSCRIBE', 'BEGIN', 'COMMIT']) broker.ignore(command);
    const loop = (async () => {
      for await (const message of subscription) assert.fail(message.messageId);
    })();
    const outcomes = Promise.allSettled([
      loop,
      connection.send('/queue/a', 'x'),
      connection.subscribe('/queue/b', {}, () => {}),
      connection.begin(),
      transaction.commit(),
    ]);
    await settle();
    await lose(all);
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      Array.from({ length: 5 }, () => 'rejected'),
    );
    assert.equal(all.clock.timerCount, 0);
  });
});

describe('nobody waits for somebody else', () => {
  // go-stomp/stomp#88
  test('a send whose receipt is late holds up no other frame', async () => {
    const { connection, broker } = await scene();
    broker.answers.set('SEND', (frame, session) => {
      if (textOf(frame) !== 'slow') session.receipt(frame);
    });
    const slow = connection.send('/queue/a', 'slow');
    await Promise.all(Array.from({ length: 100 }, () => connection.send('/queue/a', 'quick')));
    await connection.subscribe('/queue/b', {}, () => {});
    const [first] = broker.session.received('SEND');
    assert.ok(first);
    broker.session.receipt(first);
    await slow;
    await connection.close();
  });

  // jasonrbriggs/stomp.py#197
  test('a listener may use the connection while it is called', async () => {
    const { broker, options } = stage();
    const connection = await connect('stomp://mq', options);
    const work: Promise<unknown>[] = [];
    const stop = connection.onStatus((status) => {
      if (status.type === 'broker-error') {
        work.push(
          connection.send('/queue/errors', 'one'),
          connection.subscribe('/queue/b', {}, () => {}),
        );
        stop();
      }
    });
    const { id } = await connection.subscribe('/queue/a', {}, async (message) => {
      work.push(connection.send('/queue/seen', message.text()));
      await connection.send('/queue/awaited', message.text());
    });
    broker.session.error('something');
    broker.session.message(id, '1');
    await until(() => work.length === 3, 'both were called');
    await Promise.all(work);
    await connection.close();
    assert.equal(broker.session.received('SEND').length, 3);
  });

  // gdaws/stompit#93
  test('a message whose body nobody reads holds up no other subscription', async () => {
    const { connection, broker } = await scene();
    const got: string[] = [];
    const idle = await connection.subscribe('/queue/idle', { ack: 'client-individual' });
    const busy = await connection.subscribe('/queue/busy', {}, (m) => void got.push(m.text()));
    for (let n = 0; n < 100; n++) {
      broker.session.message(idle.id, `i${n}`, 'x'.repeat(1000));
      broker.session.message(busy.id, `b${n}`, `${n}`);
    }
    await until(() => got.length === 100, 'all of the busy one');
    assert.equal(got.at(-1), '99');
    await connection.close();
  });
});

// rucio/rucio#4895
test('an idle connection stays, whatever the timeouts of operations are', async () => {
  const { connection, broker, clock } = await scene({
    connectTimeoutMs: 100,
    receiptTimeoutMs: 100,
  });
  await connection.subscribe('/queue/a', {}, () => {});
  await clock.advance(7 * 24 * 3_600_000);
  assert.equal(connection.state, 'connected');
  assert.equal(broker.sessions.length, 1);
  await connection.send('/queue/a', 'still here');
  await connection.close();
});
