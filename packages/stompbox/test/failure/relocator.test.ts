/** Moving a message without a moment in which nobody has it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BrokerError,
  ConnectionError,
  type Message,
  type ProfileName,
  TimeoutError,
} from '@stompbox/client';
import { FrameHeaders, ProtocolError } from '@stompbox/protocol';
import type { MessageCopy } from '../../dist/failure/failure-copy.js';
import { RefusedCopies } from '../../dist/failure/refused-copies.js';
import { Relocator } from '../../dist/failure/relocator.js';
import { settled } from '../support/events.js';
import { FakeConnection } from '../support/fake-connection.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { MovingClock } from '../support/moving-clock.js';

const copy = { body: new Uint8Array([1]), options: { headers: {}, dedupId: 'm1:dead' } };

async function scene(profile: ProfileName = 'artemis') {
  const fake = new FakeConnection('fake/1', profile);
  const clock = new MovingClock();
  const logger = new MemoryLogger();
  const relocator = new Relocator({ connection: fake.connection, clock, logger });
  await fake.connection.subscribe('/queue/a', { ack: 'client-individual' });
  const [subscription] = fake.subscriptions;
  assert.ok(subscription);
  subscription.deliver('m1', 'x');
  const { value } = await subscription[Symbol.asyncIterator]().next();
  const message = value as Message;
  const over = new AbortController();
  const relocate = (needsAck = true, moved: MessageCopy = copy) =>
    relocator.relocate(
      { message, epoch: relocator.epoch, needsAck, to: '/queue/DLQ.a', copy: moved },
      over.signal,
    );
  return { fake, clock, logger, relocator, message, over, relocate, subscription };
}

/** The same with a delay. */
const scheduled = {
  ...copy,
  options: { ...copy.options, headers: { AMQ_SCHEDULED_DELAY: 1000 } },
};

/** What was done in which order; transactions are only begun. */
async function journalOf(profile: ProfileName, moved: MessageCopy) {
  const { fake, relocate } = await scene(profile);
  fake.connection.begin = async () => {
    fake.journal.push('begin');
    throw new ProtocolError('STOMP_PROTO_NO_TRANSACTION', 'the test needs no more');
  };
  await relocate(true, moved).catch((error) => assert.ok(error instanceof ProtocolError));
  return fake.journal.slice(1);
}

/** What a broker says; one of ours names the reason by a code, others do not. */
const refused = (code?: string) =>
  BrokerError.refused('SEND to /queue/DLQ.a', {
    command: 'ERROR',
    headers: FrameHeaders.from({
      message: 'User clerk may not write to DLQ.a',
      ...(code && { code }),
    }),
    body: new Uint8Array(),
  });
const lost = () => ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', ['SEND to /queue/DLQ.a']);

/** A copy that tells little of its failure when it has to. */
const wordy: MessageCopy = {
  body: copy.body,
  options: { dedupId: 'm1:dead', headers: { is: 'full' } },
  lean: () => ({ dedupId: 'm1:dead', headers: { is: 'lean' } }),
};
const kindsOf = ({ sends }: FakeConnection) => sends.map(({ options }) => options.headers?.['is']);

describe('a message that is moved', () => {
  test('is sent and confirmed before it is acked', async () => {
    const { fake, relocate } = await scene();
    let confirm: () => void = () => undefined;
    fake.onSend = () => new Promise((resolve) => (confirm = resolve));
    const moving = relocate();
    await settled();
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a']);
    confirm();
    await moving;
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a', 'ack m1 with receipt']);
  });

  test('is sent and acked in one transaction where the broker makes them one step', async () => {
    assert.deepEqual(await journalOf('activemq', copy), ['begin']);
    assert.deepEqual(await journalOf('stompbox', copy), ['begin']);
    assert.deepEqual(await journalOf('stompbox', scheduled), ['begin']);
    const inTwo = ['send /queue/DLQ.a', 'ack m1 with receipt'];
    assert.deepEqual(await journalOf('activemq', scheduled), inTwo);
    assert.deepEqual(await journalOf('rabbitmq', copy), inTwo);
  });

  test('is only sent where the broker holds it for settled', async () => {
    const { fake, relocate } = await scene();
    await relocate(false);
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a']);
  });

  test('stays unacknowledged while the copy is refused, which is tried with growing pauses', async () => {
    const { fake, clock, logger, relocate } = await scene();
    const failures = [refused(), refused()];
    fake.onSend = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    };
    const moving = relocate();
    await settled();
    clock.move(999);
    await settled();
    assert.equal(fake.sends.length, 1);
    clock.move(1);
    await settled();
    assert.equal(fake.sends.length, 2);
    clock.move(1999);
    await settled();
    assert.equal(fake.sends.length, 2);
    clock.move(1);
    await moving;
    assert.deepEqual(
      fake.journal.filter((line) => line.startsWith('ack')),
      ['ack m1 with receipt'],
    );
    assert.match(
      logger.lines[0] ?? '',
      /could not be sent to \/queue\/DLQ\.a.*1000 ms.*may not write/,
    );
  });

  test('keeps that pause for the next one, although an ERROR ends the session', async () => {
    const { fake, clock, relocator, relocate } = await scene();
    fake.onSend = async () => {
      fake.tell({ type: 'reconnecting', error: new Error('lost') });
      throw refused();
    };
    const moving = relocate();
    await settled();
    clock.move(1000);
    await assert.rejects(moving, { code: 'STOMP_NET_STALE_MESSAGE' });
    assert.equal(fake.sends.length, 1, 'a message of an earlier session is not sent again');
    assert.equal(relocator.epoch, 1);
  });

  test('is left to the broker when the connection is lost', async () => {
    const { fake, relocate } = await scene();
    const lost = ConnectionError.of('STOMP_NET_LOST', ['fake:1', 'no power']);
    fake.onSend = () => Promise.reject(lost);
    await assert.rejects(relocate(), lost);
    assert.deepEqual(fake.journal.slice(1), ['send /queue/DLQ.a']);
  });

  test('is copied once, although its ACK is not confirmed in time', async () => {
    const { fake, relocate, subscription } = await scene();
    const late = TimeoutError.of('STOMP_NET_TIMEOUT_RECEIPT', ['ACK m1', 15_000]);
    subscription.onSettle = () => Promise.reject(late);
    await assert.rejects(relocate(), late);
    assert.equal(fake.sends.length, 1);
  });

  test('is copied until it is confirmed, over each session, when it will not come again', async () => {
    const { fake, clock, relocate } = await scene();
    const lost = ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', ['SEND to /queue/DLQ.a']);
    const failures = [lost];
    fake.onSend = async () => {
      const failure = failures.shift();
      if (failure === undefined) return;
      fake.tell({ type: 'reconnecting', error: failure });
      throw failure;
    };
    const moving = relocate(false);
    await settled();
    clock.move(1000);
    await moving;
    assert.equal(fake.sends.length, 2);
  });

  test('is left to the broker when nobody waits any more', async () => {
    const { fake, over, relocate } = await scene();
    fake.onSend = () => Promise.reject(refused());
    const moving = relocate();
    await settled();
    const reason = new Error('cut');
    over.abort(reason);
    await assert.rejects(moving, reason);
  });
});

describe('a copy that the broker may have found too long', () => {
  test('is lean at the next try, after the same pause, and says so', async () => {
    const { fake, clock, logger, relocate } = await scene();
    const failures = [refused(), refused()];
    fake.onSend = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    };
    const moving = relocate(true, wordy);
    await settled();
    assert.doesNotMatch(logger.lines.join('\n'), /without its stack/);
    clock.move(1000);
    await settled();
    clock.move(1999);
    await settled();
    assert.deepEqual(kindsOf(fake), ['full', 'lean']);
    clock.move(1);
    await moving;
    assert.deepEqual(kindsOf(fake), ['full', 'lean', 'lean']);
    assert.ok(fake.sends.every(({ options }) => options.dedupId === 'm1:dead'));
    assert.match(
      logger.lines.join('\n'),
      /copy of message m1 .* \/queue\/DLQ\.a without its stack/,
    );
  });

  test('stays whole where the broker names another reason', async () => {
    for (const [code, kind] of [
      ['STOMP_PROTO_NOT_ALLOWED', 'full'],
      ['STOMP_STORE_UNWRITABLE', 'full'],
      ['STOMP_FRAME_HEADER_TOO_LONG', 'lean'],
      ['STOMP_PROTO_TRANSACTION_TOO_LARGE', 'lean'],
    ]) {
      const { fake, clock, relocate } = await scene();
      const failures = [refused(code)];
      fake.onSend = async () => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      };
      const moving = relocate(true, wordy);
      await settled();
      clock.move(1000);
      await moving;
      assert.deepEqual(kindsOf(fake), ['full', kind], code);
    }
  });

  test('is lean when the message comes again, although the ERROR named no operation', async () => {
    const { fake, clock, logger, relocate } = await scene();
    let tries = 0;
    fake.onSend = async () => {
      tries += 1;
      if (tries > 1) return;
      fake.tell({ type: 'broker-error', error: refused('STOMP_FRAME_TOO_LARGE') });
      fake.tell({ type: 'reconnecting', error: lost() });
      throw lost();
    };
    await assert.rejects(relocate(true, wordy), { code: 'STOMP_NET_MAYBE_DELIVERED' });
    assert.match(logger.lines[0] ?? '', /could not be sent to \/queue\/DLQ\.a.*1000 ms/);
    const again = relocate(true, wordy);
    await settled();
    assert.deepEqual(kindsOf(fake), ['full'], 'the pause is kept');
    clock.move(1000);
    await again;
    assert.deepEqual(kindsOf(fake), ['full', 'lean']);
    await relocate(true, wordy);
    assert.equal(kindsOf(fake).at(-1), 'full', 'what was sent in the end is forgotten');
  });

  test('is lean after the second loss of the connection in a row, not after the first', async () => {
    const { fake, relocate } = await scene();
    const failures = [lost(), lost()];
    fake.onSend = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
    };
    await assert.rejects(relocate(true, wordy), ConnectionError);
    await assert.rejects(relocate(true, wordy), ConnectionError);
    await relocate(true, wordy);
    assert.deepEqual(kindsOf(fake), ['full', 'full', 'lean']);
  });

  test('was not, when it was not under way as the ERROR came', async () => {
    const { fake, relocate } = await scene();
    fake.tell({ type: 'broker-error', error: refused() });
    await relocate(true, wordy);
    assert.deepEqual(kindsOf(fake), ['full']);
  });

  test('pauses for one refusal once, however many copies were under way', async () => {
    const { fake, clock, relocate } = await scene();
    let isRefusing = true;
    fake.onSend = async () => {
      if (!isRefusing) return;
      await settled();
      fake.tell({ type: 'broker-error', error: refused() });
      throw lost();
    };
    const moving = [relocate(true, wordy), relocate(true, wordy), relocate(true, wordy)];
    for (const one of await Promise.allSettled(moving)) assert.equal(one.status, 'rejected');
    isRefusing = false;
    const again = relocate(true, wordy);
    await settled();
    clock.move(1000);
    await again;
    assert.equal(fake.sends.length, 4);
  });
});

test('only so many refused copies are kept in mind, the youngest', () => {
  const copies = new RefusedCopies(2);
  for (const name of ['a', 'b', 'c']) copies.refuse(name);
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => copies.isRefused(name)),
    [false, true, true],
  );
});
