/** What becomes of messages and receipts when a connection ends, in each way that it can. */
import assert from 'node:assert/strict';
import { connect as connectSocket } from 'node:net';
import { describe, test } from 'node:test';
import { type BrokerOptions, startBroker } from '@stompbox/broker';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { endOfTurn, sessionParts } from './session-parts.js';

async function filled(scene: BrokerScene, count: number): Promise<void> {
  const producer = await scene.client();
  for (let number = 1; number <= count; number++) await producer.sends('/queue/a', `${number}`);
  await producer.disconnects();
}

async function left(scene: BrokerScene, count: number): Promise<string[]> {
  const consumer = await scene.client();
  await consumer.subscribes('/queue/a');
  return consumer.nextBodies(count);
}

/** All that a socket says after it has written this and closed its side. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = connectSocket({ host: '127.0.0.1', port });
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe('a client that closes its side of the connection', () => {
  test('still gets the receipts that it waits for, then the end', async (t) => {
    const data = temporaryDirectory(t);
    const { broker } = await brokerScene(t, { ...LISTENING, data });
    const answer = await answerTo(
      broker.connectors[0]?.port ?? 0,
      'CONNECT\naccept-version:1.2\nhost:x\n\n\0SEND\ndestination:/queue/a\nreceipt:sent\n\nhello\0',
    );
    assert.match(answer, /^CONNECTED\n[\s\S]*\0\nRECEIPT\nreceipt-id:sent\n\n\0\n$/);
  });

  test('is given no message any more', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const consumer = await scene.clientOverTcp();
    await consumer.subscribes('/queue/a');
    consumer.stopsReading();
    consumer.ends();
    await filled(scene, 20);
    assert.equal((await left(scene, 20)).length, 20);
  });
});

describe('an auto subscription whose connection ends', () => {
  for (const [how, end] of [
    ['is lost', 'vanishes'],
    ['is closed by the client', 'ends'],
  ] as const) {
    test(`before its messages left the broker, because it ${how}, loses none`, async (t) => {
      const scene = await brokerScene(t);
      await filled(scene, 50);
      const consumer = await scene.client();
      consumer.frame('SUBSCRIBE', { destination: '/queue/a', id: 's' });
      consumer[end]();
      await scene.hasTold('disconnected', 2);
      const got = consumer.waitingFrames.filter(({ command }) => command === 'MESSAGE').length;
      assert.equal((await left(scene, 50 - got)).length, 50 - got);
    });
  }

  test('loses none that were offered between the break and the news of it', async () => {
    const { transport, router } = sessionParts();
    transport.gets('CONNECT\naccept-version:1.2\nhost:x\n\n\0');
    transport.gets('SUBSCRIBE\nid:s\ndestination:/queue/a\n\n\0');
    await endOfTurn();
    transport.breaks();
    transport.gets('SEND\ndestination:/queue/a\npersistent:false\n\nhello\0');
    await endOfTurn();
    assert.equal(transport.text.includes('hello'), false);
    transport.destroy();
    assert.equal(router.queues.queue('a').depth, 1);
  });

  test('by UNSUBSCRIBE gets what was on its way once, and the next one the rest', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await scene.client();
    const producer = await scene.client();
    await consumer.subscribes('/queue/a');
    producer.frame('SEND', { destination: '/queue/a', persistent: 'false' }, '1');
    await producer.roundTrip();
    consumer.frame('UNSUBSCRIBE', { id: 's' });
    await consumer.roundTrip();
    await producer.sends('/queue/a', '2');
    const bodies = consumer.waitingFrames.map(({ body }) => body);
    assert.deepEqual([bodies, await left(scene, 1)], [['1'], ['2']]);
  });
});

describe('a redelivery', () => {
  test('says that it is one, and how many deliveries there were', async (t) => {
    const scene = await brokerScene(t);
    await filled(scene, 1);
    const counts: unknown[] = [];
    for (let delivery = 1; delivery <= 3; delivery++) {
      const consumer = await scene.client();
      await consumer.subscribes('/queue/a', { ack: 'client' });
      const { headers } = await consumer.nextMessage();
      counts.push([headers['redelivered'], headers['JMSXDeliveryCount']]);
      await consumer.disconnects();
    }
    assert.deepEqual(counts, [
      [undefined, undefined],
      ['true', '2'],
      ['true', '3'],
    ]);
  });
});

describe('a start that fails', () => {
  test('leaves nothing open, so that the next one works', async (t) => {
    const taken = await brokerScene(t, LISTENING);
    const data = temporaryDirectory(t);
    const connectors = [{ port: 0 }, { port: taken.broker.connectors[0]?.port ?? 0 }];
    const options: BrokerOptions = { data, connectors };
    await assert.rejects(startBroker(options), { code: 'STOMP_START_PORT_IN_USE' });
    const broker = await startBroker({ data, connectors: [] });
    assert.equal(broker.state, 'running');
    await broker.close();
  });
});
