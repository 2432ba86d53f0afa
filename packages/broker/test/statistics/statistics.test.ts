import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, parseDestination } from '@stompbox/protocol';
import { newDestinationCounters } from '../../dist/statistics/counters.js';
import { isStatisticsRequest } from '../../dist/statistics/request.js';
import { CountedBroker } from './counted-broker.js';

const QUEUE_A = { kind: 'queue', name: 'st.a' } as const;
const QUEUE_B = { kind: 'queue', name: 'st.b' } as const;
const TOPIC_A = { kind: 'topic', name: 'st.a' } as const;
const END = 'ActiveMQ.Statistics.Destination.List.End.With.Null';

type Reply = ReadonlyMap<string, unknown>;

/** Name and value of each entry of the JSON replies, in order. */
function replies(broker: CountedBroker, to: string, headers: Record<string, string> = {}): Reply[] {
  const all = { 'reply-to': '/queue/r', transformation: 'jms-map-json', ...headers };
  const destination = parseDestination(to);
  assert(isStatisticsRequest(destination), to);
  const answered = broker.statistics.answer(destination, new Map(Object.entries(all)));
  return (answered ?? assert.fail('no request')).map(({ body }) => {
    const { map } = JSON.parse(decodeUtf8(body));
    const entries: Record<string, unknown>[] = map === '' ? [] : map.entry;
    return new Map(
      entries.map(({ string, ...value }) => {
        if (Array.isArray(string)) return [string[0], string[1]];
        return [String(string), Object.values(value)[0]];
      }),
    );
  });
}

function reply(...request: Parameters<typeof replies>): Reply {
  const [first, ...others] = replies(...request);
  assert.deepEqual(others, []);
  return first ?? assert.fail('no reply');
}

test('requests are known by their names, on queues and topics alike', () => {
  for (const name of [
    '/queue/ActiveMQ.Statistics.Broker',
    '/topic/ActiveMQ.Statistics.Broker',
    '/queue/ActiveMQ.Statistics.Subscription',
    '/queue/ActiveMQ.Statistics.Destination.orders',
    '/topic/ActiveMQ.Statistics.Destinationorders',
  ]) {
    assert.equal(isStatisticsRequest(parseDestination(name)), true, name);
  }
  for (const name of [
    '/queue/activemq.statistics.broker',
    '/queue/ActiveMQ.Statistics.Brokers',
    '/queue/ActiveMQ.Statistics',
    '/queue/orders',
    '/temp-queue/ActiveMQ.Statistics.Broker',
  ]) {
    assert.equal(isStatisticsRequest(parseDestination(name)), false, name);
  }
});

test('a message without reply-to is no request', () => {
  const { statistics } = new CountedBroker();
  const destination = parseDestination('/queue/ActiveMQ.Statistics.Broker');
  assert.equal(statistics.answer(destination, new Map()), undefined);
});

test('a reply goes where the request says, with its correlation id, as XML', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A);
  const headers = { 'reply-to': '/queue/answers', 'correlation-id': 'c1' };
  const [first] =
    broker.statistics.answer(
      parseDestination('/queue/ActiveMQ.Statistics.Destination.st.a'),
      new Map(Object.entries(headers)),
    ) ?? [];
  assert(first);
  assert.equal(first.destination, '/queue/answers');
  assert.equal(first.isPersistent, false);
  assert.deepEqual(first.headers, [
    ['type', 'Advisory'],
    ['transformation', 'jms-map-xml'],
    ['correlation-id', 'c1'],
  ]);
  assert.match(decodeUtf8(first.body), /^<map>\n {2}<entry>\n {4}<string>dequeueCount<\/string>\n/);
});

test('a request with transformation jms-map-json is answered in JSON', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A);
  const headers = { 'reply-to': '/queue/answers', transformation: 'jms-map-json' };
  const [first] =
    broker.statistics.answer(
      parseDestination('/queue/ActiveMQ.Statistics.Destination.st.a'),
      new Map(Object.entries(headers)),
    ) ?? [];
  assert(first);
  assert.deepEqual(first.headers, [
    ['type', 'Advisory'],
    ['transformation', 'jms-map-json'],
  ]);
  assert.match(decodeUtf8(first.body), /^\{"map":\{"entry":\[\{"string":"dequeueCount","long":0\}/);
});

test('the reply about a destination has all keys of ActiveMQ, with what was counted', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A, {
    enqueued: 4,
    enqueuedBytes: 1001,
    dequeued: 2,
    dispatched: 3,
    expired: 1,
    size: 1,
    bytes: 250,
    inflight: 1,
    consumers: 5,
    producers: 6,
    heldCount: 2,
    heldMs: 15,
    heldMinMs: 5,
    heldMaxMs: 10,
  });
  const answered = reply(broker, '/queue/ActiveMQ.Statistics.Destination.st.a');
  assert.deepEqual(Object.fromEntries(answered), {
    dequeueCount: 2,
    averageMessageSize: 250,
    brokerId: 'ID:broker',
    memoryUsage: 100,
    consumerCount: 5,
    minEnqueueTime: 5,
    memoryPercentUsage: 10,
    averageEnqueueTime: 7.5,
    messagesCached: 2,
    expiredCount: 1,
    inflightCount: 1,
    maxEnqueueTime: 10,
    dispatchCount: 3,
    size: 1,
    destinationName: 'queue://st.a',
    producerCount: 6,
    memoryLimit: 1000,
    brokerName: 'main',
    enqueueCount: 4,
  });
});

test('a pattern is answered once per destination of the same kind', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A);
  broker.has(TOPIC_A);
  broker.has(QUEUE_B);
  const names = (to: string) => replies(broker, to).map((one) => one.get('destinationName'));
  assert.deepEqual(names('/queue/ActiveMQ.Statistics.Destination.st.*'), [
    'queue://st.a',
    'queue://st.b',
  ]);
  assert.deepEqual(names('/topic/ActiveMQ.Statistics.Destination.>'), ['topic://st.a']);
  assert.deepEqual(names('/queue/ActiveMQ.Statistics.Destinationst.a'), ['queue://st.a']);
  assert.deepEqual(names('/queue/ActiveMQ.Statistics.Destination.nope'), []);
});

test('an empty map ends the list when a header or the end of the name asks for it', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A);
  const prefix = '/queue/ActiveMQ.Statistics.Destination';
  const sizes = (to: string, headers?: Record<string, string>) =>
    replies(broker, to, headers).map((one) => one.size);
  assert.deepEqual(sizes(`${prefix}.st.a`, { [END]: 'true' }), [19, 0]);
  assert.deepEqual(sizes(`${prefix}.st.a`, { [END]: 'false' }), [19]);
  assert.deepEqual(sizes(`${prefix}.st.a${END}`), [19, 0]);
  assert.deepEqual(sizes(`${prefix}.st.a.${END}`), [19, 0]);
  assert.deepEqual(sizes(`${prefix}.nope`, { [END]: 'true' }), [0]);
});

test('the time of the oldest message is told only when asked for and known', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A, {}, 1_700_000_000_000);
  broker.has(QUEUE_B);
  const header = 'ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp';
  const to = '/queue/ActiveMQ.Statistics.Destination.st.*';
  const times = (headers?: Record<string, string>) =>
    replies(broker, to, headers).map((one) => one.get('firstMessageTimestamp'));
  assert.deepEqual(times(), [undefined, undefined]);
  assert.equal(broker.timestampQuestions, 0);
  assert.deepEqual(times({ [header]: 'true' }), [1_700_000_000_000, undefined]);
});

test('the reply about the broker sums its destinations and has all keys of ActiveMQ', () => {
  const broker = new CountedBroker();
  broker.has(QUEUE_A, { enqueued: 3, enqueuedBytes: 300, size: 2, consumers: 1, heldMaxMs: 9 });
  broker.has(TOPIC_A, { enqueued: 1, enqueuedBytes: 500, dispatched: 4, consumers: 2 });
  assert.deepEqual(Object.fromEntries(reply(broker, '/queue/ActiveMQ.Statistics.Broker')), {
    averageMessageSize: 200,
    minEnqueueTime: 0,
    expiredCount: 0,
    'stomp+ssl': '',
    inflightCount: 0,
    ssl: '',
    tempUsage: 0,
    tempLimit: 2000,
    stomp: 'stomp://127.0.0.1:61613',
    storePercentUsage: 0,
    dequeueCount: 0,
    brokerId: 'ID:broker',
    memoryUsage: 300,
    consumerCount: 3,
    storeUsage: 5000,
    dataDirectory: '/data',
    memoryPercentUsage: 30,
    averageEnqueueTime: 0,
    messagesCached: 4,
    maxEnqueueTime: 9,
    dispatchCount: 4,
    size: 2,
    openwire: '',
    vm: '',
    storeLimit: 0,
    producerCount: 0,
    memoryLimit: 1000,
    brokerName: 'main',
    enqueueCount: 4,
    tempPercentUsage: 0,
  });
});

test('a reset starts the counts of the broker again, and none of its destinations', () => {
  const broker = new CountedBroker();
  const counters = broker.has(QUEUE_A, { enqueued: 3, size: 3, heldMinMs: 1, heldMaxMs: 50 });
  const to = '/queue/ActiveMQ.Statistics.Broker';
  const told = (headers?: Record<string, string>) => {
    const answered = reply(broker, to, headers);
    return ['enqueueCount', 'size', 'maxEnqueueTime'].map((key) => answered.get(key));
  };
  assert.deepEqual(told(), [3, 3, 50]);
  assert.deepEqual(told({ 'ActiveMQ.Statistics.Broker.Reset': 'true' }), [0, 3, 0]);
  counters.enqueued += 2;
  assert.deepEqual(told(), [2, 3, 0]);
  assert.equal(counters.enqueued, 5);
  assert.equal(broker.statistics.snapshot().totals.enqueued, 5);
});

test('what a destination has counted stays in the totals when it goes', () => {
  const broker = new CountedBroker();
  const counters = broker.has(TOPIC_A, { enqueued: 3, consumers: 1 });
  broker.loses(counters);
  const answered = reply(broker, '/queue/ActiveMQ.Statistics.Broker');
  assert.equal(answered.get('enqueueCount'), 3);
  assert.equal(answered.get('consumerCount'), 0);
});

test('subscriptions are answered one by one', () => {
  const broker = new CountedBroker();
  broker.hasSubscription({});
  broker.hasSubscription({
    clientId: undefined,
    destination: { kind: 'topic', name: 'prices' },
    selector: "x='1'",
    durableName: 'dn',
    isExclusive: true,
  });
  const [plain, durable] = replies(broker, '/queue/ActiveMQ.Statistics.Subscription');
  assert(plain && durable);
  assert.deepEqual(Object.fromEntries(plain), {
    brokerId: 'ID:broker',
    clientId: 'cons',
    slowConsumer: false,
    dequeueCounter: 9,
    maximumPendingMessageLimit: 0,
    sessionId: -1,
    enqueueCounter: 12,
    prefetchSize: 1000,
    dispatchedQueueSize: 1,
    destinationName: 'reply',
    retroactive: false,
    connectionId: 'ID:c:24',
    exclusive: false,
    selector: '',
    dispatchedCounter: 10,
    brokerName: 'main',
  });
  assert.equal(durable.get('clientId'), 'ID:c:24');
  assert.equal(durable.get('selector'), "x='1'");
  assert.equal(durable.get('subscriptionName'), 'dn');
  assert.equal(durable.get('exclusive'), true);
});

test('both forms are what ActiveMQ writes', () => {
  const broker = new CountedBroker();
  broker.hasSubscription({});
  const bodyIn = (transformation: string): string => {
    const headers = new Map([
      ['reply-to', '/queue/r'],
      ['transformation', transformation],
    ] as const);
    const to = parseDestination('/queue/ActiveMQ.Statistics.Subscription');
    const [first] = broker.statistics.answer(to, headers) ?? [];
    return decodeUtf8(first?.body ?? assert.fail('no reply'));
  };
  assert.equal(
    bodyIn('jms-map-json'),
    '{"map":{"entry":[{"string":["brokerId","ID:broker"]},{"string":["clientId","cons"]},' +
      '{"string":"slowConsumer","boolean":false},{"string":"dequeueCounter","long":9},' +
      '{"string":"maximumPendingMessageLimit","int":0},{"string":"sessionId","long":-1},' +
      '{"string":"enqueueCounter","long":12},{"string":"prefetchSize","int":1000},' +
      '{"string":"dispatchedQueueSize","long":1},{"string":["destinationName","reply"]},' +
      '{"string":"retroactive","boolean":false},{"string":["connectionId","ID:c:24"]},' +
      '{"string":"exclusive","boolean":false},{"string":"selector","null":""},' +
      '{"string":"dispatchedCounter","long":10},{"string":["brokerName","main"]}]}}',
  );
  const start = `<map>
  <entry>
    <string>brokerId</string>
    <string>ID:broker</string>
  </entry>
  <entry>
    <string>clientId</string>
    <string>cons</string>
  </entry>
  <entry>
    <string>slowConsumer</string>
    <boolean>false</boolean>
  </entry>
`;
  assert.equal(bodyIn('jms-map-xml').slice(0, start.length), start);
  assert.match(bodyIn('jms-map-xml'), /<string>selector<\/string>\n {4}<null\/>\n/);
});

test('a snapshot does not change when the broker counts on', () => {
  const broker = new CountedBroker();
  const counters = broker.has(QUEUE_A, { enqueued: 1 });
  const snapshot = broker.statistics.snapshot();
  counters.enqueued += 1;
  assert.deepEqual(snapshot, {
    broker: broker.broker(),
    totals: { ...newDestinationCounters(), enqueued: 1 },
    destinations: [
      {
        destination: QUEUE_A,
        counters: { ...newDestinationCounters(), enqueued: 1 },
        cached: { messages: 2, bytes: 100 },
      },
    ],
  });
});
