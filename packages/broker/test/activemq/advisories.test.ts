/** What the broker tells of itself, to clients of every version. What it tells in detail is in `advisory/`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { VERSIONS } from './versions.js';

const PREFIX = '/topic/ActiveMQ.Advisory.';
/** Forms that a subscriber may ask for, and how bodies begin in them. */
const FORMS = [
  [undefined, '{"', '"'],
  ['jms-json', '{"', '"'],
  ['jms-advisory-json', '{"', '"'],
  ['jms-xml', '<', '>'],
  ['jms-advisory-xml', '<', '>'],
] as const;

for (const version of VERSIONS) {
  describe(`a ${version} client is told`, () => {
    for (const [transformation, before, after] of FORMS) {
      const form = transformation ?? 'nothing';
      test(`of connections that open and close, when it asks for ${form}`, async (t) => {
        const scene = await brokerScene(t);
        const listener = await scene.client(version);
        await listener.subscribes(`${PREFIX}Connection`, { transformation });
        // Its own, which is there already.
        await listener.nextMessage();
        const client = await scene.client();
        const opened = await listener.nextMessage();
        assert(opened.body.startsWith(`${before}ConnectionInfo${after}`), opened.body);
        assert.equal(opened.headers['type'], 'Advisory');
        await client.disconnects();
        const closed = await listener.nextMessage();
        assert(closed.body.startsWith(`${before}RemoveInfo${after}`), closed.body);
      }); // StompAdvisoryTest.testConnectionAdvisory, StompAdvisoryTest.testConnectionAdvisoryJSON, StompAdvisoryTest.testConnectionAdvisoryXML

      test(`of producers, when it asks for ${form}`, async (t) => {
        const scene = await brokerScene(t);
        const listener = await scene.client(version);
        await listener.subscribes(`${PREFIX}Producer.>`, { transformation });
        const client = await scene.client();
        await client.sends('/queue/Producer.Advisory', 'hello');
        const { body } = await listener.nextMessage();
        assert(body.startsWith(`${before}ProducerInfo${after}`), body);
      }); // StompAdvisoryTest.testProducerAdvisory, StompAdvisoryTest.testProducerAdvisoryXML, StompAdvisoryTest.testProducerAdvisoryJSON
    }

    test('of consumers', async (t) => {
      const scene = await brokerScene(t);
      const listener = await scene.client(version);
      await listener.subscribes(`${PREFIX}Consumer.>`);
      const client = await scene.client();
      await client.subscribes('/queue/a');
      const { body, headers } = await listener.nextMessage();
      assert.match(body, /^\{"ConsumerInfo":/);
      assert.equal(headers['destination'], `${PREFIX}Consumer.Queue.a`);
    }); // StompAdvisoryTest.testConsumerAdvisory

    for (const [topic, kind] of [
      ['TempQueue', 'temp-queue'],
      ['TempTopic', 'temp-topic'],
    ] as const) {
      test(`of a ${kind}`, async (t) => {
        const scene = await brokerScene(t);
        const listener = await scene.client(version);
        await listener.subscribes(`${PREFIX}${topic}`);
        const client = await scene.client();
        await client.subscribes(`/${kind}/a`);
        assert.match((await listener.nextMessage()).body, /^\{"DestinationInfo":/);
      }); // StompAdvisoryTest.testDestinationAdvisoryTempQueue, StompAdvisoryTest.testDestinationAdvisoryTempTopic
    }

    test('of both kinds of temporary destinations by one list', async (t) => {
      const scene = await brokerScene(t);
      const listener = await scene.client(version);
      await listener.subscribes(`${PREFIX}TempTopic,${PREFIX}TempQueue`);
      const client = await scene.client();
      await client.subscribes('/temp-queue/a', { id: 'a' });
      await client.subscribes('/temp-topic/a', { id: 'b' });
      for (const { body } of await listener.nextMessages(2)) {
        assert.match(body, /^\{"DestinationInfo":/);
      }
    }); // StompAdvisoryTest.testDestinationAdvisoryCompositeTempDestinations

    test('statistics when it asks by a message', async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/topic/statistics');
      await client.sends('/queue/ActiveMQ.Statistics.Broker', '', {
        'reply-to': '/topic/statistics',
      });
      assert.match((await client.nextMessage()).body, /memoryUsage/);
    }); // StompAdvisoryTest.testStatisticsAdvisory
  });
}
