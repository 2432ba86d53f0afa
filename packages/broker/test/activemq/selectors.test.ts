/** Selectors over STOMP, where all properties are texts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene } from '../broker-scene.js';
import { VERSIONS } from './versions.js';

for (const version of VERSIONS) {
  describe(`a selector in ${version}`, () => {
    for (const [what, selector, value] of [
      ['a text', "foo = 'zzz'", 'zzz'],
      ['a text, between spaces', " foo = 'zzz'", 'zzz'],
      ['a number', 'foo = 42', '42'],
      ['a truth', 'foo = true', 'true'],
      ['a fraction', 'foo = 3.14159', '3.14159'],
    ] as const) {
      test(`compares a header with ${what}`, async (t) => {
        const scene = await brokerScene(t);
        const client = await scene.client(version);
        await client.subscribes('/queue/a', { selector, ack: 'auto' });
        await client.sends('/queue/a', 'Ignored message', { foo: 'abc' });
        await client.sends('/queue/a', 'Real message', { foo: value });
        assert.equal((await client.nextMessage()).body, 'Real message');
        await client.expectsNoFrame();
      }); // StompTest.testSubscribeWithAutoAckAndSelector, StompTest.testSubscribeWithAutoAckAndNumericSelector, StompTest.testSubscribeWithAutoAckAndBooleanSelector, StompTest.testSubscribeWithAutoAckAnFloatSelector
    }

    test('finds headers that a sender made up, and delivers all of them', async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      await client.subscribes('/queue/a', { selector: "foo = 'abc'" });
      await client.sends('/queue/a', 'Hello World', { foo: 'abc', bar: '123' });
      const { headers } = await client.nextMessage();
      assert.deepEqual([headers['foo'], headers['bar']], ['abc', '123']);
    }); // StompTest.testSendMessageWithCustomHeadersAndSelector

    // ActiveMQ leaves the connection open after it.
    test('that cannot be read is refused', async (t) => {
      const scene = await brokerScene(t);
      const client = await scene.client(version);
      client.frame('SUBSCRIBE', { id: '1', destination: '/queue/a', selector: 'foo.bar = 1' });
      const { body } = await client.expectsError('STOMP_PROTO_BAD_SELECTOR');
      assert.doesNotMatch(body, /^\s+at /m);
    }); // StompTest.testSubscribeWithInvalidSelector
  });
}
