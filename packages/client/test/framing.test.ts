import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { encodeFrame, FrameError } from '@stompbox/protocol';
import fc from 'fast-check';
import { scene } from './support/scene.js';
import { until } from './support/scripted-broker.js';

interface Expected {
  readonly id: string;
  readonly body: Uint8Array;
}

function messageBytes(subscription: string, { id, body }: Expected): Uint8Array {
  const headers: [string, string][] = [
    ['subscription', subscription],
    ['message-id', id],
    ['destination', '/queue/a'],
    ['content-length', String(body.length)],
  ];
  return encodeFrame({ command: 'MESSAGE', headers, body }, '1.2');
}

describe('however the network cuts the stream', () => {
  test('the same messages arrive', async () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bodies, cuts, async (all, offsets) => {
        const { connection, broker } = await scene();
        const got: Expected[] = [];
        const { id } = await connection.subscribe('/queue/a', {}, (message) => {
          got.push({ id: message.messageId, body: message.body.slice() });
        });
        const sent = all.map((body, n) => ({ id: `${n}`, body }));
        const stream = Buffer.concat(sent.map((message) => messageBytes(id, message)));
        const places = [...offsets, 0, stream.length].sort((a, b) => a - b);
        for (let n = 1; n < places.length; n++) {
          const piece = stream.subarray(places[n - 1], places[n]);
          if (piece.length > 0) broker.session.transport.write(Uint8Array.from(piece));
        }
        await until(() => got.length === sent.length, 'all messages');
        assert.deepEqual(got, sent);
        await connection.close();
      }),
      { numRuns: 60 },
    );
  });

  test('receipts that share a chunk with messages are all seen', async () => {
    const { connection, broker } = await scene();
    const got: string[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (m) => void got.push(m.messageId));
    broker.answers.set('SEND', (frame, session) => {
      const receipt = encodeFrame(
        {
          command: 'RECEIPT',
          headers: [['receipt-id', frame.headers.get('receipt') ?? '']],
        },
        '1.2',
      );
      const body = new Uint8Array([1]);
      const message = messageBytes(id, { id: frame.headers.get('receipt') ?? '', body });
      session.transport.write(Uint8Array.from(Buffer.concat([message, receipt, message])));
    });
    await Promise.all([connection.send('/queue/a', '1'), connection.send('/queue/a', '2')]);
    await until(() => got.length === 4, 'the messages');
    assert.deepEqual(got, ['r2', 'r2', 'r3', 'r3']);
    await connection.close();
  });

  test('a frame beyond the limits ends the connection before it is kept', async () => {
    const { connection, broker } = await scene({ limits: { maxBodyBytes: 10 }, reconnect: false });
    broker.session.writeRaw('MESSAGE\ncontent-length:11\n\n');
    const error = await connection.closed;
    assert.ok(error && 'code' in error);
    assert.equal(error.code, 'STOMP_FRAME_BODY_TOO_LARGE');
  });

  test('sequences that nobody defined arrive as they are', async () => {
    const { connection, broker } = await scene();
    const got: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => void got.push(message));
    broker.session.writeRaw(`MESSAGE\nsubscription:${id}\na\\b:C:\\temp\\\n\n\0`);
    await until(() => got.length === 1, 'the message');
    assert.equal(got[0]?.headers.get('a\\b'), 'C:\\temp\\');
    assert.equal(broker.sessions.length, 1);
    await connection.close();
  });

  test('a header line may be as long as 1 MiB', async () => {
    const { connection, broker } = await scene();
    const got: Message[] = [];
    const { id } = await connection.subscribe('/queue/a', {}, (message) => void got.push(message));
    const long = 'x'.repeat(1024 * 1024 - 10);
    broker.session.writeRaw(`MESSAGE\nsubscription:${id}\nlong:${long}\n\n\0`);
    await until(() => got.length === 1, 'the message');
    assert.equal(got[0]?.headers.get('long'), long);
    await connection.close();
  });

  test('a message that cannot be read comes back after ever longer pauses, with its reason', async () => {
    const { connection, broker, clock, events } = await scene();
    await connection.subscribe('/queue/a');
    for (let round = 1; round <= 4; round++) {
      broker.session.writeRaw('MESSAGE\nno colon\n\n\0');
      await until(() => connection.state === 'reconnecting', 'the session is destroyed');
      await clock.advance(100 * 2 ** (round - 1));
      await until(() => connection.state === 'connected', 'it is back');
    }
    const pauses = events.flatMap((event) => (event.type === 'waiting' ? [event.delayMs] : []));
    assert.deepEqual(pauses, [100, 200, 400, 800]);
    for (const event of events) {
      if (event.type !== 'reconnecting') continue;
      assert.ok(event.error instanceof FrameError);
      assert.equal(event.error.message, 'The header line "no colon" has no colon');
    }
    await connection.close();
  });
});
