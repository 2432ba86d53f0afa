/** What docs/compatibility.md says of ActiveMQ's behaviours that no test of their own subject shows. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { VERSIONS } from './versions.js';

describe('a client', () => {
  for (const version of VERSIONS) {
    test(`of ${version} needs to name neither a host nor itself`, async (t) => {
      const client = (await brokerScene(t)).stranger();
      client.frame('CONNECT', { 'accept-version': version });
      const { headers } = await client.connected();
      assert.equal(headers['version'], version);
    });
  }

  test('may say what only JMS clients know, which counts for nothing', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.2', { 'activemq.userName': 'boss' });
    await client.subscribes('/queue/a', {
      'activemq.dispatchAsync': 'false',
      'activemq.noRangeAcks': 'true',
      'activemq.unheardOf': 'x',
    });
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  test('may say a client-id with DISCONNECT, where it means nothing', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client('1.2', { 'client-id': 'c' });
    await client.confirms('DISCONNECT', { 'client-id': 'another' });
    await client.expectsClose();
    await scene.client('1.2', { 'client-id': 'c' });
  });
});

describe('a line of a lone carriage return', () => {
  for (const version of VERSIONS) {
    test(`ends the headers in ${version}`, async (t) => {
      const client = await (await brokerScene(t)).client(version);
      client.writes('SEND\ndestination:/topic/a\nreceipt:r\n\r\nhello\0');
      await client.receipt('r');
    });
  }
});

describe('a SEND', () => {
  test('in a transaction has its receipt before COMMIT', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    client.frame('BEGIN', { transaction: 't' });
    await client.sends('/queue/a', 'hello', { transaction: 't' });
    await client.expectsNoFrame();
    await client.confirms('COMMIT', { transaction: 't' });
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  test('of a text with a length keeps the length as a header', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', { 'amq-msg-type': 'text', 'content-length': 5 });
    const { headers } = await client.nextMessage();
    assert.deepEqual([headers['amq-msg-type'], headers['content-length']], ['text', '5']);
  });

  test('may have headers that are frames’ own elsewhere', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    const sent = { id: 'i', browser: 'b', 'original-destination': 'o', JMSMessageID: 'm' };
    await client.sends('/queue/a', 'hello', sent);
    const { headers } = await client.nextMessage();
    for (const [name, value] of Object.entries(sent)) assert.equal(headers[name], value);
  });
});

describe('a refused message that is not persistent', () => {
  test('is kept as a dead letter, which says what it was', async (t) => {
    const scene = await brokerScene(t, { redelivery: { maxRedeliveries: 0 } });
    const client = await scene.client();
    await client.sends('/queue/a', 'hello', { persistent: 'false' });
    await client.subscribes('/queue/a', { ack: 'client' });
    await client.nacks(await client.nextMessage());
    await client.subscribes('/queue/DLQ.a', { id: 'dead' });
    const { headers } = await client.nextMessage();
    assert.deepEqual(
      [headers['persistent'], headers['originalDeliveryMode']],
      ['true', 'NON_PERSISTENT'],
    );
  });
});

describe('a restart of the broker', () => {
  test('forgets how often a message was delivered', async (t) => {
    const data = temporaryDirectory(t);
    const before = await brokerScene(t, { data });
    const first = await before.client();
    await first.sends('/queue/a', 'hello');
    await first.subscribes('/queue/a', { ack: 'client' });
    await first.nextMessage();
    await before.close();
    const after = await brokerScene(t, { data });
    const second = await after.client();
    await second.subscribes('/queue/a', { ack: 'client' });
    const { headers } = await second.nextMessage();
    assert.equal(headers['redelivered'], undefined);
    await after.close();
  });
});

describe('the header exclusive', () => {
  test('asks for the same as activemq.exclusive', async (t) => {
    const scene = await brokerScene(t);
    const [plain, only] = [await scene.client(), await scene.client()];
    await plain.subscribes('/queue/a');
    await only.subscribes('/queue/a', { exclusive: 'true' });
    for (const body of ['1', '2', '3']) await plain.sends('/queue/a', body);
    assert.deepEqual(await only.nextBodies(3), ['1', '2', '3']);
    await plain.expectsNoFrame();
  });
});
