/** The headers that say what the options say, and the options that are refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SendOptions } from '@stompbox/client';
import { createMessaging, type MessageOptions, OptionsError, resolveSettings } from 'stompbox';
import { FakeConnection } from '../support/fake-connection.js';

const NOW_MS = 1_000_000;

async function sendOptionsFor(
  destination: string,
  body: unknown,
  options: MessageOptions,
): Promise<SendOptions> {
  const fake = new FakeConnection();
  const messaging = createMessaging(
    resolveSettings({ correlation: { generate: false } }, { env: {} }),
    {
      connect: async () => fake.connection,
      now: () => NOW_MS,
    },
  );
  try {
    await messaging.send(destination, body, options);
  } catch (error) {
    assert.deepEqual(fake.journal, [], 'nothing is sent when something is wrong');
    throw error;
  }
  return fake.sends[0]?.options ?? {};
}

async function headersFor(destination: string, options: MessageOptions = {}) {
  const { headers = {} } = await sendOptionsFor(destination, 'x', options);
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

describe('the headers of a message', () => {
  test('a queue message is persistent unless told otherwise, a topic message says nothing', async () => {
    assert.deepEqual(await headersFor('/queue/a'), { persistent: true });
    assert.deepEqual(await headersFor('a'), { persistent: true });
    assert.deepEqual(await headersFor('/topic/a'), {});
    assert.deepEqual(await headersFor('/queue/a', { persistent: false }), { persistent: false });
    assert.deepEqual(await headersFor('/topic/a', { persistent: true }), { persistent: true });
  });

  test('each option is said by its JMS header', async () => {
    assert.deepEqual(
      await headersFor('/topic/a', {
        priority: 7,
        timeToLiveMs: 60_000,
        correlationId: 'c-1',
        replyTo: '/temp-queue/r',
        type: 'order',
        headers: { region: 'EU', weight: 1.5, urgent: true, nothing: undefined },
      }),
      {
        priority: 7,
        expires: NOW_MS + 60_000,
        'correlation-id': 'c-1',
        'reply-to': '/temp-queue/r',
        type: 'order',
        region: 'EU',
        weight: 1.5,
        urgent: true,
      },
    );
  });

  test('a header may take the place of its option', async () => {
    const headers = { persistent: 'false', priority: 3 };
    assert.deepEqual(await headersFor('/queue/a', { headers }), headers);
  });

  test('text travels without content-length and bytes with it', async () => {
    const lengthFor = async (body: unknown, options: MessageOptions = {}) =>
      (await sendOptionsFor('/queue/a', body, options)).contentLength;
    assert.equal(await lengthFor({ a: 1 }), 'never');
    assert.equal(await lengthFor('x'), 'never');
    assert.equal(await lengthFor(Buffer.from('x')), 'always');
    assert.equal(await lengthFor({ a: 1 }, { bodyType: 'bytes' }), 'always');
    assert.equal(await lengthFor(Buffer.from('x'), { bodyType: 'text' }), 'never');
  });

  test('a content-type given as header takes the place of the usual one', async () => {
    const typeFor = async (options: MessageOptions) =>
      (await sendOptionsFor('/queue/a', '<a/>', options)).contentType;
    assert.equal(await typeFor({}), 'text/plain');
    assert.equal(await typeFor({ headers: { 'content-type': 'application/xml' } }), undefined);
  });
});

describe('a wrong option of send() is refused', () => {
  const wrong: readonly (readonly [options: object, message: RegExp])[] = [
    [{ priority: 10 }, /^The option priority of send\(\) must be .* 0 to 9, not 10$/],
    [{ priority: '7' }, /^The option priority of send\(\) must be .*, not "7"$/],
    [{ timeToLiveMs: 0 }, /^The option timeToLiveMs of send\(\) must be a whole number from 1, /],
    [{ persistent: 'yes' }, /^The option persistent of send\(\) must be true or false, not "yes"$/],
    [{ correlationId: '' }, /^The option correlationId of send\(\) must be a text/],
    [{ bodyType: 'map' }, /^The option bodyType of send\(\) must be 'text' or 'bytes', not "map"$/],
    [{ timeoutMs: 1.5 }, /^The option timeoutMs of send\(\) must be a whole number/],
    [{ signal: {} }, /^The option signal of send\(\) must be an AbortSignal, not an object$/],
    [{ headers: { a: {} } }, /^The option headers of send\(\) must be an object of headers/],
    [{ headers: [] }, /^The option headers of send\(\) must be an object of headers/],
    [{ headers: { receipt: 'r' } }, /^The header receipt of send\(\) is set by the client/],
    [{ headers: { destination: 'r' } }, /^The header destination of send\(\) is set by the client/],
    [
      { headers: { expires: 1 }, timeToLiveMs: 1 },
      /^The header expires of send\(\) says the same as the option timeToLiveMs/,
    ],
    [{ ttl: 1 }, /^The option ttl of send\(\) does not exist: did you mean "timeToLiveMs"\?$/],
    [{ priorty: 1 }, /^The option priorty of send\(\) does not exist: did you mean "priority"\?$/],
  ];
  for (const [options, message] of wrong) {
    test(JSON.stringify(options), async () => {
      await assert.rejects(
        sendOptionsFor('/queue/a', 'x', options),
        (error) => error instanceof OptionsError && message.test(error.message),
      );
    });
  }

  test('a destination that is no text', async () => {
    for (const destination of ['', ' ', undefined, 7]) {
      await assert.rejects(
        sendOptionsFor(destination as string, 'x', {}),
        (error) => error instanceof OptionsError && /destination of send\(\)/.test(error.message),
      );
    }
  });
});
