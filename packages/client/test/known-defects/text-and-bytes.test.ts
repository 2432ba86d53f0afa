/** What users of other clients complain about bodies: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { encodeFrame } from '@stompbox/protocol';
import fc from 'fast-check';
import { type Scene, scene } from '../support/scene.js';
import { until } from '../support/scripted-broker.js';

interface Receiver extends Scene {
  readonly id: string;
  readonly got: Message[];
}

/** A scene with a subscription whose messages are collected. */
async function receiver(): Promise<Receiver> {
  const all = await scene();
  const got: Message[] = [];
  const { id } = await all.connection.subscribe('/queue/a', {}, (m) => void got.push(m));
  return { ...all, id, got };
}

function messageBytes(id: string, body: Uint8Array, headers: [string, string][] = []): Uint8Array {
  const own: [string, string][] = [
    ['subscription', id],
    ['message-id', '1'],
    ['destination', '/queue/a'],
    ['content-length', `${body.length}`],
  ];
  return encodeFrame({ command: 'MESSAGE', headers: [...own, ...headers], body }, '1.2');
}

describe('ActiveMQ sees a TextMessage for text and a BytesMessage for bytes', () => {
  // jasonrbriggs/stomp.py#67, #216, easternbloc/node-stomp-client#24, #28, #58, #63, #66,
  // community-of-python/stompman#118, #119, stompgem/stomp#108
  test('because only bytes travel with a content-length', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', 'text');
    await connection.send('/queue/a', new TextEncoder().encode('bytes'));
    await connection.send('/queue/a', '');
    const lengths = broker.session
      .received('SEND')
      .map(({ headers }) => headers.get('content-length'));
    assert.deepEqual(lengths, [undefined, '5', undefined]);
    await connection.close();
  });

  // easternbloc/node-stomp-client: its header suppress-content-length travels to the broker
  test('or as each message says, without a header that only the client understands', async () => {
    const { connection, broker } = await scene();
    await connection.send('/queue/a', 'text', { contentLength: 'always' });
    await connection.send('/queue/a', new Uint8Array([1]), { contentLength: 'never' });
    const frames = broker.session.received('SEND');
    assert.deepEqual(
      frames.map(({ headers }) => [...headers].map(([name]) => name)),
      [
        ['destination', 'content-length', 'receipt'],
        ['destination', 'receipt'],
      ],
    );
    await connection.close();
  });
});

describe('the length of a body', () => {
  // jasonrbriggs/stomp.py#196, stomp-js/stompjs#367
  test('counts bytes, not characters', async () => {
    const { connection, broker } = await scene();
    const text = 'größer 👍';
    await connection.send('/queue/a', text, { contentLength: 'always' });
    const [sent] = broker.session.received('SEND');
    assert.equal(sent?.headers.get('content-length'), `${new TextEncoder().encode(text).length}`);
    assert.equal(new TextDecoder().decode(sent?.body), text);
    await connection.close();
  });

  // gdaws/stompit adds no content-length by itself
  test('never ends at a NUL: text that has one is refused before anything is sent', async () => {
    const { connection, broker } = await scene();
    await assert.rejects(connection.send('/queue/a', 'a\0b'), { code: 'STOMP_OPT_BODY' });
    await connection.send('/queue/a', new Uint8Array([97, 0, 98]));
    const sent = broker.session.received('SEND');
    assert.deepEqual(
      sent.map(({ body }) => [...body]),
      [[97, 0, 98]],
    );
    await connection.close();
  });

  // stomp-js/stompjs: the byte behind a body is not looked at
  test('that lies is noticed, because the byte behind it must be NUL', async () => {
    const { connection, broker, events, got, id } = await receiver();
    broker.session.writeRaw(
      `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:/queue/a\ncontent-length:3\n\nabcdef\0`,
    );
    await until(() => connection.state === 'reconnecting', 'the session ends');
    assert.deepEqual(got, [], 'no half message is delivered');
    const lost = events.find(({ type }) => type === 'reconnecting');
    assert.ok(lost?.type === 'reconnecting' && 'code' in lost.error);
    assert.match(String(lost.error.code), /^STOMP_FRAME_/);
    await connection.close();
  });

  // go-stomp allocates what content-length says
  test('is checked against a limit before memory is given to it', async () => {
    const { connection, broker, id } = await receiver();
    const before = process.memoryUsage().arrayBuffers;
    broker.session.writeRaw(
      `MESSAGE\nsubscription:${id}\nmessage-id:1\ndestination:/a\ncontent-length:99999999999\n\nx`,
    );
    await until(() => connection.state === 'reconnecting', 'the session ends');
    assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
    await connection.close();
  });
});

describe('a body arrives as it was sent', () => {
  // jasonrbriggs/stomp.py#31, #107, #147, #175, #177, #242
  test('also when it is no UTF-8, and the next message comes too', async () => {
    const { connection, broker, got, id } = await receiver();
    const broken = new Uint8Array([0xff, 0xfe, 0xc3, 0x28, 0x80]);
    broker.session.transport.write(messageBytes(id, broken));
    broker.session.message(id, '2', 'next');
    await until(() => got.length === 2, 'both');
    assert.deepEqual(got[0]?.body, broken);
    assert.equal(got[0]?.text().includes('\ufffd'), true, 'its text says where it is none');
    assert.equal(got[1]?.text(), 'next');
    await connection.close();
  });

  // easternbloc/node-stomp-client makes text of every chunk; stomp-broker-js splits at blank lines
  test('whatever bytes it has, and wherever the network cuts it', async () => {
    const { connection, broker, got, id } = await receiver();
    const bodies = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 1, max: 50 }), async (body, size) => {
        got.length = 0;
        const bytes = messageBytes(id, body);
        for (let at = 0; at < bytes.length; at += size) {
          broker.session.transport.write(bytes.subarray(at, at + size));
        }
        await until(() => got.length === 1, 'the message');
        assert.deepEqual([...(got[0]?.body ?? [])], [...body]);
      }),
      { numRuns: 50 },
    );
    await connection.close();
  });

  // stomp-broker-js
  test('with blank lines and lines that look like a frame', async () => {
    const { connection, broker, got, id } = await receiver();
    const text = 'a\n\nb\r\n\r\nMESSAGE\nx:1\n\n,c';
    broker.session.message(id, '1', text);
    await until(() => got.length === 1, 'the message');
    assert.equal(got[0]?.text(), text);
    await connection.close();
  });

  // gdaws/stompit decodes each piece of a header; easternbloc/node-stomp-client each chunk
  test('with characters that the network cuts in the middle, in headers too', async () => {
    const { connection, broker, got, id } = await receiver();
    const bytes = messageBytes(id, new TextEncoder().encode('größer 👍'), [['name', 'Jürgen 🐢']]);
    for (let cut = 1; cut < bytes.length; cut++) {
      broker.session.transport.write(bytes.subarray(0, cut));
      broker.session.transport.write(bytes.subarray(cut));
    }
    await until(() => got.length === bytes.length - 1, 'one message for each cut');
    assert.ok(got.every((message) => message.text() === 'größer 👍'));
    assert.ok(got.every((message) => message.headers.get('name') === 'Jürgen 🐢'));
    await connection.close();
  });

  // cloudamqp/amqp-client.js#55, #68, #206, #261, pedrokiefer/aiostomp#18, zslayton/stomp-rs#100
  test('when the network gives one byte at a time', async () => {
    const { connection, broker, got, id } = await receiver();
    const bytes = messageBytes(id, new Uint8Array([0, 10, 13, 0]));
    for (let n = 0; n < 3; n++) {
      for (const byte of bytes) broker.session.transport.write(new Uint8Array([byte]));
    }
    await until(() => got.length === 3, 'the messages');
    assert.ok(got.every(({ body }) => body.join() === '0,10,13,0'));
    await connection.close();
  });

  // cloudamqp/amqp-client.js#255, #256
  test('when chunks are views in the middle of a larger buffer', async () => {
    const { connection, broker, got, id } = await receiver();
    const pool = new Uint8Array(64 * 1024).fill(0x55);
    const bytes = messageBytes(id, new TextEncoder().encode('from a pool'));
    pool.set(bytes, 1234);
    broker.session.transport.write(pool.subarray(1234, 1234 + bytes.length));
    await until(() => got.length === 1, 'the message');
    assert.equal(got[0]?.text(), 'from a pool');
    const view = pool.subarray(100, 105).fill(0x41);
    await connection.send('/queue/a', view);
    assert.equal(new TextDecoder().decode(broker.session.received('SEND')[0]?.body), 'AAAAA');
    await connection.close();
  });

  // stomp-js/stompjs#13, spring-projects/spring-framework#31616, #25255
  test('however large it is within the limits', async () => {
    const { connection, broker, got, id } = await receiver();
    const body = new Uint8Array(5_000_000).map((_, n) => n % 251);
    const bytes = messageBytes(id, body);
    for (let at = 0; at < bytes.length; at += 65_536) {
      broker.session.transport.write(bytes.subarray(at, at + 65_536));
    }
    await until(() => got.length === 1, 'the message');
    assert.ok(got[0] && Buffer.from(got[0].body).equals(body));
    await connection.close();
  });

  // jasonrbriggs/stomp.py#184: each read looks at everything that came before
  test('in time that grows with its size only, in small reads and full of NULs', async () => {
    const { connection, broker, got, id } = await receiver();
    const bytes = messageBytes(id, new Uint8Array(16 * 1024 * 1024));
    const before = process.cpuUsage();
    for (let at = 0; at < bytes.length; at += 1024) {
      broker.session.transport.write(bytes.subarray(at, at + 1024));
    }
    await until(() => got.length === 1, 'the message');
    const { user } = process.cpuUsage(before);
    // Looking again at all of it for each read is 128 GiB, which takes minutes.
    assert.ok(user < 10_000_000, `${user / 1e6} s`);
    await connection.close();
  });
});

// cloudamqp/amqp-client.js#29, #36, #137, #142
test('bytes that were handed to the socket are never changed afterwards', async () => {
  const { connection, broker } = await scene();
  const { writes } = broker.session.clientTransport;
  const copies: Uint8Array[] = [];
  for (let round = 0; round < 20; round++) {
    const sends = Array.from({ length: 50 }, (_, n) =>
      connection.send('/queue/a', `${round}-${n}`.repeat(n * 20), { headers: { round } }),
    );
    await Promise.all(sends);
    while (copies.length < writes.length) copies.push(Uint8Array.from(writes[copies.length] ?? []));
  }
  assert.deepEqual(writes.map(hash), copies.map(hash));
  const bodies = broker.session.received('SEND').map(({ body }) => body.length);
  assert.equal(bodies.length, 1000);
  await connection.close();
});

function hash(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
