/** What is no listener, and which options of one are refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ConsumeOptions,
  createMessaging,
  type ListenerFunction,
  listener,
  OptionsError,
  resolveSettings,
} from 'stompbox';
import { FakeConnection } from '../support/fake-connection.js';

class NeedsNew {
  onMessage(): void {}
}

async function refusal(target: unknown, options?: object): Promise<OptionsError> {
  const fake = new FakeConnection();
  const messaging = createMessaging(resolveSettings({}, { env: {} }), {
    connect: async () => fake.connection,
  });
  try {
    await messaging.consume(target as ListenerFunction, options as ConsumeOptions);
  } catch (error) {
    assert.ok(error instanceof OptionsError, String(error));
    assert.deepEqual(fake.journal, []);
    return error;
  }
  throw new assert.AssertionError({ message: 'it was accepted' });
}

describe('what is no listener is refused', () => {
  test('a class instead of an instance', async () => {
    assert.match((await refusal(NeedsNew)).message, /instance of NeedsNew: pass new NeedsNew\(\)$/);
  });

  for (const value of [undefined, null, 7, 'x', {}, { onMessage: 1 }]) {
    test(`${JSON.stringify(value)}`, async () => {
      assert.match((await refusal(value)).message, /^consume\(\) needs an object with onMessage/);
    });
  }
});

describe('a wrong option of consume() is refused before anything is subscribed', () => {
  const wrong: readonly (readonly [options: object, message: RegExp])[] = [
    [{ queue: '/topic/a' }, /^The queue "\/topic\/a" \(option of consume\(\)\) is a topic/],
    [{ topic: '/queue/a' }, /^The topic "\/queue\/a" \(option of consume\(\)\) is a queue/],
    [{ queue: '' }, /^The option queue of consume\(\) must be a text that is not empty/],
    [
      { concurrency: 0 },
      /^The option concurrency of consume\(\) must be .* 1 to 10000, or .*, not 0$/,
    ],
    [{ prefetch: 1.5 }, /^The option prefetch of consume\(\) must be a whole number/],
    [{ selector: '' }, /^The option selector of consume\(\) must be a text/],
    [{ destinations: [] }, /^The option destinations of consume\(\) must be a list/],
    [{ destination: 'a' }, /does not exist: did you mean "destinations"\?$/],
  ];
  for (const [options, message] of wrong) {
    test(JSON.stringify(options), async () => {
      assert.match((await refusal(() => undefined, options)).message, message);
    });
  }
});

describe('a wrong listener definition is refused where it is written', () => {
  const handler = () => undefined;
  const wrong: readonly (readonly [make: () => unknown, message: RegExp])[] = [
    [() => listener('', {}, handler), /needs a destination first/],
    [() => listener('/queue/a', {}, 7 as unknown as ListenerFunction), /needs the handler/],
    [() => listener('/queue/a', { concurrency: -1 }, handler), /option concurrency of listener/],
    [() => listener('/queue/a', { queue: 'b' } as object, handler), /queue .* does not exist/],
  ];
  for (const [make, message] of wrong) {
    test(String(message), () => {
      assert.throws(make, (error) => error instanceof OptionsError && message.test(error.message));
    });
  }
});
