import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { BrokerError, CLIENT_ERROR_CODES, ConnectionError, TimeoutError } from '@stompbox/client';
import { FrameHeaders, StompError } from '@stompbox/protocol';

const here = new URL('.', import.meta.url);

function testSources(): string {
  return readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js') && name !== 'errors.test.js')
    .map((name) => readFileSync(new URL(name, here), 'utf8'))
    .join('\n');
}

describe('errors of the client', () => {
  test('every code is provoked by a test', () => {
    const sources = testSources();
    const unproven = CLIENT_ERROR_CODES.filter((code) => !sources.includes(`'${code}'`));
    assert.deepEqual(unproven, []);
  });

  test('every code is explained in the guide', () => {
    const guide = readFileSync(new URL('../../../docs/guide/client.md', here), 'utf8');
    assert.deepEqual(
      CLIENT_ERROR_CODES.filter((code) => !guide.includes(`\`${code}\``)),
      [],
    );
  });

  test('are StompErrors that say whether trying again is safe, and keep their cause', () => {
    const cause = new Error('socket');
    const error = ConnectionError.of('STOMP_NET_UNREACHABLE', ['mq:1', 'why'], cause);
    assert.ok(error instanceof StompError);
    assert.equal(error.name, 'ConnectionError');
    assert.equal(error.retryable, true);
    assert.equal(error.cause, cause);
    const timeout = TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['SEND /queue/a', 5]);
    assert.equal(timeout.name, 'TimeoutError');
    assert.equal(timeout.retryable, false);
    assert.equal('cause' in timeout, false);
  });

  test('a broker that gives no reason is quoted as such, a long one is cut', () => {
    const frame = (message: string) => ({
      command: 'ERROR' as const,
      headers: FrameHeaders.from({ message }),
      body: new Uint8Array(),
    });
    assert.match(BrokerError.refused('SEND /queue/a', frame('')).message, /: no reason given$/);
    assert.ok(BrokerError.refused(undefined, frame('x'.repeat(5000))).message.length < 400);
  });
});
