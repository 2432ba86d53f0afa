/** What a client was told about its subscriptions survives that the broker is killed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerProcess } from '../crash/broker-process.js';
import { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

async function owner(broker: BrokerProcess): Promise<StompClient> {
  const client = new StompClient(await broker.transport());
  await client.connects('1.2', { 'client-id': 'c' });
  return client;
}

async function killed(broker: BrokerProcess): Promise<void> {
  broker.kill();
  await broker.exitCode();
}

describe('after the broker was killed', () => {
  test('a durable subscription that was confirmed is there, and what was confirmed for it', async (t) => {
    const data = temporaryDirectory(t);
    const name = { 'activemq.subscriptionName': 'n' };
    for (let round = 0; round < 3; round++) {
      const broker = await BrokerProcess.start(t, data);
      const client = await owner(broker);
      if (round === 1) await client.sends('/topic/t', 'kept');
      else await client.subscribes('/topic/t', { ...name, ack: 'client' });
      if (round === 2) assert.equal((await client.nextMessage()).body, 'kept');
      await killed(broker);
    }
  });

  test('one that was deleted stays away', async (t) => {
    const data = temporaryDirectory(t);
    const name = { 'activemq.subscriptionName': 'n' };
    const first = await BrokerProcess.start(t, data);
    const before = await owner(first);
    await before.subscribes('/topic/t', name);
    await before.unsubscribes();
    await before.sends('/topic/t', 'old');
    await before.confirms('UNSUBSCRIBE', { id: 's', ...name });
    await killed(first);
    const client = await owner(await BrokerProcess.start(t, data));
    await client.subscribes('/topic/t', name);
    await client.expectsNoFrame();
  });

  test('a queue of a virtual topic whose subscriber was confirmed takes messages', async (t) => {
    const data = temporaryDirectory(t);
    const queue = '/queue/Consumer.A.VirtualTopic.T';
    const first = await BrokerProcess.start(t, data);
    await (await first.client()).subscribes(queue);
    await killed(first);
    const second = await BrokerProcess.start(t, data);
    await (await second.client()).sends('/topic/VirtualTopic.T', 'kept');
    await killed(second);
    const client = await (await BrokerProcess.start(t, data)).client();
    await client.subscribes(queue);
    assert.equal((await client.nextMessage()).body, 'kept');
  });
});
