import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8 } from '@stompbox/protocol';
import {
  connectionInfo,
  connectionRemoval,
  consumerInfo,
  destinationInfo,
} from '../../dist/advisory/advisory-body.js';
import { advisoryToXml, wantsAdvisoryXml } from '../../dist/advisory/advisory-xml.js';
import { connection, consumer, queue } from './recording-port.js';

function xmlOf(body: Uint8Array): string {
  return decodeUtf8(advisoryToXml(body) ?? assert.fail('not an advisory'));
}

test('ConnectionInfo in XML is what ActiveMQ writes', () => {
  assert.equal(
    xmlOf(connectionInfo(connection())),
    `<ConnectionInfo>
  <commandId>0</commandId>
  <responseRequired>true</responseRequired>
  <connectionId>
    <value>ID:c:20</value>
  </connectionId>
  <clientId>advc</clientId>
  <clientIp>127.0.0.1:5000</clientIp>
  <userName>system</userName>
  <password></password>
  <brokerMasterConnector>false</brokerMasterConnector>
  <manageable>false</manageable>
  <clientMaster>true</clientMaster>
  <faultTolerant>false</faultTolerant>
  <failoverReconnect>false</failoverReconnect>
</ConnectionInfo>`,
  );
});

test('classes are attributes and null is an empty element', () => {
  assert.equal(
    xmlOf(destinationInfo({ destination: queue('q.a'), connectionId: 'ID:c:4' }, 'added')),
    `<DestinationInfo>
  <commandId>0</commandId>
  <responseRequired>false</responseRequired>
  <connectionId>
    <value>ID:c:4</value>
  </connectionId>
  <destination class="ActiveMQQueue">
    <string>q.a</string>
    <null/>
  </destination>
  <operationType>0</operationType>
  <timeout>0</timeout>
</DestinationInfo>`,
  );
  assert.equal(
    xmlOf(connectionRemoval(connection())),
    `<RemoveInfo>
  <commandId>0</commandId>
  <responseRequired>true</responseRequired>
  <objectId class="ConnectionId">
    <value>ID:c:20</value>
  </objectId>
  <lastDeliveredSequenceId>-2</lastDeliveredSequenceId>
</RemoveInfo>`,
  );
});

test('text is escaped, and control characters are written by number', () => {
  const selector = `a<b & c>'d' or e="f"\u0001\r`;
  assert.match(
    xmlOf(consumerInfo(consumer(queue('q'), { selector }))),
    /<selector>a&lt;b &amp; c&gt;&apos;d&apos; or e=&quot;f&quot;&#x1;&#xd;<\/selector>/,
  );
});

test('what is no advisory stays as it is', () => {
  for (const body of ['', 'hello', '[1]', '"text"', 'null', '{}', '{"a":1}', '{"a":{},"b":{}}']) {
    assert.equal(advisoryToXml(encodeUtf8(body)), undefined, body);
  }
});

test('XML is for subscriptions that ask for it', () => {
  assert.equal(wantsAdvisoryXml('jms-advisory-xml'), true);
  assert.equal(wantsAdvisoryXml('jms-xml'), true);
  assert.equal(wantsAdvisoryXml('jms-advisory-json'), false);
  assert.equal(wantsAdvisoryXml('jms-json'), false);
  assert.equal(wantsAdvisoryXml(undefined), false);
});
