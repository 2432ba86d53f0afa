/**
 * Maps, objects and texts in the form that a subscriber asks for. What ActiveMQ's tests send and receive
 * by JMS is sent and received by STOMP here.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import type { Headers, Received } from '../stomp-client.js';
import { VERSIONS } from './versions.js';

const XML_MAP =
  '<map>\n  <entry>\n    <string>name</string>\n    <string>Dejan</string>\n  </entry>\n' +
  '  <entry>\n    <string>city</string>\n    <string>Belgrade</string>\n  </entry>\n</map>';
const JSON_MAP = '{"map":{"entry":[{"string":["name","Dejan"]},{"string":["city","Belgrade"]}]}}';
const XML_OBJECT = '<pojo>\n  <name>Dejan</name>\n  <city>Belgrade</city>\n</pojo>';
const JSON_OBJECT = '{"pojo":{"name":"Dejan","city":"Belgrade"}}';

interface Exchange {
  readonly body: string | Uint8Array;
  /** Of the SEND. */
  readonly sent?: Headers;
  /** Of the SUBSCRIBE. */
  readonly asked?: string;
}

/** What a subscriber gets of a message. */
async function exchanged(t: TestContext, { body, sent = {}, asked }: Exchange): Promise<Received> {
  const scene = await brokerScene(t);
  const client = await scene.client('1.1');
  await client.subscribes('/queue/a', { transformation: asked });
  await client.sends('/queue/a', body, sent);
  return client.nextMessage();
}

const map = (transformation: string): Headers => ({ transformation });

describe('a map', () => {
  for (const version of VERSIONS) {
    test(`sent as JSON comes as XML to who asks for it, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a', { transformation: 'jms-xml' });
      await client.sends('/queue/a', JSON_MAP, map('jms-map-json'));
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['transformation']], [XML_MAP, 'jms-map-xml']);
    }); // StompTest.testTransformationSendAndReceiveXmlMap, StompTest.testTransformationReceiveXMLMap

    test(`sent as XML comes as JSON to who asks for it, in ${version}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a', { transformation: 'jms-json' });
      await client.sends('/queue/a', XML_MAP, map('jms-map-xml'));
      const { body, headers } = await client.nextMessage();
      assert.deepEqual([body, headers['transformation']], [JSON_MAP, 'jms-map-json']);
    }); // StompTest.testTransformationSendAndReceiveJsonMap, StompTest.testTransformationReceiveJSONMap
  }

  for (const [transformation, body] of [
    ['jms-map-xml', XML_MAP],
    ['jms-map-json', JSON_MAP],
  ] as const) {
    test(`sent with ${transformation} is one for others, in their form`, async (t) => {
      for (const [asked, expected] of [
        ['jms-map-xml', XML_MAP],
        ['jms-map-json', JSON_MAP],
      ] as const) {
        const received = await exchanged(t, { body, sent: map(transformation), asked });
        assert.deepEqual([received.body, received.headers['transformation']], [expected, asked]);
      }
    }); // StompTest.testTransformationSendXMLMap, StompTest.testTransformationSendJSONMap
  }

  test('comes in the form of the subscription, whatever its sender wrote', async (t) => {
    const sent = map('jms-map-xml');
    const { headers } = await exchanged(t, { body: XML_MAP, sent, asked: 'jms-map-json' });
    assert.equal(headers['transformation'], 'jms-map-json');
  }); // StompTest.testTransformationNotOverrideSubscription

  // In ActiveMQ such a subscriber gets an empty body.
  test('comes as it was sent to who asks for nothing', async (t) => {
    const { body, headers } = await exchanged(t, { body: XML_MAP, sent: map('jms-map-xml') });
    assert.deepEqual([body, headers['transformation']], [XML_MAP, 'jms-map-xml']);
  }); // StompTest.testTransformationIgnoreTransformation
});

describe('an object', () => {
  for (const [asked, header, expected] of [
    ['jms-object-xml', 'jms-object-xml', XML_OBJECT],
    ['jms-object-json', 'jms-object-json', JSON_OBJECT],
    ['jms-xml', 'jms-object-xml', XML_OBJECT],
    ['jms-json', 'jms-object-json', JSON_OBJECT],
  ] as const) {
    for (const [sent, body] of [
      ['jms-object-xml', XML_OBJECT],
      ['jms-object-json', JSON_OBJECT],
    ] as const) {
      test(`sent with ${sent} comes to who asks for ${asked}`, async (t) => {
        const received = await exchanged(t, { body, sent: map(sent), asked });
        assert.deepEqual([received.body, received.headers['transformation']], [expected, header]);
      }); // StompTest.testTransformationSendXMLObject, StompTest.testTransformationSendJSONObject, StompTest.testTransformationSubscribeXML, StompTest.testTransformationReceiveXMLObject, StompTest.testTransformationReceiveObject, StompTest.testTransformationReceiveJSONObject
    }
  }

  test('of a class of Java comes by its short name', async (t) => {
    const body = '<java.lang.Double>1.1</java.lang.Double>';
    const sent = map('jms-object-xml');
    assert.equal(
      (await exchanged(t, { body, sent, asked: 'jms-xml' })).body,
      '<double>1.1</double>',
    );
  }); // StompTest.testTransformationReceiveXMLObjectDouble

  for (const [asked, object, mapBody] of [
    ['jms-xml', XML_OBJECT, XML_MAP],
    ['jms-json', JSON_OBJECT, JSON_MAP],
  ] as const) {
    test(`and a map both come to one subscription to ${asked}`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client('1.1');
      await client.subscribes('/queue/a', { transformation: asked });
      await client.sends('/queue/a', XML_OBJECT, map('jms-object-xml'));
      await client.sends('/queue/a', XML_MAP, map('jms-map-xml'));
      assert.deepEqual(await client.nextBodies(2), [object, mapBody]);
    }); // StompTest.testTransformationReceiveXMLObjectAndMap, StompTest.testTransformationReceiveJSONObjectAndMap
  }

  // ActiveMQ makes Java objects of the XML, and may make only some. Here it stays data, whatever its name.
  test('of a class that ActiveMQ does not allow is data like any other', async (t) => {
    const body =
      '<java.lang.ProcessBuilder>\n  <command>calc</command>\n</java.lang.ProcessBuilder>';
    const sent = map('jms-object-xml');
    assert.equal((await exchanged(t, { body, sent, asked: 'jms-xml' })).body, body);
  }); // StompTest.testTransformationSendXMLObjectNotAllowed
});

describe('a body', () => {
  test('with the name of no known transformation is a text', async (t) => {
    const { body, headers } = await exchanged(t, { body: 'Hello World', sent: map('test') });
    assert.deepEqual([body, headers['content-length']], ['Hello World', undefined]);
    assert.equal(headers['transformation-error'], undefined);
  }); // StompTest.testTransformationUnknownTranslator

  // ActiveMQ delivers it as a text with the header transformation-error.
  for (const transformation of ['jms-object-xml', 'jms-map-xml', 'jms-map-json']) {
    test(`that is no ${transformation} is refused, and its sender told`, async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client('1.1');
      client.frame('SEND', { destination: '/queue/a', transformation }, 'Hello World');
      await client.expectsError('STOMP_PROTO_BAD_TRANSFORMATION');
    }); // StompTest.testTransformationFailed
  }

  test('of bytes comes as it is, whatever the subscription asks for', async (t) => {
    const body = Uint8Array.of(1, 2, 3, 4, 5);
    const received = await exchanged(t, { body, sent: { 'content-length': 5 }, asked: 'jms-xml' });
    assert.deepEqual(received.bytes, body);
    assert.equal(received.headers['content-length'], '5');
    assert.equal(received.headers['transformation'], undefined);
  }); // StompTest.testTransformationReceiveBytesMessage

  // ActiveMQ looks up a file by that name and has a list of those that it may; here there is no such file.
  for (const name of ['../jms-object-xml', 'jms-object-XML', 'custom', '*', '']) {
    test(`comes as it was sent to who asks for "${name}", which names nothing`, async (t) => {
      const sent = map('jms-map-xml');
      assert.equal((await exchanged(t, { body: XML_MAP, sent, asked: name })).body, XML_MAP);
    }); // StompTest.testTransformationFailuresFallbackToDefault, ProtocolConverterTest (7)
  }

  for (const asked of ['jms-xml', 'jms-json', 'jms-map-xml', 'jms-object-json']) {
    test(`is converted for ${asked}, which needs no permission`, async (t) => {
      const received = await exchanged(t, { body: XML_MAP, sent: map('jms-map-xml'), asked });
      assert.match(received.headers['transformation'] ?? '', /^jms-(?:map|object)-/);
      assert.equal(received.body, asked.endsWith('json') ? JSON_MAP : XML_MAP);
    }); // StompTest.testTransformationSuccess, ProtocolConverterTest (7)
  }
});
