/** ACK and NACK in all modes and versions, and what happens to messages that nobody settled. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import type { Received, StompClient } from '../stomp-client.js';

const VERSIONS = ['1.0', '1.1', '1.2'] as const;
const EXPECTED_NO_MESSAGE = 'STOMP_PROTO_NO_MESSAGE';

const digits = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

/** Fills the queue with bodies 1, 2, 3, … */
async function fill(scene: BrokerScene, count: number): Promise<void> {
  const producer = await scene.client();
  for (const body of digits(count)) producer.frame('SEND', { destination: '/queue/a' }, body);
  await producer.roundTrip();
}

/** What is left in the queue, for a new consumer; a redelivered message ends with an R. */
async function rest(scene: BrokerScene): Promise<string[]> {
  const client = await scene.client();
  await client.subscribes('/queue/a', { id: 'rest', ack: 'client' });
  await client.roundTrip();
  const messages = await client.nextMessages(client.waitingFrames.length);
  await client.disconnects();
  return messages.map(shown);
}

const shown = ({ body, headers }: Received) => (headers['redelivered'] ? `${body}R` : body);

async function received(
  client: StompClient,
  count: number,
  headers: Readonly<Record<string, string | number>>,
): Promise<Received[]> {
  await client.subscribes('/queue/a', headers);
  return client.nextMessages(count);
}

describe('the ack header', () => {
  test('is on 1.2 messages that need an ACK, different for each delivery', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 2);
    const client = await scene.client();
    const messages = await received(client, 2, { ack: 'client' });
    const acks = messages.map(({ headers }) => headers['ack']);
    assert.equal(new Set(acks).size, 2);
    assert(acks.every((ack) => ack !== undefined));
  });

  test('is on no message in auto mode, and on none before 1.2', async (t) => {
    const scene = await brokerScene(t);
    for (const [version, ack] of [
      ['1.2', 'auto'],
      ['1.1', 'client'],
      ['1.0', 'client'],
    ] as const) {
      await fill(scene, 1);
      const client = await scene.client(version);
      const [message] = await received(client, 1, { ack });
      assert.equal(message?.headers['ack'], undefined);
      if (ack === 'client') await client.acks(message ?? assert.fail());
      await client.unsubscribes();
    }
  });
});

for (const version of VERSIONS) {
  describe(`in ${version}`, () => {
    test('auto mode settles messages as they are sent', async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 3);
      const client = await scene.client(version);
      await received(client, 3, {});
      client.vanishes();
      assert.deepEqual(await rest(scene), []);
    });

    test('an ACK in client mode settles everything up to its message', async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 10);
      const client = await scene.client(version);
      const messages = await received(client, 10, { ack: 'client' });
      await client.acks(messages[6] ?? assert.fail());
      client.vanishes();
      assert.deepEqual(await rest(scene), ['8R', '9R', '10R']);
    });

    test('an ACK in client-individual mode settles its message alone', async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 4);
      const client = await scene.client(version);
      const messages = await received(client, 4, { ack: 'client-individual' });
      await client.acks(messages[2] ?? assert.fail());
      client.vanishes();
      assert.deepEqual(await rest(scene), ['1R', '2R', '4R']);
    });

    for (const ack of ['client', 'client-individual']) {
      test(`a second ACK of the same message is refused in ${ack} mode`, async (t) => {
        const scene = await brokerScene(t);
        await fill(scene, 1);
        const client = await scene.client(version);
        const [message = assert.fail()] = await received(client, 1, { ack });
        await client.acks(message);
        client.frame('ACK', { ...client.nameOf(message), receipt: 'late' });
        const { headers } = await client.expectsError(EXPECTED_NO_MESSAGE);
        assert.equal(headers['receipt-id'], 'late');
        assert.deepEqual(await rest(scene), []);
      });
    }

    test('an ACK in auto mode is refused', async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 1);
      const client = await scene.client(version);
      const [message = assert.fail()] = await received(client, 1, {});
      client.frame('ACK', { ...client.nameOf(message), id: message.headers['message-id'] });
      await client.expectsError(EXPECTED_NO_MESSAGE);
    });

    test('an ACK after UNSUBSCRIBE is confirmed and changes nothing', async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 1);
      const client = await scene.client(version);
      const [message = assert.fail()] = await received(client, 1, { ack: 'client' });
      await client.unsubscribes();
      await client.confirms('ACK', client.nameOf(message));
      await client.disconnects();
      assert.deepEqual(await rest(scene), ['1R']);
    });
  });
}

describe('an ACK', () => {
  test('of one covered by a cumulative ACK is refused', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 3);
    const client = await scene.client();
    const messages = await received(client, 3, { ack: 'client' });
    await client.acks(messages[2] ?? assert.fail());
    client.frame('ACK', client.nameOf(messages[0] ?? assert.fail()));
    await client.expectsError(EXPECTED_NO_MESSAGE);
  });

  test('in client mode does not reach into another subscription', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 4);
    const client = await scene.client();
    await client.subscribes('/queue/a', { id: 'one', ack: 'client', 'prefetch-count': 2 });
    await client.subscribes('/queue/a', { id: 'two', ack: 'client', 'prefetch-count': 2 });
    const messages = await client.nextMessages(4);
    await client.acks(messages[3] ?? assert.fail());
    client.vanishes();
    assert.deepEqual(await rest(scene), ['1R', '2R']);
  });

  for (const [version, headers] of [
    ['1.0', { 'message-id': 'junk' }],
    ['1.1', { 'message-id': 'junk', subscription: 's' }],
    ['1.1', { 'message-id': 'REAL', subscription: 'other' }],
    ['1.2', { id: 'junk' }],
    ['1.2', { id: '1-99' }],
    ['1.2', { id: '99-1' }],
    ['1.2', { id: 'REAL' }],
    ['1.2', { id: '' }],
  ] as const) {
    test(`with ${JSON.stringify(headers)} is refused in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 1);
      const client = await scene.client(version);
      const [message] = await received(client, 1, { ack: 'client' });
      const real = message?.headers['message-id'] ?? '';
      const named = Object.entries(headers).map(([name, value]) => [
        name,
        value === 'REAL' ? real : value,
      ]);
      client.frame('ACK', Object.fromEntries(named));
      await client.expectsError(EXPECTED_NO_MESSAGE);
      assert.deepEqual(await rest(scene), ['1R']);
    });
  }

  for (const [version, headers, missing] of [
    ['1.0', { id: 'x' }, 'message-id'],
    ['1.1', { 'message-id': 'x' }, 'subscription'],
    ['1.1', { subscription: 's' }, 'message-id'],
    ['1.2', { 'message-id': 'x', subscription: 's' }, 'id'],
  ] as const) {
    test(`without ${missing} is refused in ${version}`, async (t) => {
      const client = await (await brokerScene(t)).client(version);
      client.frame('ACK', headers);
      const error = await client.expectsError('STOMP_PROTO_MISSING_HEADER');
      assert.equal(error.headers['message'], `ACK needs the header ${missing}`);
    });
  }

  test('of a 1.0 client may name the subscription', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 1);
    const client = await scene.client('1.0');
    const [message = assert.fail()] = await received(client, 1, { ack: 'client' });
    await client.acks(message, { subscription: 's' });
    client.vanishes();
    assert.deepEqual(await rest(scene), []);
  });

  test('of a 1.0 client without an id finds its subscription by the message', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.0');
    for (const name of ['a', 'b']) {
      client.frame('SUBSCRIBE', { destination: `/queue/${name}`, ack: 'client' });
    }
    await client.sends('/queue/b', 'hello');
    await client.acks(await client.nextMessage());
  });

  test('may carry a content-length that means nothing', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 1);
    const client = await scene.client('1.0');
    const [message = assert.fail()] = await received(client, 1, { ack: 'client' });
    await client.acks(message, { 'content-length': 8511 });
    client.vanishes();
    assert.deepEqual(await rest(scene), []);
  });
});

describe('messages that nobody settled', () => {
  const mode = { ack: 'client-individual' };

  for (const [how, leave] of [
    ['unsubscribes', (client: StompClient) => client.unsubscribes()],
    ['disconnects', (client: StompClient) => client.disconnects()],
    [
      'loses its connection',
      async (client: StompClient) => {
        client.vanishes();
        await client.expectsClose();
      },
    ],
  ] as const) {
    test(`go to another consumer, marked, when theirs ${how}`, async (t) => {
      const scene = await brokerScene(t);
      await fill(scene, 3);
      const client = await scene.client();
      await received(client, 3, mode);
      await leave(client);
      assert.deepEqual(await rest(scene), ['1R', '2R', '3R']);
    });
  }

  test('go back to their old place in the order', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 8);
    const one = await scene.client();
    const early = await received(one, 2, { ...mode, 'prefetch-count': 2 });
    const two = await scene.client();
    await received(two, 3, { ...mode, 'prefetch-count': 3 });
    await one.acks(early[0] ?? assert.fail());
    await one.nextMessage();
    two.vanishes();
    await two.expectsClose();
    one.vanishes();
    await one.expectsClose();
    assert.deepEqual(await rest(scene), ['2R', '3R', '4R', '5R', '6R', '7', '8']);
  });

  test('that were never sent are not marked', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 3);
    const client = await scene.client();
    await received(client, 1, { ...mode, 'prefetch-count': 1 });
    await client.disconnects();
    assert.deepEqual(await rest(scene), ['1R', '2', '3']);
  });

  test('come again and again, and never become dead letters by that', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 1);
    for (let round = 0; round < 20; round++) {
      const client = await scene.client();
      await received(client, 1, mode);
      client.vanishes();
      await client.expectsClose();
    }
    assert.deepEqual(await rest(scene), ['1R']);
    assert.equal(scene.broker.counters.deadLettered, 0);
  });

  test('keep their message-id, and get a new ack header', async (t) => {
    const scene = await brokerScene(t);
    await fill(scene, 1);
    const client = await scene.client();
    const [first] = await received(client, 1, mode);
    await client.unsubscribes();
    const [second] = await received(client, 1, mode);
    assert.equal(first?.headers['message-id'], second?.headers['message-id']);
    assert.notEqual(first?.headers['ack'], second?.headers['ack']);
  });

  test('reach a waiting consumer at once over TCP', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    await fill(scene, 1);
    const one = await scene.clientOverTcp();
    await received(one, 1, mode);
    const two = await scene.clientOverTcp();
    await two.subscribes('/queue/a');
    one.vanishes();
    assert.equal(shown(await two.nextMessage()), '1R');
  });
});
