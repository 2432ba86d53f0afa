import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, FrameHeaders } from '@stompbox/protocol';
import {
  connectionInfo,
  connectionRemoval,
  consumerInfo,
  destinationInfo,
} from '../../dist/advisory/advisory-body.js';
import { transformFor } from '../../dist/transformation/deliver.js';
import { connection, consumer, queue } from './recording-port.js';

/** What a subscription with `transformation:jms-advisory-xml` gets. */
function xmlOf(body: Uint8Array): string {
  const headers = new FrameHeaders(['type', 'Advisory', 'transformation', 'jms-advisory-json']);
  const delivered = transformFor({ headers, body }, 'jms-advisory-xml');
  assert.equal(delivered.headers.get('transformation'), 'jms-advisory-xml');
  return decodeUtf8(delivered.body);
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
