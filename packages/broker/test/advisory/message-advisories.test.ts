import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Activities, type Activity } from '../../dist/activity.js';
import { Advisories } from '../../dist/advisory/advisories.js';
import {
  ADVISORY_HEADERS,
  advisoryScene,
  COMMAND_HEADERS,
  consumer,
  queue,
  RecordingPort,
  shown,
  storedMessage,
  topic,
} from './recording-port.js';

const MESSAGE = storedMessage({
  destination: '/queue/exp',
  timestamp: '1000',
  expires: '1200',
  priority: '7',
  persistent: 'true',
  'correlation-id': 'c1',
  'reply-to': '/queue/replies',
  type: 'order',
  foo: 'bar',
  consumerId: 'from the sender',
  'dedup-id': 'd1',
});

/** The only advisory that an activity leads to. */
function advisoryOf(activity: Activity): ReturnType<typeof shown> {
  const { activities, port } = advisoryScene();
  activities.emit(activity);
  const [advisory, ...others] = port.sent;
  assert(advisory, 'nothing was published');
  assert.deepEqual(others, []);
  return shown(advisory);
}

test("an expired message is told with its id, its body and the application's headers", () => {
  const expired: Activity = {
    type: 'message-expired',
    destination: queue('exp'),
    message: MESSAGE,
  };
  assert.deepEqual(advisoryOf(expired), {
    destination: '/topic/ActiveMQ.Advisory.Expired.Queue.exp',
    headers: {
      ...ADVISORY_HEADERS,
      orignalMessageId: 'ID:m-1',
      foo: 'bar',
      consumerId: 'from the sender',
    },
    body: 'hello',
  });
});

test('a dead letter is told with where it was and why', () => {
  const advisory = advisoryOf({
    type: 'message-dead-lettered',
    destination: topic('t'),
    deadLetterQueue: 'DLQ.t',
    message: MESSAGE,
    cause: 'refused by its consumers once',
  });
  assert.equal(advisory.destination, '/topic/ActiveMQ.Advisory.MessageDLQd.Topic.t');
  assert.deepEqual(advisory.headers, {
    ...ADVISORY_HEADERS,
    orignalMessageId: 'ID:m-1',
    orignalDestination: 'topic://t',
    dlqDeliveryFailureCause: 'refused by its consumers once',
    foo: 'bar',
    consumerId: 'from the sender',
  });
  assert.equal(advisory.body, 'hello');
});

test('a discarded topic message names the subscriber; the sender cannot name another one', () => {
  const advisory = advisoryOf({
    type: 'message-discarded',
    topic: 'slow',
    message: MESSAGE,
    connectionId: 'ID:c:2',
    consumerId: 7,
    peer: '127.0.0.1:5000',
    discardedCount: 3,
  });
  assert.equal(advisory.destination, '/topic/ActiveMQ.Advisory.MessageDiscarded.Topic.slow');
  assert.deepEqual(advisory.headers, {
    ...ADVISORY_HEADERS,
    orignalMessageId: 'ID:m-1',
    orignalDestination: 'topic://slow',
    consumerId: 'ID:c:2:-1:7',
    discardedCount: '3',
    foo: 'bar',
  });
});

test('a slow consumer is told with its ConsumerInfo', () => {
  const { activities, port } = advisoryScene();
  const slow = consumer(topic('prices'), { connectionId: 'ID:c:2', consumerId: 7, prefetch: 1 });
  port.consumers.push(consumer(topic('prices')), slow);
  activities.emit({
    type: 'slow-consumer',
    destination: topic('prices'),
    connectionId: 'ID:c:2',
    consumerId: 7,
  });
  assert.equal(port.sent.length, 1);
  const { destination, headers, body } = shown(port.sent[0] ?? assert.fail());
  assert.equal(destination, '/topic/ActiveMQ.Advisory.SlowConsumer.Topic.prices');
  assert.deepEqual(headers, { ...COMMAND_HEADERS, consumerId: 'ID:c:2:-1:7' });
  const info = JSON.parse(body).ConsumerInfo;
  assert.deepEqual(info.consumerId, { connectionId: 'ID:c:2', sessionId: -1, value: 7 });
  assert.equal(info.prefetchSize, 1);
});

test('a slow consumer that has gone meanwhile is not told of', () => {
  const { activities, port } = advisoryScene();
  const gone = { destination: topic('prices'), connectionId: 'ID:c:2', consumerId: 7 };
  activities.emit({ type: 'slow-consumer', ...gone });
  assert.deepEqual(port.sent, []);
});

test('a message that nobody gets is passed on as it is, not as an advisory', () => {
  const unheard: Activity = {
    type: 'no-consumers',
    destination: topic('nobody'),
    message: MESSAGE,
  };
  assert.deepEqual(advisoryOf(unheard), {
    destination: '/topic/ActiveMQ.Advisory.NoConsumer.Topic.nobody',
    headers: {
      timestamp: '1000',
      expires: '1200',
      priority: '7',
      'correlation-id': 'c1',
      'reply-to': '/queue/replies',
      type: 'order',
      orignalMessageId: 'ID:m-1',
      foo: 'bar',
      consumerId: 'from the sender',
    },
    body: 'hello',
  });
});

test('bytes stay bytes: the content-length goes with them', () => {
  const message = storedMessage({ destination: '/queue/q', 'content-length': '5' });
  const { headers } = advisoryOf({ type: 'message-expired', destination: queue('q'), message });
  assert.equal(headers['content-length'], '5');
});

test('single messages are listened for only while a subscription can get their advisories', () => {
  const activities = new Activities((error) => {
    throw error;
  });
  new Advisories(activities, new RecordingPort('>'));
  const reaching = ['ActiveMQ.Advisory.Expired.>', 'ActiveMQ.>', '>', '*.Advisory.>'];
  for (const name of reaching) {
    const subscription = { ...consumer(topic(name)), consumerCount: 1 };
    activities.emit({ type: 'consumer-added', ...subscription });
    assert.equal(activities.hasListeners('no-consumers'), true, name);
    activities.emit({ type: 'consumer-removed', ...subscription });
    assert.equal(activities.hasListeners('no-consumers'), false, name);
  }
  for (const destination of [topic('news.>'), queue('ActiveMQ.Advisory.>'), topic('ActiveMQ')]) {
    activities.emit({ type: 'consumer-added', ...consumer(destination), consumerCount: 1 });
    assert.equal(activities.hasListeners('no-consumers'), false, destination.name);
  }
});

test('a durable subscription gets advisories about messages also while its client is away', () => {
  const activities = new Activities((error) => {
    throw error;
  });
  const port = new RecordingPort('ActiveMQ.Advisory.>');
  new Advisories(activities, port);
  const durable = consumer(topic('ActiveMQ.Advisory.>'), { durableName: 'audit' });
  activities.emit({ type: 'consumer-added', ...durable, consumerCount: 1 });
  activities.emit({ type: 'consumer-removed', ...durable, consumerCount: 0 });
  activities.emit({ type: 'message-expired', destination: queue('exp'), message: MESSAGE });
  assert.equal(port.sent.length, 1);
});

test('a durable subscription that was found in the store gets them from the start', () => {
  const activities = new Activities((error) => {
    throw error;
  });
  const port = new RecordingPort('ActiveMQ.Advisory.>');
  const advisories = new Advisories(activities, port);
  advisories.durableRecovered(topic('news'));
  assert.equal(activities.hasListeners('message-expired'), false);
  advisories.durableRecovered(topic('ActiveMQ.Advisory.Expired.>'));
  activities.emit({ type: 'message-expired', destination: queue('exp'), message: MESSAGE });
  assert.equal(port.sent.length, 1);
});

test('what happens to advisories themselves raises none, whatever pattern got them', () => {
  const { activities, port } = advisoryScene('>');
  const advisory = storedMessage({ destination: '/topic/ActiveMQ.Advisory.Queue' });
  const discarded = { message: advisory, connectionId: 'ID:c:2', consumerId: 7, peer: 'p' };
  for (const name of ['ActiveMQ.Advisory.Queue', '>']) {
    activities.emit({ type: 'message-discarded', topic: name, ...discarded, discardedCount: 1 });
    activities.emit({ type: 'message-expired', destination: topic(name), message: advisory });
    activities.emit({ type: 'no-consumers', destination: topic(name), message: advisory });
  }
  assert.deepEqual(port.sent, []);
});

test('what the publishing of an advisory leads to raises none', () => {
  const { activities, port } = advisoryScene('>');
  const discarded: Activity = {
    type: 'message-discarded',
    topic: 'slow',
    message: MESSAGE,
    connectionId: 'ID:c:2',
    consumerId: 7,
    peer: 'p',
    discardedCount: 1,
  };
  // A full backlog: each advisory pushes another message out of it.
  port.onSend = () => activities.emit(discarded);
  activities.emit(discarded);
  activities.emit(discarded);
  assert.equal(port.sent.length, 2);
});

test('a failing send does not silence the advisories after it', () => {
  const reported: unknown[] = [];
  const activities = new Activities((error) => reported.push(error));
  const port = new RecordingPort('>');
  new Advisories(activities, port);
  const failure = new Error('store is closed');
  port.onSend = () => {
    port.onSend = () => {};
    throw failure;
  };
  const added: Activity = {
    type: 'destination-added',
    destination: queue('q'),
    connectionId: undefined,
  };
  activities.emit(added);
  activities.emit(added);
  assert.deepEqual(reported, [failure]);
  assert.equal(port.sent.length, 2);
});
