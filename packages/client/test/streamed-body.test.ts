import assert from 'node:assert/strict';
import { buffer, text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { settle } from './support/fake-clock.js';
import { lose, recover } from './support/loss.js';
import { type Scene, scene } from './support/scene.js';
import { until } from './support/scripted-broker.js';

const KIB = 1024;

/** The head of a message, and its body in the pieces that a test sends. */
function begin({ broker }: Scene, id: string, length: number): void {
  broker.session.writeRaw(
    `MESSAGE\nsubscription:sub-1\nmessage-id:${id}\ndestination:/queue/a\nack:ack-${id}\n` +
      `content-length:${length}\n\n`,
  );
}

/** Counts what the transport is told. */
function watchFlow({ broker }: Scene): { isPaused: boolean } {
  const flow = { isPaused: false };
  const { clientTransport } = broker.session;
  clientTransport.pause = () => {
    flow.isPaused = true;
  };
  clientTransport.resume = () => {
    flow.isPaused = false;
  };
  return flow;
}

async function nextOf(subscription: AsyncIterable<Message>): Promise<Message> {
  const next = await subscription[Symbol.asyncIterator]().next();
  assert.ok(next.value);
  return next.value;
}

describe('a body that is larger than the client waits for', () => {
  test('is read as it arrives', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const subscription = await all.connection.subscribe('/queue/a', { ack: 'client-individual' });
    begin(all, '1', 20);
    all.broker.session.writeRaw('0123456789');
    const message = await nextOf(subscription);
    assert.equal(message.isStreamed, true);
    const reader = message.stream()[Symbol.asyncIterator]();
    assert.equal(Buffer.from((await reader.next()).value ?? []).toString(), '0123456789');
    all.broker.session.writeRaw('abcdefghij\0\n');
    assert.equal(Buffer.from((await reader.next()).value ?? []).toString(), 'abcdefghij');
    assert.equal((await reader.next()).done, true);
    await message.ack({ receipt: true });
    await all.connection.close();
  });

  test('cannot be asked for at once; a small one can be read both ways', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const messages: Message[] = [];
    await all.connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
      messages.push(message);
      return new Promise(() => {});
    });
    begin(all, '1', 20);
    all.broker.session.writeRaw(`${'x'.repeat(20)}\0`);
    all.broker.session.message('sub-1', '2', 'small');
    await until(() => messages.length === 2, 'both');
    const [large, small] = messages;
    assert.ok(large && small);
    for (const read of [() => large.body, () => large.text(), () => large.json()]) {
      assert.throws(read, { code: 'STOMP_PROTO_STREAMED' });
    }
    assert.equal(await text(large.stream()), 'x'.repeat(20));
    assert.equal(small.isStreamed, false);
    assert.equal(await text(small.stream()), 'small');
    assert.equal(small.text(), 'small');
  });

  test('slows the broker down while nobody reads it, and is not taken for silence', async () => {
    const all = await scene({
      streamBodiesOverBytes: 10,
      heartBeat: { outgoingMs: 0, incomingMs: 1000 },
    });
    all.broker.connected = { ...all.broker.connected, 'heart-beat': '1000,0' };
    await lose(all);
    await recover(all);
    const flow = watchFlow(all);
    const messages: Message[] = [];
    await all.connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
      messages.push(message);
      return new Promise(() => {});
    });
    const piece = 'x'.repeat(64 * KIB);
    begin(all, '1', 6 * piece.length);
    for (let sent = 0; sent < 5; sent++) all.broker.session.writeRaw(piece);
    await until(() => flow.isPaused, 'the transport is not read');
    await all.clock.advance(60_000);
    assert.equal(all.connection.state, 'connected');
    const [message] = messages;
    assert.ok(message);
    const reading = buffer(message.stream());
    await until(() => !flow.isPaused, 'it is read again');
    all.broker.session.writeRaw(`${piece}\0`);
    assert.equal((await reading).length, 6 * piece.length);
  });

  test('is thrown away where the handler has not read it', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const flow = watchFlow(all);
    const ids: string[] = [];
    await all.connection.subscribe('/queue/a', {}, ({ messageId }) => void ids.push(messageId));
    begin(all, '1', 1000 * KIB);
    all.broker.session.writeRaw('x'.repeat(600 * KIB));
    await settle();
    assert.equal(flow.isPaused, false);
    all.broker.session.writeRaw(`${'x'.repeat(400 * KIB)}\0`);
    all.broker.session.message('sub-1', '2', 'next');
    await until(() => ids.length === 2, 'the next message');
    assert.deepEqual(ids, ['1', '2']);
    await all.connection.close();
  });

  test('does not keep a loop from the next message, nor from being left', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const flow = watchFlow(all);
    const subscription = await all.connection.subscribe('/queue/a', { ack: 'client-individual' });
    for (const id of ['1', '2']) {
      begin(all, id, 300 * KIB);
      all.broker.session.writeRaw(`${'x'.repeat(300 * KIB)}\0`);
    }
    let count = 0;
    for await (const message of subscription) {
      assert.equal(message.isStreamed, true);
      count++;
      if (count === 2) break;
    }
    assert.equal(flow.isPaused, false);
    await all.connection.close();
  });

  test('does not keep a loop from being left in ack mode auto', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const subscription = await all.connection.subscribe('/queue/a');
    const flow = watchFlow(all);
    all.broker.answers.set('UNSUBSCRIBE', (frame, session) => {
      // What is not read is not received.
      if (!flow.isPaused) session.receipt(frame);
    });
    all.broker.session.message('sub-1', '1', 'small');
    begin(all, '2', 300 * KIB);
    all.broker.session.writeRaw(`${'x'.repeat(300 * KIB)}\0`);
    await until(() => flow.isPaused, 'the second is not read');
    for await (const _ of subscription) break;
    assert.deepEqual(all.events.at(-1), {
      type: 'messages-discarded',
      subscriptionId: 'sub-1',
      count: 1,
    });
    await all.connection.close();
  });

  test('is not read faster because an earlier one is read', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const flow = watchFlow(all);
    const messages: Message[] = [];
    await all.connection.subscribe('/queue/a', { ack: 'client-individual' }, (message) => {
      messages.push(message);
      return new Promise(() => {});
    });
    // In one chunk, as a WebSocket may give it.
    const head = `MESSAGE\nsubscription:sub-1\nmessage-id:2\ndestination:/queue/a\nack:2\n`;
    begin(all, '1', 300 * KIB);
    const second = `${head}content-length:${600 * KIB}\n\n${'x'.repeat(300 * KIB)}`;
    all.broker.session.writeRaw(`${'x'.repeat(300 * KIB)}\0${second}`);
    await until(() => messages.length === 2, 'both');
    const [first, other] = messages;
    assert.ok(first && other);
    await buffer(first.stream());
    await settle();
    assert.equal(flow.isPaused, true, 'the second still waits for its reader');
    const reading = buffer(other.stream());
    await until(() => !flow.isPaused, 'it is read');
    all.broker.session.writeRaw(`${'x'.repeat(300 * KIB)}\0`);
    assert.equal((await reading).length, 600 * KIB);
    await all.connection.close({ timeoutMs: 1, signal: AbortSignal.abort() }).catch(() => {});
  });

  test('fails its reader when the connection is lost', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const subscription = await all.connection.subscribe('/queue/a', { ack: 'client-individual' });
    begin(all, '1', 20);
    all.broker.session.writeRaw('half');
    const message = await nextOf(subscription);
    const reading = assert.rejects(text(message.stream()), { code: 'STOMP_NET_LOST' });
    await lose(all);
    await reading;
    await recover(all);
    await all.connection.close();
  });

  test('of a message that nobody waits for is skipped', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    const flow = watchFlow(all);
    begin(all, '1', 600 * KIB);
    all.broker.session.writeRaw(`${'x'.repeat(600 * KIB)}\0`);
    await until(() => all.events.at(-1)?.type === 'messages-discarded', 'it is reported');
    assert.equal(flow.isPaused, false);
    await all.connection.send('/queue/a', 'still here');
    await all.connection.close();
  });

  test('of an ERROR is told whole', async () => {
    const all = await scene({ streamBodiesOverBytes: 10 });
    all.broker.session.write('ERROR', { message: 'no' }, 'a long stack trace, longer than ten');
    await until(() => all.events.at(-1)?.type === 'broker-error', 'it is reported');
    const status = all.events.at(-1);
    assert.ok(status?.type === 'broker-error');
    assert.equal(status.error.body, 'a long stack trace, longer than ten');
    await all.connection.close();
  });
});
