import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  advisoryScene,
  COMMAND_HEADERS,
  connection,
  consumer,
  queue,
  type Scene,
  shown,
  topic,
} from './recording-port.js';

const PREFIX = '/topic/ActiveMQ.Advisory.';

/** Two connections, two queues, a topic and a temporary queue, three consumers and two producers. */
function busyScene(): Scene {
  const scene = advisoryScene();
  const { connections, destinations, consumers, producers } = scene.port;
  connections.push(connection(), connection({ connectionId: 'ID:c:24', clientId: undefined }));
  for (const destination of [
    queue('orders'),
    queue('bills'),
    topic('prices'),
    topic('ActiveMQ.Advisory.Queue'),
    { kind: 'temp-queue', name: 'ID:c:20:1' } as const,
  ]) {
    destinations.push({ destination, connectionId: 'ID:c:20' });
  }
  consumers.push(
    consumer(queue('orders')),
    consumer(topic('prices'), { consumerId: 2 }),
    consumer(queue('orders'), { consumerId: 3 }),
    consumer(topic('ActiveMQ.Advisory.>'), { consumerId: 4 }),
  );
  producers.push(
    { connectionId: 'ID:c:20', producerId: 1, destination: queue('orders') },
    { connectionId: 'ID:c:24', producerId: 1, destination: queue('orders') },
  );
  return scene;
}

/** The topics and first members of what is replayed. */
function replayed(scene: Scene, name: string): string[] {
  return scene.advisories.replayFor(topic(name)).map((outgoing) => {
    const { destination, body } = shown(outgoing);
    return `${destination.slice(PREFIX.length)} ${Object.keys(JSON.parse(body))[0]}`;
  });
}

test('who subscribes to connections is told of all that are open', () => {
  const { advisories } = busyScene();
  const all = advisories.replayFor(topic('ActiveMQ.Advisory.Connection')).map(shown);
  assert.deepEqual(
    all.map(({ destination, headers, body }) => [
      destination,
      headers,
      JSON.parse(body).ConnectionInfo.connectionId.value,
    ]),
    [
      [`${PREFIX}Connection`, COMMAND_HEADERS, 'ID:c:20'],
      [`${PREFIX}Connection`, COMMAND_HEADERS, 'ID:c:24'],
    ],
  );
});

test('who subscribes to queues is told of all queues, and of no others', () => {
  const scene = busyScene();
  assert.deepEqual(replayed(scene, 'ActiveMQ.Advisory.Queue'), [
    'Queue DestinationInfo',
    'Queue DestinationInfo',
  ]);
  assert.deepEqual(replayed(scene, 'ActiveMQ.Advisory.TempQueue'), ['TempQueue DestinationInfo']);
});

test('consumers and producers are replayed with how many there are', () => {
  const { advisories } = busyScene();
  const consumers = advisories.replayFor(topic('ActiveMQ.Advisory.Consumer.Queue.orders'));
  assert.deepEqual(
    consumers.map((outgoing) => shown(outgoing).headers['consumerCount']),
    ['2', '2'],
  );
  const producers = advisories.replayFor(topic('ActiveMQ.Advisory.Producer.>'));
  assert.deepEqual(
    producers.map((outgoing) => shown(outgoing).headers['producerCount']),
    ['2', '2'],
  );
});

test('a pattern gets all that it covers; advisory topics are not part of it', () => {
  assert.deepEqual(replayed(busyScene(), 'ActiveMQ.Advisory.>'), [
    'Connection ConnectionInfo',
    'Connection ConnectionInfo',
    'Queue DestinationInfo',
    'Queue DestinationInfo',
    'Topic DestinationInfo',
    'TempQueue DestinationInfo',
    'Consumer.Queue.orders ConsumerInfo',
    'Consumer.Queue.orders ConsumerInfo',
    'Consumer.Topic.prices ConsumerInfo',
    'Producer.Queue.orders ProducerInfo',
    'Producer.Queue.orders ProducerInfo',
  ]);
  assert.deepEqual(replayed(busyScene(), 'ActiveMQ.Advisory.*'), [
    'Connection ConnectionInfo',
    'Connection ConnectionInfo',
    'Queue DestinationInfo',
    'Queue DestinationInfo',
    'Topic DestinationInfo',
    'TempQueue DestinationInfo',
  ]);
});

test('nothing is replayed to who can get no advisories, nor published to the others', () => {
  const { advisories, port } = busyScene();
  assert.deepEqual(advisories.replayFor(topic('news.>')), []);
  assert.deepEqual(advisories.replayFor(queue('ActiveMQ.Advisory.Connection')), []);
  assert.notEqual(advisories.replayFor(topic('>')).length, 0);
  assert.deepEqual(port.sent, []);
});
