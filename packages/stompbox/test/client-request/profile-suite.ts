/** Whether a broker does what its profile says, fact by fact. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, type TestContext, test } from 'node:test';
import {
  type Connection,
  type ConnectOptions,
  connect,
  type Message,
  type ProfileName,
  type SubscribeOptions,
} from '@stompbox/client';
import { factsOf } from '../../dist/failure/broker-facts.js';
import { lastingIdOf } from '../../dist/failure/failure-history.js';
import type { SuiteBroker } from './request-suite.js';

export interface ProfileSuite {
  readonly name: string;
  /** Which one it must be recognised as; missing where any may be. */
  readonly profile?: ProfileName;
  /** Why its message ids are not those of its profile; missing where they are. */
  readonly whyOtherIds?: string;
  start(): Promise<Pick<SuiteBroker, 'url' | 'stop'>>;
}

export function profileSuite({ name, profile, whyOtherIds = '', start }: ProfileSuite): void {
  describe(`the profile of ${name}`, () => {
    let broker: Pick<SuiteBroker, 'url' | 'stop'>;
    before(async () => {
      broker = await start();
    });
    after(() => broker.stop());
    const open = (t: TestContext, options: ConnectOptions = {}) => opened(t, broker.url, options);

    test('is found by what the broker says of itself', async (t) => {
      const found = (await open(t)).profile.name;
      assert.notEqual(found, 'generic', 'it is one that we know');
      assert.equal(found, profile ?? found);
    });

    test('knows how to keep what is sent to a queue, and not what is sent to a topic', async (t) => {
      const connection = await open(t);
      for (const kind of ['queue', 'topic']) {
        const destination = `/${kind}/profile-${randomUUID()}`;
        await connection.send(destination, 'to nobody');
        const messages = await messagesOf(connection, destination);
        await connection.send(destination, 'to one');
        const first = (await messages.next()).text();
        assert.equal(first, kind === 'queue' ? 'to nobody' : 'to one');
      }
    });

    test('knows how to give a message of a topic to all', async (t) => {
      const topic = `/topic/profile-${randomUUID()}`;
      const connections = [await open(t), await open(t)];
      const all = await Promise.all(connections.map((one) => messagesOf(one, topic)));
      await connections[0]?.send(topic, 'x');
      const got = await Promise.all(all.map(async (messages) => (await messages.next()).text()));
      assert.deepEqual(got, ['x', 'x']);
    });

    test('knows the word for prefetch', async (t) => {
      const { connection, queue } = await filled(t, open, ['1', '2']);
      const got: Message[] = [];
      let tell = () => {};
      const firstCame = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const options: SubscribeOptions = { ack: 'client-individual', prefetch: 1 };
      await connection.subscribe(queue, options, (message) => {
        got.push(message);
        tell();
      });
      await firstCame;
      await connection.rtt();
      assert.equal(got.length, 1);
    });

    test('knows whether selectors count', async (t) => {
      const connection = await open(t);
      const queue = newQueue();
      for (const colour of ['red', 'blue']) {
        await connection.send(queue, colour, { headers: { colour } });
      }
      const options: SubscribeOptions = {
        selector: "colour = 'blue'",
        allowUnsafe: ['selector-ignored'],
      };
      const first = connection.profile.hasSelectors ? 'blue' : 'red';
      assert.equal((await firstOf(connection, queue, options)).text(), first);
    });

    test('knows what NACK does', async (t) => {
      const { connection, queue } = await filled(t, open, ['refused']);
      const messages = await messagesOf(connection, queue, { ack: 'client-individual' });
      const refused = await messages.next();
      await refused.nack({ allowUnsafe: ['nack-discards'], receipt: true });
      switch (connection.profile.nack) {
        case 'requeues':
        case 'redelivers':
          assert.equal((await messages.next()).isRedelivered, true);
          break;
        case 'dead-letters': {
          const selector = `queue = '${queue}'`;
          const dead = await firstOf(connection, '/queue/ActiveMQ.DLQ', { selector });
          assert.equal(dead.text(), 'refused');
          break;
        }
        case 'discards':
          await connection.close();
          assert.equal(await firstAfter(await open(t), queue, 'marker'), 'marker');
          break;
        default:
          assert.fail(`there is no proof for ${connection.profile.nack}`);
      }
    });

    test('knows whether an ACK waits for COMMIT', async (t) => {
      const { connection, queue } = await filled(t, open, ['once']);
      const message = await firstOf(connection, queue, { ack: 'client-individual' });
      const transaction = await connection.begin();
      await message.ack({ transaction, allowUnsafe: ['settled-outside-transaction'] });
      await transaction.abort();
      await connection.close();
      const again = await open(t);
      if (connection.profile.ackInTransaction === 'counts') {
        assert.equal((await firstOf(again, queue)).isRedelivered, true);
      } else assert.equal(await firstAfter(again, queue, 'marker'), 'marker');
    });

    test('knows whether a NACK may be in a transaction', async (t) => {
      const { connection, queue } = await filled(t, open, ['refused']);
      const message = await firstOf(connection, queue, { ack: 'client-individual' });
      const transaction = await connection.begin();
      const nacked = message.nack({
        transaction,
        receipt: true,
        allowUnsafe: [
          'nack-discards',
          'nack-refused-in-transaction',
          'settled-outside-transaction',
        ],
      });
      if (connection.profile.nackInTransaction !== 'refused') await nacked;
      else await assert.rejects(nacked, { code: 'STOMP_BROKER_REFUSED', message: /transacted/ });
    });

    test('knows when a SEND in a transaction is confirmed', async (t) => {
      const connection = await open(t);
      const transaction = await connection.begin();
      let isConfirmed = false;
      const sent = transaction.send(newQueue(), 'x', { receipt: true }).then(() => {
        isConfirmed = true;
      });
      await connection.rtt();
      const isAtOnce = connection.profile.sendReceiptInTransaction === 'at-once';
      assert.equal(isConfirmed, isAtOnce);
      await transaction.commit();
      await sent;
    });

    test('knows whether a SEND in a transaction can have a delay', async (t) => {
      const connection = await open(t);
      const queue = newQueue();
      const transaction = await connection.begin();
      const headers = { AMQ_SCHEDULED_DELAY: 500 };
      await transaction.send(queue, 'delayed', { headers });
      await transaction.send(queue, 'at once');
      await transaction.commit();
      const hasSchedule = factsOf(connection.profile).scheduleInTransaction !== 'none';
      const expected = hasSchedule ? 'at once' : 'delayed';
      assert.equal((await firstOf(connection, queue)).text(), expected);
    });

    test('knows how far a cumulative ACK reaches', async (t) => {
      const { connection, queue } = await filled(t, open, ['first']);
      const other = newQueue();
      await connection.send(other, 'second');
      const options: SubscribeOptions = { ack: 'client', allowUnsafe: ['cumulative-ack'] };
      await firstOf(connection, queue, options);
      await (await firstOf(connection, other, options)).ack({ receipt: true });
      const { cumulativeAck } = connection.profile;
      await connection.close();
      const again = await open(t);
      // What comes back may come after what is sent meanwhile.
      if (cumulativeAck === 'subscription') {
        assert.equal((await firstOf(again, queue)).text(), 'first');
      } else assert.equal(await firstAfter(again, queue, 'marker'), 'marker');
    });

    const orSkipped = { skip: whyOtherIds !== '' && whyOtherIds };
    test('knows whether a message has the same id when it comes again', orSkipped, async (t) => {
      const { connection, queue } = await filled(t, open, ['again']);
      const first = await firstOf(connection, queue, { ack: 'client-individual' });
      await connection.close();
      const again = await firstOf(await open(t), queue, { ack: 'client-individual' });
      const { profile } = connection;
      const { messageId } = factsOf(profile);
      assert.equal(again.messageId === first.messageId, messageId === 'message');
      const isLasting = lastingIdOf(again, profile) === lastingIdOf(first, profile);
      assert.equal(isLasting, messageId !== 'delivery');
    });

    test('knows how a durable subscription is made, found again and deleted', async (t) => {
      const topic = `/topic/profile-${randomUUID()}`;
      const sender = await open(t);
      const options: SubscribeOptions = { durable: `bills-${randomUUID()}` };
      const clientId = randomUUID();
      const first = await open(t, { clientId });
      await first.subscribe(topic, options);
      await first.close();
      await sender.send(topic, 'while away', { persistent: true });
      const second = await open(t, { clientId });
      const subscription = await second.subscribe(topic, options);
      assert.equal((await firstFrom(subscription)).text(), 'while away');
      await subscription.unsubscribe({ deleteDurable: true });
      await sender.send(topic, 'after the end', { persistent: true });
      const renewed = await second.subscribe(topic, options);
      await sender.send(topic, 'marker', { persistent: true });
      assert.equal((await firstFrom(renewed)).text(), 'marker');
      await renewed.unsubscribe({ deleteDurable: true });
    });

    test('knows the word for what a connection sends itself', async (t) => {
      const connection = await open(t);
      if (connection.profile.consumer.noLocal === undefined) {
        const asked = connection.subscribe('/topic/x', { noLocal: true });
        await assert.rejects(asked, { code: 'STOMP_OPT_UNSUPPORTED' });
        return;
      }
      const topic = `/topic/profile-${randomUUID()}`;
      const subscription = await connection.subscribe(topic, { noLocal: true });
      await connection.send(topic, 'own');
      await (await open(t)).send(topic, 'foreign');
      assert.equal((await firstFrom(subscription)).text(), 'foreign');
    });

    test('knows whether a repeated SEND is recognised', async (t) => {
      const connection = await open(t);
      const queue = newQueue();
      const dedupId = randomUUID();
      if (connection.profile.dedup === undefined) {
        const sent = connection.send(queue, 'one', { dedupId });
        await assert.rejects(sent, { code: 'STOMP_OPT_UNSAFE' });
        return;
      }
      await connection.send(queue, 'one', { dedupId });
      await connection.send(queue, 'one', { dedupId });
      await connection.send(queue, 'marker');
      const messages = await messagesOf(connection, queue);
      assert.equal((await messages.next()).text(), 'one');
      assert.equal((await messages.next()).text(), 'marker');
    });
  });
}

type Open = (t: TestContext, options?: ConnectOptions) => Promise<Connection>;

async function opened(t: TestContext, url: string, options: ConnectOptions): Promise<Connection> {
  const connection = await connect(url, { reconnect: false, ...options });
  // What a test has left unsettled ends with the connection.
  t.after(() => connection.close({ timeoutMs: 1000 }).catch(() => undefined));
  return connection;
}

const newQueue = () => `/queue/profile-${randomUUID()}`;

/** A connection, and a queue of its own with messages in it. */
async function filled(t: TestContext, open: Open, bodies: readonly string[]) {
  const connection = await open(t);
  const queue = newQueue();
  for (const body of bodies) {
    await connection.send(queue, body, { persistent: true, headers: { queue } });
  }
  return { connection, queue };
}

interface Messages {
  next(): Promise<Message>;
}

async function messagesOf(
  connection: Connection,
  destination: string,
  options?: SubscribeOptions,
): Promise<Messages> {
  const subscription = await connection.subscribe(destination, options);
  return { next: () => firstFrom(subscription) };
}

async function firstOf(
  connection: Connection,
  destination: string,
  options?: SubscribeOptions,
): Promise<Message> {
  return (await messagesOf(connection, destination, options)).next();
}

/** What is first in the queue after this was sent to it. */
async function firstAfter(connection: Connection, queue: string, body: string): Promise<string> {
  await connection.send(queue, body);
  return (await firstOf(connection, queue)).text();
}

async function firstFrom(subscription: AsyncIterable<Message>): Promise<Message> {
  const { value } = await subscription[Symbol.asyncIterator]().next();
  return value;
}
