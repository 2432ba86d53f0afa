/** Headers on the wire: spaces, escapes, and names that come more than once. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { StompVersion } from '@stompbox/protocol';
import { brokerScene } from '../broker-scene.js';
import type { StompClient } from '../stomp-client.js';

interface Pair {
  readonly client: StompClient;
  readonly reader: StompClient;
}

/** A client of this version, and a reader that gets what it sends to a queue. */
async function pair(t: TestContext, version: StompVersion, reads = version): Promise<Pair> {
  const scene = await brokerScene(t);
  const client = await scene.client(version);
  const reader = await scene.client(reads);
  await reader.subscribes('/queue/a');
  reader.forgetsChunks();
  return { client, reader };
}

function send(client: StompClient, lines: string): void {
  client.writes(`SEND\ndestination:/queue/a\n${lines}\n\nHello World\0`);
}

describe('spaces around a value', () => {
  const lines = 'one: value\ntwo:value \nthree: value ';

  test('are cut off in 1.0', async (t) => {
    const { client, reader } = await pair(t, '1.0');
    send(client, lines);
    const { headers } = await reader.nextMessage();
    for (const name of ['one', 'two', 'three']) assert.equal(headers[name], 'value');
  }); // StompTest.testHeaderValuesAreTrimmed1_0

  for (const version of ['1.1', '1.2'] as const) {
    test(`belong to it in ${version}`, async (t) => {
      const { client, reader } = await pair(t, version);
      send(client, lines);
      const { headers } = await reader.nextMessage();
      assert.deepEqual(
        [headers['one'], headers['two'], headers['three']],
        [' value', 'value ', ' value '],
      );
    }); // Stomp11Test.testHeaderValuesAreNotWSTrimmed
  }
});

describe('a name that comes more than once', () => {
  for (const version of ['1.0', '1.1', '1.2'] as const) {
    test(`counts with its first value in ${version}`, async (t) => {
      const { client, reader } = await pair(t, version);
      send(client, 'value:newest\nvalue:older\nvalue:oldest');
      assert.equal((await reader.nextMessage()).headers['value'], 'newest');
    }); // Stomp11Test.testSendMessageWithRepeatedEntries
  }
});

describe('escapes', () => {
  // STOMP 1.0 knows none: ActiveMQ undoes them on the way in and not on the way out, so that a value
  // can become a line of its own. Here they stay the characters that they are.
  test('are plain characters in 1.0, in both directions', async (t) => {
    const { client, reader } = await pair(t, '1.0');
    const lines = 'colon:\\c\nlinefeed:\\n\nbackslash:\\\\\ncarriagereturn:\\r';
    send(client, lines);
    const { headers } = await reader.nextMessage();
    assert.deepEqual(
      [headers['colon'], headers['linefeed'], headers['backslash'], headers['carriagereturn']],
      ['\\c', '\\n', '\\\\', '\\r'],
    );
  }); // StompTest.testFrameHeaderEscapes

  for (const [version, escapes] of [
    ['1.1', ['colon:\\c', 'linefeed:\\n', 'backslash:\\\\']],
    ['1.2', ['colon:\\c', 'linefeed:\\n', 'backslash:\\\\', 'carriagereturn:\\r']],
  ] as const) {
    test(`come back on the wire as they were sent in ${version}`, async (t) => {
      const { client, reader } = await pair(t, version);
      send(client, escapes.join('\n'));
      const { headers } = await reader.nextMessage();
      const chunk = await reader.nextChunk();
      for (const line of escapes) assert(chunk.includes(`\n${line}\n`), chunk);
      assert.deepEqual([headers['colon'], headers['linefeed']], [':', '\n']);
      assert.equal(headers['backslash'], '\\');
    }); // Stomp11Test.testFrameHeaderEscapes, Stomp12Test.testFrameHeaderEscapes

    test(`are undone for what JMS calls by its own names in ${version}`, async (t) => {
      const { client, reader } = await pair(t, version);
      send(client, 'correlation-id:c1\\c\\n\\\\23\ntype:t34\\c5\nfoo:a\\\\bc');
      const { headers } = await reader.nextMessage();
      assert.deepEqual(
        [headers['correlation-id'], headers['type'], headers['foo']],
        ['c1:\n\\23', 't34:5', 'a\\bc'],
      );
    }); // Stomp11Test.testSendMessageWithStandardHeadersEncoded

    test(`in names come as they were sent in ${version}`, async (t) => {
      const { client, reader } = await pair(t, version);
      send(client, 's\\c:\\\\value\\c');
      const { headers } = await reader.nextMessage();
      assert.equal(headers['s:'], '\\value:');
      assert((await reader.nextChunk()).includes('\ns\\c:\\\\value\\c\n'));
    }); // Stomp11Test.testSubscribeWithMessageSentWithEncodedProperties
  }

  // ActiveMQ keeps what it does not know; the specification says that it is fatal.
  for (const [version, sequence] of [
    ['1.1', '\\r'],
    ['1.1', '\\2'],
    ['1.1', '\\b'],
    ['1.2', '\\t'],
    ['1.2', '\\2'],
  ] as const) {
    test(`that ${version} does not define, such as ${sequence}, are refused`, async (t) => {
      const { client } = await pair(t, version);
      send(client, `foo:a${sequence}c`);
      await client.expectsError('STOMP_FRAME_BAD_ESCAPE');
    }); // Stomp11Test.testSendMessageWithStandardHeadersEncoded, Stomp11Test.testFrameHeaderEscapes
  }
});
