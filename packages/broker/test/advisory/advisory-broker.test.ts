/** What clients see of advisories and statistics, over TCP: the behaviours of ActiveMQ's StompAdvisoryTest. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import type { Headers, StompClient } from '../stomp-client.js';

const PREFIX = '/topic/ActiveMQ.Advisory.';
const XML = { transformation: 'jms-advisory-xml' } as const;

interface Listened {
  readonly scene: BrokerScene;
  readonly listener: StompClient;
}

/** A client that is subscribed to an advisory topic, and has read what was replayed to it. */
async function listening(
  t: TestContext,
  name: string,
  replayed: number,
  headers: Headers = {},
): Promise<Listened> {
  const scene = await brokerScene(t, LISTENING);
  const listener = await scene.clientOverTcp();
  await listener.subscribes(`${PREFIX}${name}`, headers);
  await listener.nextMessages(replayed);
  return { scene, listener };
}

test('connections are told when they open and when they close', async (t) => {
  const { scene, listener } = await listening(t, 'Connection', 1);
  const client = await scene.clientOverTcp();
  const opened = await listener.nextMessage();
  assert.match(opened.body, /^\{"ConnectionInfo":/);
  assert.match(opened.body, /"password":""/);
  assert.equal(opened.headers['transformation'], 'jms-advisory-json');
  for (const name of ['priority', 'timestamp', 'expires']) assert.equal(opened.headers[name], '0');
  assert.equal(opened.headers['type'], 'Advisory');
  await client.disconnects();
  const closed = await listener.nextMessage();
  assert.match(closed.body, /^\{"RemoveInfo":/);
  const { connectionId } = JSON.parse(opened.body).ConnectionInfo;
  assert.equal(JSON.parse(closed.body).RemoveInfo.objectId.value, connectionId.value);
});

test('who asks for XML gets connections in XML', async (t) => {
  const { scene, listener } = await listening(t, 'Connection', 1, XML);
  const client = await scene.clientOverTcp();
  const opened = await listener.nextMessage();
  assert.match(opened.body, /^<ConnectionInfo>\n {2}<commandId>0<\/commandId>/);
  assert.equal(opened.headers['transformation'], 'jms-advisory-xml');
  await client.disconnects();
  assert.match((await listener.nextMessage()).body, /^<RemoveInfo>/);
});

test('a passcode is in no advisory', async (t) => {
  const { scene, listener } = await listening(t, '>', 1);
  const client = await scene.strangerOverTcp();
  await client.connects('1.2', { login: 'clerk', passcode: 'tell-nobody' });
  await client.disconnects();
  const bodies = await listener.nextBodies(2);
  assert.equal(
    bodies.some((body) => body.includes('tell-nobody')),
    false,
  );
  assert.equal(JSON.parse(bodies[0] ?? '').ConnectionInfo.userName, 'clerk');
});

test('consumers are told with their count', async (t) => {
  const { scene, listener } = await listening(t, 'Consumer.>', 0);
  const client = await scene.clientOverTcp();
  await client.subscribes('/queue/orders');
  const added = await listener.nextMessage();
  assert.equal(added.headers['destination'], `${PREFIX}Consumer.Queue.orders`);
  assert.equal(added.headers['consumerCount'], '1');
  assert.match(added.body, /^\{"ConsumerInfo":/);
  await client.unsubscribes();
  const removed = await listener.nextMessage();
  assert.equal(removed.headers['consumerCount'], '0');
  assert.match(removed.body, /^\{"RemoveInfo":/);
});

test('a consumer of a list is told for each destination', async (t) => {
  const { scene, listener } = await listening(t, 'Consumer.>', 0);
  const client = await scene.clientOverTcp();
  await client.subscribes('/queue/a,/queue/b');
  const both = await listener.nextMessages(2);
  assert.deepEqual(
    both.map(({ headers }) => headers['destination']),
    [`${PREFIX}Consumer.Queue.a`, `${PREFIX}Consumer.Queue.b`],
  );
});

for (const [form, headers, start] of [
  ['JSON', {}, /^\{"ProducerInfo":/],
  ['XML', XML, /^<ProducerInfo>/],
] as const) {
  test(`a producer is told once per destination, in ${form}`, async (t) => {
    const { scene, listener } = await listening(t, 'Producer.>', 0, headers);
    const client = await scene.clientOverTcp();
    await client.sends('/queue/orders', '1');
    await client.sends('/queue/orders', '2');
    await client.sends('/topic/prices', '3');
    const [first, second] = await listener.nextMessages(2);
    assert.match(first?.body ?? '', start);
    assert.equal(first?.headers['destination'], `${PREFIX}Producer.Queue.orders`);
    assert.equal(first?.headers['producerCount'], '1');
    assert.equal(second?.headers['destination'], `${PREFIX}Producer.Topic.prices`);
  });
}

test('a temporary queue is told when it comes, and when its owner goes', async (t) => {
  const { scene, listener } = await listening(t, 'TempQueue', 0);
  const client = await scene.clientOverTcp();
  await client.subscribes('/temp-queue/replies');
  const added = JSON.parse((await listener.nextMessage()).body).DestinationInfo;
  assert.equal(added.destination['@class'], 'ActiveMQTempQueue');
  assert.equal(added.operationType, 0);
  await client.disconnects();
  const removed = JSON.parse((await listener.nextMessage()).body).DestinationInfo;
  assert.equal(removed.operationType, 1);
  assert.deepEqual(removed.destination, added.destination);
});

test('a temporary topic is told on its own topic', async (t) => {
  const { scene, listener } = await listening(t, 'TempTopic', 0);
  const client = await scene.clientOverTcp();
  await client.subscribes('/temp-topic/news');
  assert.match((await listener.nextMessage()).body, /^\{"DestinationInfo":.*"ActiveMQTempTopic"/);
});

test('one subscription to the topics of both kinds is told of both', async (t) => {
  const both = `TempTopic,${PREFIX}TempQueue`;
  const { scene, listener } = await listening(t, both, 0);
  const client = await scene.clientOverTcp();
  await client.subscribes('/temp-queue/replies', { id: 'q' });
  await client.subscribes('/temp-topic/news', { id: 't' });
  const bodies = await listener.nextBodies(2);
  assert.match(bodies[0] ?? '', /ActiveMQTempQueue/);
  assert.match(bodies[1] ?? '', /ActiveMQTempTopic/);
});

test('a new subscription is told of the queues that are there', async (t) => {
  const scene = await brokerScene(t, LISTENING);
  const client = await scene.clientOverTcp();
  await client.sends('/queue/a');
  await client.sends('/queue/b');
  await client.subscribes(`${PREFIX}Queue`);
  const names = (await client.nextBodies(2)).map(
    (body) => JSON.parse(body).DestinationInfo.destination.string,
  );
  assert.deepEqual(names.sort(), ['a', 'b']);
  await client.expectsNoFrame();
});

test('a dead letter is told with its body and its cause', async (t) => {
  const { scene, listener } = await listening(t, 'MessageDLQd.>', 0);
  const client = await scene.clientOverTcp();
  await client.sends('/queue/orders', 'hello', { foo: 'bar', expires: 1 });
  const told = await listener.nextMessage();
  assert.equal(told.headers['destination'], `${PREFIX}MessageDLQd.Queue.orders`);
  assert.equal(told.headers['foo'], 'bar');
  assert.equal(told.body, 'hello');
  assert.notEqual(told.headers['orignalMessageId'], undefined);
  assert.notEqual(told.headers['dlqDeliveryFailureCause'], undefined);
});

test('a message to a topic without subscribers is passed on', async (t) => {
  const { scene, listener } = await listening(t, 'NoConsumer.>', 0);
  const client = await scene.clientOverTcp();
  await client.sends('/topic/nobody', 'hello', { foo: 'bar', 'correlation-id': 'c1' });
  const told = await listener.nextMessage();
  assert.equal(told.headers['destination'], `${PREFIX}NoConsumer.Topic.nobody`);
  assert.equal(told.headers['correlation-id'], 'c1');
  assert.equal(told.headers['type'], undefined);
  assert.equal(told.body, 'hello');
});

test('statistics are told to a topic, with the correlation id of the request', async (t) => {
  const scene = await brokerScene(t, LISTENING);
  const client = await scene.clientOverTcp();
  await client.subscribes('/topic/statistics');
  await client.sends('/queue/ActiveMQ.Statistics.Broker', '', {
    'reply-to': '/topic/statistics',
    'correlation-id': 'c1',
  });
  const reply = await client.nextMessage();
  assert.equal(reply.headers['correlation-id'], 'c1');
  assert.equal(reply.headers['type'], 'Advisory');
  assert.equal(reply.headers['transformation'], 'jms-map-xml');
  assert.match(reply.body, /<string>memoryUsage<\/string>/);
});

test('statistics come in JSON to a subscription that asks for it', async (t) => {
  const scene = await brokerScene(t, LISTENING);
  const client = await scene.clientOverTcp();
  await client.sends('/queue/orders', 'hello');
  await client.subscribes('/temp-queue/answers', { transformation: 'jms-map-json' });
  await client.sends('/queue/ActiveMQ.Statistics.Destination.orders', '', {
    'reply-to': '/temp-queue/answers',
  });
  const reply = await client.nextMessage();
  assert.equal(reply.headers['transformation'], 'jms-map-json');
  assert.match(reply.body, /\{"string":"enqueueCount","long":1\}/);
  assert.match(reply.body, /\{"string":"size","long":1\}/);
});

test('a request without reply-to is a message like any other', async (t) => {
  const scene = await brokerScene(t, LISTENING);
  const client = await scene.clientOverTcp();
  await client.sends('/queue/ActiveMQ.Statistics.Broker', 'kept');
  await client.subscribes('/queue/ActiveMQ.Statistics.Broker');
  assert.equal((await client.nextMessage()).body, 'kept');
});

test('a slow subscriber of everything is not told of what telling it led to', async (t) => {
  const topicLimits = { maxBacklogMessages: 2 };
  const scene = await brokerScene(t, { ...LISTENING, topicLimits });
  const slow = await scene.clientOverTcp();
  await slow.subscribes('/topic/>', { ack: 'client-individual', 'activemq.prefetchSize': 1 });
  const client = await scene.clientOverTcp();
  for (let index = 0; index < 20; index += 1) await client.sends('/topic/prices', String(index));
  await client.roundTrip();
  assert.equal(scene.broker.state, 'running');
});
