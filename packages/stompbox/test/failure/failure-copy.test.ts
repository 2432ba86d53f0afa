/** What a copy keeps of its message, and what belongs to the delivery. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Message, profileOf } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { FAILURE_HEADERS as H } from 'stompbox';
import {
  deadLetterCopy,
  type Failure,
  heldAgainCopy,
  releasedCopy,
  retryCopy,
} from '../../dist/failure/failure-copy.js';
import { identityOf, isDeadLetter, lastingIdOf } from '../../dist/failure/failure-history.js';

const failure: Failure = {
  error: new Error('boom'),
  lastingId: 'ID:1',
  listener: 'orders',
  group: 'orders',
  attempt: 3,
  maxAttempts: 6,
  delayedRetries: 1,
  hasStack: false,
  nowMs: Date.UTC(2030, 0, 2),
};

function messageWith(headers: Record<string, string>): Message {
  return {
    destination: '/queue/orders',
    messageId: 'ID:1',
    headers: FrameHeaders.from(headers),
    body: new Uint8Array([1, 2]),
  } as unknown as Message;
}

const delivered = {
  'message-id': 'ID:1',
  destination: '/queue/orders',
  subscription: 's1',
  ack: 'a1',
  redelivered: 'true',
  timestamp: '1700000000000',
  expires: '1800000000000',
  'content-type': 'application/json',
  'dedup-id': 'order-17',
  JMSXDeliveryCount: '2',
  AMQ_SCHEDULED_DELAY: '50',
  'correlation-id': 'c1',
  'reply-to': '/temp-queue/r',
  priority: '7',
  JMSXGroupID: 'g1',
  region: 'EU',
};

function given({ options }: ReturnType<typeof retryCopy>) {
  return Object.fromEntries(
    Object.entries(options.headers ?? {}).filter(([, value]) => value !== undefined),
  );
}

describe('a copy', () => {
  test('for a retry keeps what the sender said, and the time of its end', () => {
    const copy = retryCopy(messageWith(delivered), failure, { [H.retryAt]: '5' });
    const headers = given(copy);
    const own = ['correlation-id', 'reply-to', 'priority', 'JMSXGroupID', 'region', 'expires'];
    for (const name of own) assert.equal(headers[name], delivered[name as 'region'], name);
    const ofDelivery = ['message-id', 'subscription', 'ack', 'redelivered', 'JMSXDeliveryCount'];
    for (const name of [...ofDelivery, 'AMQ_SCHEDULED_DELAY', 'destination', 'dedup-id']) {
      assert.equal(headers[name], undefined, name);
    }
    assert.equal(headers[H.attempt], '3');
    assert.equal(headers[H.delayedRetries], '1');
    assert.equal(headers[H.originalTimestamp], '1700000000000');
    assert.equal(headers[H.originalDedupId], 'order-17');
    assert.equal(headers[H.retryAt], '5');
    assert.equal(headers[H.failureStack], undefined);
    assert.equal(copy.options.persistent, true);
    assert.equal(copy.options.contentType, 'application/json');
    assert.equal(copy.options.contentLength, 'never');
    assert.deepEqual(copy.body, new Uint8Array([1, 2]));
  });

  test('of one delivered message has one name, so that a second one is known', () => {
    const names = [
      retryCopy(messageWith(delivered), failure, {}),
      retryCopy(messageWith(delivered), failure, {}),
      retryCopy(messageWith(delivered), { ...failure, attempt: 4 }, {}),
      deadLetterCopy(messageWith(delivered), failure),
      deadLetterCopy(messageWith(delivered), { ...failure, listener: 'another' }),
      deadLetterCopy(messageWith(delivered), { ...failure, group: 'another' }),
    ].map(({ options }) => options.dedupId);
    assert.deepEqual([names[0], names[0]], [names[1], names[2]]);
    assert.equal(new Set(names).size, 4);
  });

  test('of a dead letter that was sent back has a name of its own', () => {
    const dead = { ...given(deadLetterCopy(messageWith(delivered), failure)) };
    const back = messageWith(dead as Record<string, string>);
    const names = [messageWith(delivered), { ...back, messageId: 'ID:2' }].map((message) => {
      const one = { ...failure, lastingId: message.messageId };
      return deadLetterCopy(message, one).options.dedupId;
    });
    assert.notEqual(names[0], names[1]);
  });

  test('is some hundred bytes longer than its message when it is lean', () => {
    const error = new Error('€'.repeat(2_000));
    error.stack = `Error: long\n${'    at price (file:///srv/price.js:1:1)\n'.repeat(500)}`;
    const wordy = { ...failure, error, hasStack: true };
    for (const copy of [
      retryCopy(messageWith(delivered), wordy, { [H.retryAt]: '5' }),
      deadLetterCopy(messageWith(delivered), wordy),
    ]) {
      const full = given(copy);
      assert.ok((full[H.failureStack]?.toString().length ?? 0) > 8_000);
      const options = copy.lean?.();
      assert.ok(options);
      const lean = given({ body: copy.body, options });
      assert.equal(lean[H.failureStack], undefined);
      const text = String(lean[H.failureMessage]);
      assert.ok(text.startsWith('€€€') && text.endsWith('…'), text);
      assert.ok(Buffer.byteLength(text) <= 200);
      const { [H.failureStack]: _stack, [H.failureMessage]: _text, ...others } = full;
      assert.deepEqual({ ...others, [H.failureMessage]: text }, lean, 'all else is the same');
      assert.equal(options.dedupId, copy.options.dedupId);
      assert.ok(Buffer.byteLength(JSON.stringify(lean)) < 1_400);
    }
    for (const copy of [releasedCopy, heldAgainCopy]) {
      assert.equal(copy(messageWith(delivered), 'ID:1').lean, undefined);
    }
  });

  test('of bytes stays bytes', () => {
    const copy = retryCopy(messageWith({ ...delivered, 'content-length': '2' }), failure, {});
    assert.equal(copy.options.contentLength, 'always');
  });

  test('in the dead letter queue never expires, and tells when it would have', () => {
    for (const name of ['expires', 'expiration']) {
      const { expires: _expires, ...others } = delivered;
      const headers = given(deadLetterCopy(messageWith({ ...others, [name]: '1800' }), failure));
      assert.equal(headers[name], undefined);
      assert.equal(headers[H.originalExpires], '1800');
      assert.ok(isDeadLetter({ headers: FrameHeaders.from(headers as Record<string, string>) }));
    }
  });

  test('of a copy tells of the first message and of its first failure', () => {
    const first = given(retryCopy(messageWith(delivered), failure, {}));
    const again = messageWith({ ...(first as Record<string, string>), 'dedup-id': 'ID:1:retry:3' });
    const later = { ...failure, lastingId: 'ID:2', nowMs: failure.nowMs + 1000, attempt: 4 };
    const headers = given(retryCopy(again, later, {}));
    assert.equal(headers[H.originalMessageId], 'ID:1');
    assert.equal(headers[H.originalDedupId], 'order-17');
    assert.equal(headers[H.firstFailureAt], '2030-01-02T00:00:00.000Z');
    assert.equal(headers[H.lastFailureAt], '2030-01-02T00:00:01.000Z');
    assert.equal(identityOf(again, 'ID:2'), 'order-17');
  });

  test('out of a hold queue loses only its way back', () => {
    const held = messageWith({ ...delivered, [H.retryAt]: '9', [H.retryTo]: '/queue/orders' });
    assert.equal(given(releasedCopy(held, 'ID:1'))[H.retryTo], undefined);
    assert.equal(given(releasedCopy(held, 'ID:1'))['region'], 'EU');
    assert.equal(given(heldAgainCopy(held, 'ID:1'))[H.retryTo], '/queue/orders');
  });
});

test('a message without a name of its own is known by its id', () => {
  const { 'dedup-id': _dedupId, ...nameless } = delivered;
  assert.equal(identityOf(messageWith(nameless), 'ID:1'), 'ID:1');
  assert.equal(identityOf(messageWith({ ...nameless, _AMQ_DUPL_ID: 'x' }), 'ID:1'), 'x');
  assert.equal(identityOf(messageWith({ ...nameless, 'amqp-message-id': 'y' }), 'ID:1'), 'y');
});

test('a message of Artemis has the same id for each consumer, and another one after new data', () => {
  const artemis = profileOf('artemis');
  const delivery = (messageId: string, timestamp: string) =>
    lastingIdOf({ messageId, headers: FrameHeaders.from({ timestamp }) }, artemis);
  assert.equal(delivery('17,2147483911', '1700'), delivery('4,2147483911', '1700'));
  assert.notEqual(delivery('17,2147483911', '1700'), delivery('17,2147483911', '1800'));
  assert.notEqual(delivery('17,2147483911', '1700'), delivery('17,2147483912', '1700'));
  const other = { messageId: 'ID:a,1', headers: FrameHeaders.from({}) };
  assert.equal(lastingIdOf(other, profileOf('activemq')), 'ID:a,1');
});

test('a copy does not say what kind of destination its message came from', () => {
  const copy = deadLetterCopy(
    messageWith({ ...delivered, 'destination-type': 'MULTICAST' }),
    failure,
  );
  assert.equal(given(copy)['destination-type'], undefined);
});
