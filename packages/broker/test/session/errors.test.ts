/** What an ERROR says and does. Which frames lead to which code is tested with those frames. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { HeldStore } from '../held-store.js';

describe('an ERROR', () => {
  test('has message, code and content-type, and a short text as body', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('COMMIT', { transaction: 'none' });
    const { headers, body, lines } = await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    assert.deepEqual(
      lines.map(([name]) => name),
      ['message', 'code', 'content-type'],
    );
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(body, `${headers['message']}\n`);
    assert.doesNotMatch(body, /\n +at /);
  });

  test('echoes the receipt of the frame instead of confirming it', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('ABORT', { transaction: 'none', receipt: 'r:1' });
    const { headers } = await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    assert.equal(headers['receipt-id'], 'r:1');
  });

  test('is escaped as the version demands', async (t) => {
    const scene = await brokerScene(t);
    for (const version of ['1.1', '1.2'] as const) {
      const client = await scene.client(version);
      client.frame('COMMIT', { transaction: 'a:b\nc' });
      const { headers } = await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
      assert.match(headers['message'] ?? '', /"a:b\nc"/);
    }
  });

  test('stays short when the client text is long, so that the client can read it', async (t) => {
    const scene = await brokerScene(t);
    const long = 'x'.repeat(10_000);
    for (const [command, headers] of [
      ['COMMIT', { transaction: long }],
      ['UNSUBSCRIBE', { id: long }],
      ['ACK', { id: long }],
      ['SEND', { destination: `/queue/*.${long}` }],
    ] as const) {
      const client = await scene.client();
      client.frame(command, headers);
      const { headers: told } = await client.nextFrame();
      assert.equal(told['code']?.startsWith('STOMP_PROTO_'), true);
      assert((told['message']?.length ?? 0) < 400, command);
      await client.expectsClose();
    }
  });

  test('comes after the receipts of the frames before, each durable by then', async (t) => {
    const store = new HeldStore();
    const client = await (await brokerScene(t, { store })).client();
    const commit = store.nextCommit();
    client.frame('SEND', { destination: '/queue/a', receipt: 'sent' }, 'hello');
    client.frame('ABORT', { transaction: 'none', receipt: 'failed' });
    client.frame('SEND', { destination: '/queue/a', receipt: 'late' }, 'too late');
    const { release } = await commit;
    assert.deepEqual([client.isClosed, client.waitingFrames], [false, []]);
    release();
    await client.receipt('sent');
    const { headers } = await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    assert.equal(headers['receipt-id'], 'failed');
    assert.equal(store.recordCount(0), 1);
  });

  test('makes the frames behind it count for nothing', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.writes(
      'SED\ndestination:/queue/a\n\n\0SEND\ndestination:/queue/a\n\nlate\0GARBAGE\n\n\0',
    );
    await client.expectsError('STOMP_FRAME_UNKNOWN_COMMAND');
    const other = await scene.client();
    await other.subscribes('/queue/a');
    await other.expectsNoFrame();
  });

  test('gives back what the client held, and aborts its transactions', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    await client.sends('/queue/a', 'work');
    await client.subscribes('/queue/a', { ack: 'client' });
    const message = await client.nextMessage();
    client.frame('BEGIN', { transaction: 't' });
    client.frame('ACK', { ...client.nameOf(message), transaction: 't' });
    client.frame('SEND', { destination: '/queue/a', transaction: 't' }, 'never');
    client.frame('COMMIT', { transaction: 'other' });
    await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    const other = await scene.client();
    await other.subscribes('/queue/a');
    const { body, headers } = await other.nextMessage();
    assert.deepEqual([body, headers['redelivered']], ['work', 'true']);
    await other.expectsNoFrame();
  });

  test('is told of as an event with its error', async (t) => {
    const scene = await brokerScene(t);
    const client = await scene.client();
    client.frame('ABORT', { transaction: 'none' });
    await client.expectsError('STOMP_PROTO_NO_TRANSACTION');
    const [refused] = scene.eventsOf('refused');
    assert.equal(refused?.error.code, 'STOMP_PROTO_NO_TRANSACTION');
    assert.equal(refused?.peer, 'memory');
    assert.deepEqual(
      scene.events.map(({ type }) => type),
      ['connected', 'refused', 'disconnected'],
    );
  });

  test('reaches a TCP client that goes on writing', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    client.writes('SED\n\n\0');
    for (let count = 0; count < 100; count++) {
      client.frame('SEND', { destination: '/queue/a' }, 'x'.repeat(10_000));
    }
    await client.expectsError('STOMP_FRAME_UNKNOWN_COMMAND');
  });
});

describe('frames that are not STOMP', () => {
  for (const [bytes, code] of [
    ['SED\n\n\0', 'STOMP_FRAME_UNKNOWN_COMMAND'],
    ['send\n\n\0', 'STOMP_FRAME_UNKNOWN_COMMAND'],
    ['SENDX\n\n\0', 'STOMP_FRAME_UNKNOWN_COMMAND'],
    ['SEND\ndestination\n\n\0', 'STOMP_FRAME_HEADER_WITHOUT_COLON'],
    ['SEND\n:x\n\n\0', 'STOMP_FRAME_EMPTY_HEADER_NAME'],
    ['SEND\ndestination:/queue/a\0', 'STOMP_FRAME_NUL_IN_HEADER'],
    ['SEND\ncontent-length:-1\n\n\0', 'STOMP_FRAME_BAD_CONTENT_LENGTH'],
    ['SEND\ncontent-length:x\n\n\0', 'STOMP_FRAME_BAD_CONTENT_LENGTH'],
    ['SEND\ncontent-length:2\n\nabc\0', 'STOMP_FRAME_MISSING_NUL'],
    ['SEND\ncontent-length:104857601\n\n', 'STOMP_FRAME_BODY_TOO_LARGE'],
    [`${'S'.repeat(2000)}`, 'STOMP_FRAME_COMMAND_TOO_LONG'],
    [`SEND\nx:${'y'.repeat(10_240)}\n\n\0`, 'STOMP_FRAME_HEADER_TOO_LONG'],
    [`SEND\n${'x:y\n'.repeat(1001)}\n\0`, 'STOMP_FRAME_TOO_MANY_HEADERS'],
  ] as const) {
    test(`${JSON.stringify(bytes.slice(0, 32))} is refused as ${code}`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.writes(bytes);
      await client.expectsError(code);
    });
  }

  test('are refused when a header is not UTF-8', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.writes(Buffer.from('SEND\nx:\xff\n\n\0', 'latin1'));
    await client.expectsError('STOMP_FRAME_BAD_UTF8');
  });

  test('are measured by the limits of the broker', async (t) => {
    const limits = { maxBodyBytes: 100, maxFrameBytes: 150 };
    const scene = await brokerScene(t, { limits });
    const fits = await scene.client();
    await fits.subscribes('/queue/a');
    await fits.sends('/queue/a', 'x'.repeat(100));
    assert.equal((await fits.nextMessage()).body.length, 100);

    const large = await scene.client();
    large.frame('SEND', { destination: '/queue/a' }, 'x'.repeat(101));
    await large.expectsError('STOMP_FRAME_BODY_TOO_LARGE');

    const wide = await scene.client();
    wide.frame('SEND', { destination: '/queue/a', more: 'y'.repeat(60) }, 'x'.repeat(90));
    await wide.expectsError('STOMP_FRAME_TOO_LARGE');
  });
});

describe('frames that make no sense', () => {
  for (const command of ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] as const) {
    test(`${command} is for servers to send`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame(command, { 'receipt-id': '1' });
      await client.expectsError('STOMP_PROTO_UNEXPECTED_FRAME');
    });
  }

  test('need the headers that they are about', async (t) => {
    const scene = await brokerScene(t);
    for (const [command, headers, name] of [
      ['SUBSCRIBE', { id: 's' }, 'destination'],
      ['SUBSCRIBE', { destination: '/queue/a' }, 'id'],
      ['UNSUBSCRIBE', { destination: '/queue/a' }, 'id'],
      ['ACK', { 'message-id': 'x', subscription: 's' }, 'id'],
      ['NACK', {}, 'id'],
      ['BEGIN', {}, 'transaction'],
      ['COMMIT', {}, 'transaction'],
      ['ABORT', {}, 'transaction'],
    ] as const) {
      const client = await scene.client();
      client.frame(command, headers);
      const error = await client.expectsError('STOMP_PROTO_MISSING_HEADER');
      assert.equal(error.headers['message'], `${command} needs the header ${name}`);
    }
  });

  test('may have a body and a content-length that do not belong to them', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.writes('BEGIN\ntransaction:t\nreceipt:r\ncontent-length:8511\n\nignored\0');
    await client.receipt('r');
  });
});

describe('a store that fails', () => {
  test('ends every session with an ERROR and confirms nothing more', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const producer = await scene.client();
    const consumer = await scene.client();
    await consumer.subscribes('/queue/a');
    const commit = store.nextCommit();
    producer.frame('SEND', { destination: '/queue/a', receipt: 'never' }, 'hello');
    (await commit).fail(new Error('no space left'));
    for (const client of [producer, consumer]) {
      const { headers } = await client.expectsError('STOMP_STORE_WRITE_FAILED');
      assert.match(headers['message'] ?? '', /no space left.*check the disk/);
    }
    const error = await scene.broker.closed;
    assert.equal(error?.code, 'STOMP_STORE_WRITE_FAILED');
    assert.equal(scene.eventsOf('store-failed')[0]?.error, error);
    assert.equal(scene.broker.state, 'closed');
  });
});
