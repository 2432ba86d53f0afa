/** Selectors on queues: who gets what, and that what nobody wants hides nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING, type SceneOptions } from '../broker-scene.js';
import { FakeClock } from '../fake-clock.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import {
  bodiesCome,
  consumed,
  fill,
  numbers,
  numbersCome,
  sendAll,
  subscriber,
} from './queue-clients.js';

/** The values of `n` in the reference's table; `-` stands for a message without it. */
const VALUES = ['1', '10', '2.5', 'abc', '-', 'true', '-3', ''];

async function chosen(
  options: SceneOptions,
  selector: string,
  t: Parameters<typeof brokerScene>[0],
) {
  const scene = await brokerScene(t, options);
  const producer = await scene.client();
  for (const value of VALUES) {
    const n = value === '-' ? undefined : value;
    await producer.sends('/queue/a', value, { n });
  }
  return bodiesCome(await subscriber(scene, { selector }));
}

describe('a selector compares a header of a queue’s messages', () => {
  for (const [selector, expected] of [
    ['n > 1', ['10']],
    ['n >= 2.5', ['10', '2.5']],
    ['n = TRUE', ['true']],
    ['n + 1 = 2', []],
    ['n <> 10', ['1', '2.5', 'abc', 'true', '-3', '']],
    ['n IS NULL', ['-']],
    ["n IN ('1', 'abc')", ['1', 'abc']],
    ["n NOT IN ('1')", ['10', '2.5', 'abc', 'true', '-3', '']],
    ["n LIKE 'ab_'", ['abc']],
    ['n BETWEEN 1 AND 5', ['1']],
    ["n = '10'", ['10']],
    ['n = 10 OR n IS NULL', ['10', '-']],
  ] as const) {
    test(`as ActiveMQ does: ${selector}`, async (t) => {
      const got = await chosen({}, selector, t);
      assert.deepEqual(got, expected);
    });
  }
});

describe('a selector asks for', () => {
  const now = new FakeClock().now();
  for (const [selector, headers] of [
    ['JMSPriority > 7', { priority: '9' }],
    ["JMSType = 'invoice'", { type: 'invoice' }],
    ["JMSCorrelationID = 'c-1'", { 'correlation-id': 'c-1' }],
    ["JMSDeliveryMode = 'NON_PERSISTENT'", { persistent: 'false' }],
    ["JMSReplyTo = 'queue://answers'", { 'reply-to': '/queue/answers' }],
    ["JMSXGroupID = 'g'", { JMSXGroupID: 'g' }],
    ['JMSXGroupSeq = 3', { JMSXGroupID: 'g', JMSXGroupSeq: '3' }],
    [`JMSExpiration = ${now + 5000}`, { expires: String(now + 5000) }],
    ["JMSDestination = 'queue://a' AND mine IS NOT NULL", { mine: 'yes' }],
    [`JMSTimestamp = ${now} AND mine = TRUE`, { mine: 'true' }],
  ] as const) {
    test(`JMS' own fields: ${selector}`, async (t) => {
      const scene = await brokerScene(t);
      const producer = await scene.client();
      await producer.sends('/queue/a', 'other', { persistent: 'true' });
      await producer.sends('/queue/a', 'wanted', headers);
      const consumer = await subscriber(scene, { selector });
      assert.deepEqual(await bodiesCome(consumer), ['wanted']);
    });
  }

  test('what STOMP calls by other names: `priority` and `type` are no fields', async (t) => {
    const scene = await brokerScene(t);
    await (await scene.client()).sends('/queue/a', '', { priority: '9', type: 'invoice' });
    const consumer = await subscriber(scene, { selector: "priority = 9 OR type = 'invoice'" });
    await consumer.expectsNoFrame();
  });

  test('how often a message was delivered, which changes when it comes back', async (t) => {
    const scene = await brokerScene(t);
    const again = await subscriber(scene, { selector: 'JMSXDeliveryCount > 1 AND JMSRedelivered' });
    await (await scene.client()).sends('/queue/a', 'x');
    await again.expectsNoFrame();
    const first = await subscriber(scene, { ack: 'client', selector: 'JMSXDeliveryCount = 1' });
    assert.deepEqual(await bodiesCome(first), ['x']);
    await first.disconnects();
    const { body, headers } = await again.nextMessage();
    assert.deepEqual([body, headers['JMSXDeliveryCount']], ['x', '2']);
  });
});

describe('consumers with selectors', () => {
  test('get what they want over TCP, and leave the rest', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const red = await scene.clientOverTcp();
    await red.subscribes('/queue/a', { selector: "color = 'red'" });
    const producer = await scene.clientOverTcp();
    for (const color of ['blue', 'red', 'green', 'red']) {
      await producer.sends('/queue/a', color, { color });
    }
    assert.deepEqual(await red.nextBodies(2), ['red', 'red']);
    const rest = await scene.clientOverTcp('1.1');
    await rest.subscribes('/queue/a');
    assert.deepEqual(await rest.nextBodies(2), ['blue', 'green']);
    await red.expectsNoFrame();
    await scene.close();
  });

  test('share with plain ones, and each message goes to one of them', async (t) => {
    const scene = await brokerScene(t);
    const even = await subscriber(scene, { selector: "kind = 'even'" });
    const odd = await subscriber(scene, { selector: "kind = 'odd'" });
    const plain = await subscriber(scene);
    const headersOf = (number: number) => ({ kind: number % 2 === 0 ? 'even' : 'odd' });
    await fill(await scene.client(), 300, { headersOf });
    const all: string[][] = [];
    for (const client of [even, odd, plain]) {
      all.push(
        (await client.nextMessages(client.waitingFrames.length)).map(({ headers }) =>
          String(headers['number']),
        ),
      );
    }
    const [evens = [], odds = [], rest = []] = all;
    assert(evens.every((number) => Number(number) % 2 === 0));
    assert(odds.every((number) => Number(number) % 2 === 1));
    assert(evens.length > 0 && odds.length > 0 && rest.length > 0);
    assert.deepEqual(
      [...evens, ...odds, ...rest].map(Number).sort((a, b) => a - b),
      numbers(300),
    );
  });

  test('get a match at once that stands behind what nobody wants', async (t) => {
    const scene = await brokerScene(t);
    const consumer = await subscriber(scene, { selector: "n = '1'" });
    const producer = await scene.client();
    for (let round = 0; round < 3; round++) {
      await sendAll(producer, ['unwanted', 'unwanted'], { n: 0 });
      await producer.sends('/queue/a', `wanted ${round}`, { n: 1 });
      assert.deepEqual(await bodiesCome(consumer), [`wanted ${round}`]);
    }
  });

  test('get what another one has refused or left behind', async (t) => {
    const scene = await brokerScene(t, { redelivery: { initialDelayMs: 1000 } });
    const first = await subscriber(scene, { ack: 'client-individual', selector: 'n < 3' });
    await fill(await scene.client(), 5, { headersOf: (n) => ({ n }) });
    const [zero, one] = await first.nextMessages(3);
    const second = await subscriber(scene, { selector: "n IN ('0', '2', '4')" });
    assert.deepEqual(await consumed(second, 1), [4]);
    assert(zero && one);
    await first.nacks(zero);
    scene.clock.advance(1000);
    // The first one that wants it may be either of them.
    const back = [...(await numbersCome(first)), ...(await numbersCome(second))];
    assert.deepEqual(back, [0]);
    await first.disconnects();
    assert.deepEqual(
      (await numbersCome(second)).filter((n) => n !== 0),
      [2],
    );
    const rest = await subscriber(scene);
    assert.deepEqual(await consumed(rest, 2), [1, 3]);
  });
});

for (const [where, storeOf] of [
  ['on disk', (t: Parameters<typeof temporaryDirectory>[0]) => ({ data: temporaryDirectory(t) })],
  ['in memory', () => ({})],
] as const) {
  describe(`a selector on a long queue ${where}`, () => {
    test('finds the last of 50,000 messages, the only one that matches', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      const headersOf = (number: number) => (number === 49_999 ? { wanted: 'yes' } : {});
      await fill(await scene.client(), 50_000, { headersOf });
      const consumer = await subscriber(scene, { selector: 'wanted IS NOT NULL' });
      assert.deepEqual(await consumed(consumer, 1), [49_999]);
      await fill(await scene.client(), 1, { headersOf: () => ({ wanted: 'again' }) });
      assert.deepEqual(await consumed(consumer, 1), [0]);
      await scene.close();
    });

    test('lets several choose, and plain ones take the rest', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      const headersOf = (number: number) => ({ kind: number % 3 });
      await fill(await scene.client(), 9000, { headersOf });
      const one = await subscriber(scene, { selector: 'kind = 1' });
      assert.deepEqual(
        await consumed(one, 3000),
        numbers(3000).map((n) => 3 * n + 1),
      );
      const [two, both, plain] = await Promise.all([
        subscriber(scene, { selector: 'kind = 2' }),
        subscriber(scene, { selector: "kind IN ('1', '2')" }),
        subscriber(scene),
      ]);
      const got: number[] = [];
      while (got.length < 6000) {
        for (const client of [two, both, plain]) got.push(...(await numbersCome(client)));
      }
      const expected = numbers(9000).filter((number) => number % 3 !== 1);
      assert.deepEqual(
        got.sort((a, b) => a - b),
        expected,
      );
      await scene.close();
    });

    test('shows no consumer what another one has settled', async (t) => {
      const scene = await brokerScene(t, storeOf(t));
      await fill(await scene.client(), 5500, { headersOf: (n) => ({ n }) });
      // Both have read the same page of the store when the second one stops for want of credit.
      const options = { ack: 'client-individual', selector: 'n >= 5000', 'prefetch-count': 1 };
      const slow = await subscriber(scene, options);
      const first = await slow.nextMessage();
      assert.equal(first.headers['number'], '5000');
      const fast = await subscriber(scene, { selector: 'n >= 5000' });
      assert.deepEqual(await consumed(fast, 499), numbers(499, 5001));
      // Two more commits, so that all that was settled has gone from the store.
      const producer = await scene.client();
      for (let commits = 0; commits < 2; commits++) await producer.sends('/queue/b');
      await slow.acks(first);
      await slow.expectsNoFrame();
      const rest = await subscriber(scene);
      assert.deepEqual(await consumed(rest, 5000), numbers(5000));
      await rest.expectsNoFrame();
      await scene.close();
    });

    test('shows what has come back into the paged part in its place', async (t) => {
      const scene = await brokerScene(t, { ...storeOf(t), redelivery: { initialDelayMs: 1000 } });
      await fill(await scene.client(), 6000, { headersOf: (n) => ({ n }) });
      const first = await subscriber(scene, { ack: 'client-individual', selector: 'n >= 5000' });
      const messages = await first.nextMessages(1000);
      const [refused] = messages.splice(10, 1);
      assert(refused);
      await first.nacks(refused);
      const other = await subscriber(scene, { selector: 'n > 4998 AND n < 5500' });
      assert.deepEqual(await consumed(other, 1), [4999]);
      scene.clock.advance(1000);
      const back = [...(await numbersCome(first)), ...(await numbersCome(other))];
      assert.deepEqual(back, [5010]);
      await first.disconnects();
      const expected = numbers(500, 5000).filter((n) => n !== 5010);
      const taken = await numbersCome(other);
      assert.deepEqual(
        taken.filter((n) => n !== 5010),
        expected,
      );
      const plain = await subscriber(scene);
      assert.deepEqual(await consumed(plain, 5499), [...numbers(4999), ...numbers(500, 5500)]);
      await plain.expectsNoFrame();
      await scene.close();
    });
  });
}

describe('a selector on a long queue', () => {
  test('goes on after a restart', async (t) => {
    const data = temporaryDirectory(t);
    const first = await brokerScene(t, { data });
    await fill(await first.client(), 9000, { headersOf: (n) => ({ n }) });
    const consumer = await subscriber(first, { selector: 'n > 8000 AND n <= 8500' });
    assert.deepEqual(await consumed(consumer, 500), numbers(500, 8001));
    await first.close();
    const second = await brokerScene(t, { data });
    const wanted = await subscriber(second, { selector: 'n >= 7900' });
    const expected = [...numbers(101, 7900), ...numbers(499, 8501)];
    assert.deepEqual(await consumed(wanted, 600), expected);
    await wanted.expectsNoFrame();
    await second.close();
  });

  test('is looked through in turns, so that others are answered meanwhile', async (t) => {
    const scene = await brokerScene(t);
    await fill(await scene.client(), 30_000, { headersOf: (n) => ({ n }) });
    const other = await scene.client();
    const looking = await scene.client();
    looking.frame('SUBSCRIBE', { destination: '/queue/a', id: 's', selector: 'n = 29999' });
    await other.roundTrip();
    assert.equal(looking.waitingFrames.length, 0, 'the answer came after the whole search');
    assert.deepEqual(await consumed(looking, 1), [29_999]);
  });
});
