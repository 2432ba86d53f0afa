/** Which correlation id a message goes by. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import { UnrecoverableError } from 'stompbox';
import { correlationOf, newCorrelationId } from '../../dist/correlation/message-correlation.js';

function message(headers: Record<string, string>) {
  return {
    messageId: 'm1',
    destination: '/queue/orders',
    headers: FrameHeaders.from(headers),
  };
}
const made = () => 'new';

describe('the correlation id of a message that arrives', () => {
  test('is the one that it carries', () => {
    const carried = message({ 'correlation-id': 'c1' });
    assert.equal(correlationOf(carried, { required: false }, made), 'c1');
    assert.equal(correlationOf(carried, { required: true }, made), 'c1');
  });

  test('is, of a request, that of the course and not that of the reply', () => {
    const request = message({ 'correlation-id': 'reply-1', 'x-correlation-id': 'c1' });
    assert.equal(correlationOf(request, { required: false }, made), 'c1');
  });

  test('is a new one if the message has none, or an empty one', () => {
    assert.equal(correlationOf(message({}), { required: false }, made), 'new');
    const empty = message({ 'correlation-id': '' });
    assert.equal(correlationOf(empty, { required: false }, made), 'new');
  });

  test('is different for each message that has none', () => {
    const policy = { required: false };
    const first = correlationOf(message({}), policy);
    assert.match(first, /^[0-9a-f-]{36}$/);
    assert.notEqual(first, correlationOf(message({}), policy));
  });

  test('must be there where it is required: no retry could mend that', () => {
    assert.throws(
      () => correlationOf(message({}), { required: true }, made),
      (error: unknown) =>
        error instanceof UnrecoverableError &&
        error.code === 'STOMP_LISTEN_UNRECOVERABLE' &&
        /m1 from \/queue\/orders has no correlation-id/.test(error.message),
    );
  });
});

test('a message that is sent in no course gets an id only if the settings say so', () => {
  assert.equal(newCorrelationId({ generate: true }, made), 'new');
  assert.equal(newCorrelationId({ generate: false }, made), undefined);
  assert.match(newCorrelationId({ generate: true }) ?? '', /^[0-9a-f-]{36}$/);
});
