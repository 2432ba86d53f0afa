import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Activity } from '../../dist/activity.js';
import {
  advisoryScene,
  COMMAND_HEADERS,
  connection,
  consumer,
  queue,
  shown,
  topic,
} from './recording-port.js';

/** The only advisory that an activity leads to. */
function advisoryOf(activity: Activity): ReturnType<typeof shown> {
  const { activities, port } = advisoryScene();
  activities.emit(activity);
  const [advisory, ...others] = port.sent;
  assert(advisory, 'nothing was published');
  assert.deepEqual(others, []);
  assert.equal(advisory.isPersistent, false);
  return shown(advisory);
}

test('a connection that opens is told with ConnectionInfo and an empty password', () => {
  assert.deepEqual(advisoryOf({ type: 'connection-opened', ...connection() }), {
    destination: '/topic/ActiveMQ.Advisory.Connection',
    headers: COMMAND_HEADERS,
    body:
      '{"ConnectionInfo":{"commandId":0,"responseRequired":true,' +
      '"connectionId":{"value":"ID:c:20"},"clientId":"advc","clientIp":"127.0.0.1:5000",' +
      '"userName":"system","password":"","brokerMasterConnector":false,"manageable":false,' +
      '"clientMaster":true,"faultTolerant":false,"failoverReconnect":false}}',
  });
});

test('a connection without login has no user name, and its id stands for the client id', () => {
  const anonymous = connection({ login: undefined, clientId: undefined });
  const { body } = advisoryOf({ type: 'connection-opened', ...anonymous });
  const info = JSON.parse(body).ConnectionInfo;
  assert.equal('userName' in info, false);
  assert.equal(info.clientId, 'ID:c:20');
  assert.equal(info.password, '');
});

test('a connection that closes is told with RemoveInfo', () => {
  const { destination, body } = advisoryOf({ type: 'connection-closed', ...connection() });
  assert.equal(destination, '/topic/ActiveMQ.Advisory.Connection');
  assert.equal(
    body,
    '{"RemoveInfo":{"commandId":0,"responseRequired":true,' +
      '"objectId":{"@class":"ConnectionId","value":"ID:c:20"},"lastDeliveredSequenceId":-2}}',
  );
});

test('a consumer is told with ConsumerInfo and the count of consumers', () => {
  const activity: Activity = {
    type: 'consumer-added',
    ...consumer(queue('q.a'), { selector: "x='1'", isExclusive: true, priority: 3 }),
    consumerCount: 2,
  };
  assert.deepEqual(advisoryOf(activity), {
    destination: '/topic/ActiveMQ.Advisory.Consumer.Queue.q.a',
    headers: { ...COMMAND_HEADERS, consumerCount: '2' },
    body:
      '{"ConsumerInfo":{"commandId":0,"responseRequired":false,' +
      '"consumerId":{"connectionId":"ID:c:24","sessionId":-1,"value":1},' +
      '"destination":{"@class":"ActiveMQQueue","string":"q.a","null":""},"prefetchSize":1000,' +
      '"maximumPendingMessageLimit":0,"browser":false,"dispatchAsync":true,' +
      '"selector":"x=\'1\'","noLocal":false,"exclusive":true,"retroactive":false,"priority":3,' +
      '"optimizedAcknowledge":false,"noRangeAcks":false}}',
  });
});

test('a durable consumer of a topic is told with the name of its subscription', () => {
  const { destination, body } = advisoryOf({
    type: 'consumer-added',
    ...consumer(topic('t.a'), { durableName: 'dn', noLocal: true, prefetch: 100 }),
    consumerCount: 1,
  });
  assert.equal(destination, '/topic/ActiveMQ.Advisory.Consumer.Topic.t.a');
  const info = JSON.parse(body).ConsumerInfo;
  assert.equal(info.subscriptionName, 'dn');
  assert.equal(info.noLocal, true);
  assert.equal(info.prefetchSize, 100);
  assert.equal(info.destination['@class'], 'ActiveMQTopic');
});

test('a browser is told as one', () => {
  const browser = consumer(queue('q'), { isBrowser: true });
  const { body } = advisoryOf({ type: 'consumer-added', ...browser, consumerCount: 1 });
  assert.equal(JSON.parse(body).ConsumerInfo.browser, true);
});

test('a consumer that goes is told with RemoveInfo and the count of those that stay', () => {
  const { destination, headers, body } = advisoryOf({
    type: 'consumer-removed',
    ...consumer(queue('q.a'), { consumerId: 3 }),
    consumerCount: 1,
  });
  assert.equal(destination, '/topic/ActiveMQ.Advisory.Consumer.Queue.q.a');
  assert.equal(headers['consumerCount'], '1');
  assert.equal(
    body,
    '{"RemoveInfo":{"commandId":0,"responseRequired":false,' +
      '"objectId":{"@class":"ConsumerId","connectionId":"ID:c:24","sessionId":-1,"value":3},' +
      '"lastDeliveredSequenceId":-2}}',
  );
});

test('a producer is told with ProducerInfo and the count of producers', () => {
  const activity: Activity = {
    type: 'producer-added',
    connectionId: 'ID:c:24',
    producerId: 2,
    destination: topic('prices'),
    producerCount: 1,
  };
  assert.deepEqual(advisoryOf(activity), {
    destination: '/topic/ActiveMQ.Advisory.Producer.Topic.prices',
    headers: { ...COMMAND_HEADERS, producerCount: '1' },
    body:
      '{"ProducerInfo":{"commandId":0,"responseRequired":false,' +
      '"producerId":{"connectionId":"ID:c:24","sessionId":-1,"value":2},' +
      '"destination":{"@class":"ActiveMQTopic","string":"prices","null":""},' +
      '"dispatchAsync":false,"windowSize":0,"sentCount":0}}',
  });
});

test('a producer that goes is told with RemoveInfo', () => {
  const { destination, headers, body } = advisoryOf({
    type: 'producer-removed',
    connectionId: 'ID:c:24',
    producerId: 2,
    destination: queue('orders'),
    producerCount: 0,
  });
  assert.equal(destination, '/topic/ActiveMQ.Advisory.Producer.Queue.orders');
  assert.equal(headers['producerCount'], '0');
  assert.equal(JSON.parse(body).RemoveInfo.objectId['@class'], 'ProducerId');
});

test('destinations that come are told on the topic of their kind', () => {
  const cases = [
    ['queue', 'Queue', 'ActiveMQQueue'],
    ['topic', 'Topic', 'ActiveMQTopic'],
    ['temp-queue', 'TempQueue', 'ActiveMQTempQueue'],
    ['temp-topic', 'TempTopic', 'ActiveMQTempTopic'],
  ] as const;
  for (const [kind, name, className] of cases) {
    const advisory = advisoryOf({
      type: 'destination-added',
      destination: { kind, name: 'ID:c:31:1' },
      connectionId: 'ID:c:31',
    });
    assert.deepEqual(advisory, {
      destination: `/topic/ActiveMQ.Advisory.${name}`,
      headers: COMMAND_HEADERS,
      body:
        '{"DestinationInfo":{"commandId":0,"responseRequired":false,' +
        '"connectionId":{"value":"ID:c:31"},' +
        `"destination":{"@class":"${className}","string":"ID:c:31:1","null":""},` +
        '"operationType":0,"timeout":0}}',
    });
  }
});

test('a destination that goes has operation type 1, and no connection when none is known', () => {
  const { body } = advisoryOf({
    type: 'destination-removed',
    destination: queue('q'),
    connectionId: undefined,
  });
  const info = JSON.parse(body).DestinationInfo;
  assert.equal(info.operationType, 1);
  assert.equal('connectionId' in info, false);
});

test('a temporary queue counts as a queue for its consumers', () => {
  const { destination } = advisoryOf({
    type: 'consumer-added',
    ...consumer({ kind: 'temp-queue', name: 'ID:c:1' }),
    consumerCount: 1,
  });
  assert.equal(destination, '/topic/ActiveMQ.Advisory.Consumer.Queue.ID:c:1');
});

test('nothing is published where nobody is subscribed', () => {
  const { activities, port } = advisoryScene('ActiveMQ.Advisory.Queue');
  activities.emit({ type: 'connection-opened', ...connection() });
  activities.emit({
    type: 'destination-added',
    destination: topic('t'),
    connectionId: undefined,
  });
  assert.deepEqual(port.sent, []);
});

test('nothing about advisory topics raises an advisory', () => {
  const { activities, port } = advisoryScene();
  const own = topic('ActiveMQ.Advisory.Connection');
  activities.emit({ type: 'destination-added', destination: own, connectionId: undefined });
  activities.emit({ type: 'consumer-added', ...consumer(own), consumerCount: 1 });
  activities.emit({
    type: 'producer-added',
    connectionId: 'ID:c:1',
    producerId: 1,
    destination: own,
    producerCount: 1,
  });
  activities.emit({ type: 'consumer-removed', ...consumer(own), consumerCount: 0 });
  activities.emit({ type: 'destination-removed', destination: own, connectionId: undefined });
  assert.deepEqual(port.sent, []);
});

test('after close nothing is published', () => {
  const { activities, port, advisories } = advisoryScene();
  advisories.close();
  activities.emit({ type: 'connection-opened', ...connection() });
  assert.deepEqual(port.sent, []);
  assert.equal(activities.hasListeners('message-expired'), false);
});
