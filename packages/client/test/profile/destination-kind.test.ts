/** Where a broker must be told whether a destination is a queue or a topic, it is told, whenever it is met. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type ProfileName, type Subscription } from '@stompbox/client';
import { lose, recover } from '../support/loss.js';
import { type Scene, scene, stage } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

const ARTEMIS = { version: '1.2', server: 'ActiveMQ-Artemis/2.42.0' };

function kinds({ broker }: Scene, command: 'SEND' | 'SUBSCRIBE', header: string) {
  return broker.session
    .received(command)
    .map(({ headers }) => [...headers].filter(([name]) => name === header).map(([, kind]) => kind));
}

describe('the kind of a destination', () => {
  test('is said with each SEND and SUBSCRIBE to Artemis', async () => {
    const all = await scene({ profile: 'artemis' });
    const { connection } = all;
    const subscriptions: Subscription[] = [];
    for (const destination of ['/queue/a', '/topic/a', 'a', '/other/a']) {
      await connection.send(destination, 'plain');
      await connection.send(destination, new Uint8Array([0]), { headers: { more: 'x' } });
      subscriptions.push(await connection.subscribe(destination));
    }
    const [queue, topic] = [['ANYCAST'], ['MULTICAST']];
    assert.deepEqual(kinds(all, 'SUBSCRIBE', 'subscription-type'), [queue, topic, [], []]);
    assert.deepEqual(
      kinds(all, 'SEND', 'destination-type'),
      [queue, topic, [], []].flatMap((kind) => [kind, kind]),
    );
    await connection.close();
  });

  test('is said in a transaction', async () => {
    const all = await scene({ profile: 'artemis' });
    const transaction = await all.connection.begin();
    await transaction.send('/queue/a', 'x');
    await transaction.commit();
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['ANYCAST']]);
    await all.connection.close();
  });

  test('is said of a streamed body', async () => {
    const all = await scene({ profile: 'artemis' });
    const stream = new Blob(['streamed']).stream();
    await all.connection.send('/queue/a', stream, { bodyBytes: 8 });
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['ANYCAST']]);
    await all.connection.close();
  });

  test('is as the caller says, who may know better', async () => {
    const all = await scene({ profile: 'artemis' });
    const { connection } = all;
    await connection.send('/queue/a', 'x', { headers: { 'destination-type': 'MULTICAST' } });
    await connection.subscribe('/queue/a', { headers: { 'subscription-type': 'MULTICAST' } });
    await connection.sendFrame({ command: 'SEND', headers: { destination: '/queue/a' } });
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['MULTICAST'], []]);
    assert.deepEqual(kinds(all, 'SUBSCRIBE', 'subscription-type'), [['MULTICAST']]);
    await connection.close();
  });

  test('is not said to other brokers', async () => {
    for (const profile of ['activemq', 'rabbitmq', 'stompbox', 'generic'] satisfies ProfileName[]) {
      const all = await scene({ profile });
      await all.connection.send('/queue/a', 'x');
      await all.connection.subscribe('/queue/a');
      assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [[]]);
      assert.deepEqual(kinds(all, 'SUBSCRIBE', 'subscription-type'), [[]]);
      await all.connection.close();
    }
  });

  test('is said of what was asked for before anybody knew the broker', async () => {
    const all = await scene();
    await lose(all);
    const sent = all.connection.send('/queue/a', 'from before');
    const subscribed = all.connection.subscribe('/queue/a');
    all.broker.connected = ARTEMIS;
    await recover(all);
    await Promise.all([sent, subscribed]);
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['ANYCAST']]);
    assert.deepEqual(kinds(all, 'SUBSCRIBE', 'subscription-type'), [['ANYCAST']]);
    await all.connection.close();
  });

  test('is said once of what is sent again', async () => {
    const { broker, events, options, clock } = stage({ profile: 'artemis' });
    const connection = await connect('stomp://broker', options);
    const all = { broker, events, clock, connection };
    broker.ignore('SEND');
    const sent = connection.send('/queue/a', 'x', { resend: true });
    await until(() => broker.session.received('SEND').length === 1, 'the first try');
    await lose(all);
    broker.answers.clear();
    await recover(all);
    await sent;
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['ANYCAST']]);
    await connection.close();
  });

  test('stays behind when what Artemis did not confirm goes to another broker', async () => {
    const all = await scene();
    all.broker.connected = ARTEMIS;
    await lose(all);
    await recover(all);
    for (const command of ['SEND', 'SUBSCRIBE']) all.broker.ignore(command);
    const sent = all.connection.send('/queue/a', 'x', { resend: true });
    const subscribed = all.connection.subscribe('/queue/a');
    await until(() => all.broker.session.received('SUBSCRIBE').length === 1, 'the first try');
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [['ANYCAST']]);
    all.broker.connected = { version: '1.2', server: 'ActiveMQ/5.17.2' };
    await lose(all);
    all.broker.answers.clear();
    await recover(all, 200);
    await Promise.all([sent, subscribed]);
    assert.deepEqual(kinds(all, 'SEND', 'destination-type'), [[]]);
    assert.deepEqual(kinds(all, 'SUBSCRIBE', 'subscription-type'), [[]]);
    await all.connection.close();
  });
});
