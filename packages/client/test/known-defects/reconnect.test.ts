/** What users of other clients complain about reconnecting: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type Message } from '@stompbox/client';
import { settle } from '../support/fake-clock.js';
import { lose, recover } from '../support/loss.js';
import { type Scene, scene, stage, typesOf } from '../support/scene.js';
import { refuseConnection, textOf, until } from '../support/scripted-broker.js';

describe('after a loss', () => {
  // jasonrbriggs/stomp.py#4, #15, #18, #114, #311, #330, gdaws/stompit#2, #18, #48,
  // stomp-js/stompjs#161, easternbloc/node-stomp-client#65, mqttjs/MQTT.js#352,
  // rstoyanchev/spring-websocket-portfolio#59, #61, amqp-node/amqplib#25
  test('connection and subscriptions come back without a line of code', async () => {
    const all = await scene();
    const got: string[] = [];
    await all.connection.subscribe('/queue/a', { id: 'a' }, (m) => void got.push(m.text()));
    for (const word of ['first', 'second', 'third']) {
      await lose(all);
      await all.clock.advance(10_000);
      await until(() => all.connection.state === 'connected', 'it is back');
      all.broker.session.message('a', word, word);
      await until(() => got.at(-1) === word, 'the message');
    }
    assert.deepEqual(got, ['first', 'second', 'third']);
    await all.connection.close();
  });

  // gdaws/stompit#103, stompgem/stomp#111
  test('a subscription goes on at another server, and says so', async () => {
    const { broker, clock, events, options } = stage();
    const connection = await connect('stomp://a:1,stomp://b:2', options);
    const got: Message[] = [];
    const subscription = await connection.subscribe('/queue/a', {}, (m) => void got.push(m));
    broker.onAttempt = ({ host }) => {
      if (host === 'a') refuseConnection();
    };
    await lose({ broker, clock, connection, events });
    await recover({ broker, clock, connection, events });
    assert.equal(connection.peer, 'b:2');
    assert.equal(broker.session.received('SUBSCRIBE').length, 1);
    broker.session.message(subscription.id, '1');
    await until(() => got.length === 1, 'the message');
    assert.equal(subscription.state, 'active');
    assert.ok(typesOf(events).includes('reconnecting'));
    await connection.close();
  });

  // stomp-js/rx-stomp#4
  test('subscriptions are back before anything that waited is sent', async () => {
    const all = await scene();
    await all.connection.subscribe('/topic/replies', {}, () => {});
    await lose(all);
    const sends = ['1', '2'].map((body) => all.connection.send('/queue/questions', body));
    await recover(all);
    await Promise.all(sends);
    assert.deepEqual(all.broker.session.commands, ['CONNECT', 'SUBSCRIBE', 'SEND', 'SEND']);
    await all.connection.close();
  });

  // stompgem/stomp#21
  test('each subscription is made once per session', async () => {
    const all = await scene();
    await all.connection.subscribe('/queue/a', {}, () => {});
    await all.connection.subscribe('/queue/b', {}, () => {});
    for (let n = 0; n < 3; n++) {
      await lose(all);
      await all.clock.advance(10_000);
      await until(() => all.connection.state === 'connected', 'it is back');
    }
    const counts = all.broker.sessions.map((session) => session.received('SUBSCRIBE').length);
    assert.deepEqual(counts, [2, 2, 2, 2]);
    await all.connection.close();
  });

  // community-of-python/stompman#185, gdaws/stompit#123
  test('a message of the lost session is not acknowledged on the new one', async () => {
    const all = await scene();
    const got: Message[] = [];
    const options = { ack: 'client-individual', id: 'a' } as const;
    await all.connection.subscribe('/queue/a', options, (m) => void got.push(m));
    all.broker.session.message('a', '1');
    await until(() => got.length === 1, 'the message');
    await lose(all);
    await recover(all);
    await assert.rejects(async () => got[0]?.ack(), { code: 'STOMP_NET_STALE_MESSAGE' });
    await assert.rejects(async () => got[0]?.nack(), { code: 'STOMP_NET_STALE_MESSAGE' });
    all.broker.session.message('a', '1', 'again');
    await until(() => got.length === 2, 'it comes again');
    await got[1]?.ack();
    await settle();
    assert.deepEqual(all.broker.session.received('NACK'), []);
    assert.equal(all.broker.session.received('ACK').length, 1);
    await all.connection.close();
  });

  // easternbloc/node-stomp-client#76
  test('what waited is not thrown at a broker that takes no more', async () => {
    const all = await scene();
    await lose(all);
    const body = 'x'.repeat(1000);
    const sends = Array.from({ length: 1000 }, () => all.connection.send('/queue/a', body));
    all.broker.answers.set('CONNECT', (_frame, session) => {
      session.clientTransport.takesMore = false;
      session.write('CONNECTED', { version: '1.2' });
      session.agree('1.2');
    });
    await recover(all);
    await settle();
    const { session } = all.broker;
    assert.ok(session.received('SEND').length < 200, 'it waits for room');
    session.clientTransport.drain();
    await Promise.all(sends);
    assert.equal(session.received('SEND').length, 1000);
    await all.connection.close();
  });
});

describe('a loss that lasts', () => {
  /** Loses the connection for this many rounds and gives the pauses between them. */
  async function pausesOf(all: Scene, rounds: number): Promise<number[]> {
    const failing = all.broker.attempts.length + rounds;
    all.broker.onAttempt = (_server, attempt) => {
      if (attempt <= failing) refuseConnection();
    };
    const before = all.events.length;
    await lose(all);
    while (all.connection.state !== 'connected') await all.clock.advance(1000);
    return all.events
      .slice(before)
      .flatMap((event) => (event.type === 'waiting' ? [event.delayMs] : []));
  }

  // stomp-js/stompjs#646, redis/node-redis#400
  test('is met with growing pauses, which are short again after the next loss', async () => {
    const all = await scene({
      reconnect: { jitter: 'none', initialDelayMs: 1000, maxDelayMs: 8000 },
    });
    assert.deepEqual(await pausesOf(all, 5), [1000, 2000, 4000, 8000, 8000, 8000]);
    await all.clock.advance(60_000);
    assert.deepEqual(await pausesOf(all, 2), [1000, 2000, 4000]);
    await all.connection.close();
  });

  // redis/node-redis#400; no STOMP client but stomp.py has jitter
  test('is met with pauses by chance, so that many clients do not come at once', async () => {
    const chance = [0, 0.25, 0.5, 0.75];
    const all = await scene({
      reconnect: { initialDelayMs: 8000, maxDelayMs: 8000 },
      random: () => chance.shift() ?? 0.5,
    });
    assert.deepEqual(await pausesOf(all, 3), [0, 2000, 4000, 6000]);
    await all.connection.close();
  });

  // stomp-js/stompjs#249, stomp-js/rx-stomp#462, stompgem/stomp#61, #62
  test('ends the connection after the attempts that the application allows', async () => {
    const all = await scene({ reconnect: { jitter: 'none', maxAttempts: 3 } });
    all.broker.onAttempt = refuseConnection;
    await lose(all);
    await all.clock.advance(120_000);
    const error = await all.connection.closed;
    assert.ok(error instanceof Error, 'with its reason');
    assert.equal(all.broker.attempts.length, 4);
    await all.clock.advance(3_600_000);
    assert.equal(all.broker.attempts.length, 4, 'and nothing is tried any more');
  });

  // community-of-python/stompman#201
  test('does not end a connection that may wait', async () => {
    const all = await scene();
    const got: Message[] = [];
    const { id } = await all.connection.subscribe('/queue/a', {}, (m) => void got.push(m));
    await pausesOf(all, 200);
    all.broker.session.message(id, '1');
    await until(() => got.length === 1, 'the message');
    assert.equal(all.connection.state, 'connected');
    await all.connection.close();
  });

  // redis/node-redis#1776
  test('tells the reason of each attempt that fails', async () => {
    const all = await scene();
    await pausesOf(all, 3);
    const reasons = all.events.flatMap((event) =>
      event.type === 'connect-failed' ? [event.error] : [],
    );
    assert.equal(reasons.length, 3);
    assert.ok(reasons.every((error) => 'code' in error && error.code === 'STOMP_NET_REFUSED'));
    await all.connection.close();
  });

  // stomp-js/stompjs#393, stompgem/stomp#95
  test('leaves no socket open but the newest', async () => {
    const all = await scene();
    all.broker.answers.set('SUBSCRIBE', (frame, session) => {
      if (all.broker.sessions.length < 6) session.drop();
      else session.receipt(frame);
    });
    const subscribing = all.connection.subscribe('/queue/a', { timeoutMs: 600_000 }, () => {});
    while (all.broker.sessions.length < 6) await all.clock.advance(1000);
    await subscribing;
    const open = all.broker.sessions.filter(({ clientTransport }) => !clientTransport.isClosed);
    assert.equal(all.broker.sessions.length, 6);
    assert.deepEqual(open, [all.broker.session]);
    await all.connection.close();
  });

  // gdaws/stompit gives up nothing; stompjs tries a refused login for ever
  test('is not made longer by a login that the broker has refused', async () => {
    const all = await scene();
    all.broker.answers.set('CONNECT', (_frame, session) => {
      session.error('User name [joe] or password is invalid.');
    });
    await lose(all);
    await all.clock.advance(120_000);
    const error = await all.connection.closed;
    assert.ok(error && 'code' in error && error.code === 'STOMP_BROKER_LOGIN');
    assert.equal(all.broker.sessions.length, 2, 'it is not tried again');
  });
});

describe('closing and connecting', () => {
  // stomp-js/stompjs#521, #461, #305
  test('in any order leave what was asked for last', async () => {
    const { broker, clock, options } = stage();
    const first = await connect('stomp://mq', options);
    const closing = first.close();
    const second = await connect('stomp://mq', options);
    await closing;
    await second.send('/queue/a', 'x');
    assert.equal(first.state, 'closed');
    assert.equal(second.state, 'connected');
    await clock.advance(60_000);
    const open = broker.sessions.filter(({ clientTransport }) => !clientTransport.isClosed);
    assert.equal(open.length, 1);
    await second.close();
  });

  // gdaws/stompit#23, stomp-js/rx-stomp#445
  test('while the connection is lost ends at once and leaves no timer', async () => {
    const all = await scene({ reconnect: { jitter: 'none', initialDelayMs: 30_000 } });
    await all.connection.subscribe('/queue/a', {}, () => {});
    await lose(all);
    await all.connection.close();
    await all.connection.closed;
    assert.equal(all.connection.state, 'closed');
    assert.equal(all.clock.timerCount, 0);
    assert.equal(all.broker.attempts.length, 1);
  });
});

// nats-io/nats.node#320, nats-io/stan.js#168, nats-io/nats.js#213
test('what waited to be written when the connection was lost is sent afterwards, in order', async () => {
  const all = await scene();
  all.broker.ignore('SEND');
  all.broker.session.clientTransport.takesMore = false;
  const written = all.connection.send('/queue/a', 'fills the socket');
  const lost = assert.rejects(written, { code: 'STOMP_NET_MAYBE_DELIVERED' });
  await settle();
  const waiting = ['1', '2', '3'].map((body) => all.connection.send('/queue/a', body));
  await lose(all);
  await lost;
  all.broker.answers.delete('SEND');
  await recover(all);
  await Promise.all(waiting);
  assert.deepEqual(all.broker.session.received('SEND').map(textOf), ['1', '2', '3']);
  await all.connection.close();
});
