/** SEND: what becomes of body, destination and receipt. Headers are in send-headers.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

describe('a body', () => {
  test('without content-length is text, and its MESSAGE has none either', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', '!®౩🙂');
    const { body, headers } = await client.nextMessage();
    assert.equal(body, '!®౩🙂');
    assert.equal(headers['content-length'], undefined);
  });

  test('with content-length is bytes, NUL included, and its MESSAGE has one', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    const bytes = Uint8Array.of(1, 2, 0, 4, 5, 0);
    await client.sends('/queue/a', bytes, { 'content-length': 6 });
    const message = await client.nextMessage();
    assert.deepEqual(message.bytes, bytes);
    assert.equal(message.headers['content-length'], '6');
  });

  test('of zero bytes stays bytes', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', '', { 'content-length': 0 });
    assert.equal((await client.nextMessage()).headers['content-length'], '0');
  });

  test('may have spaces around its content-length', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    client.writes(
      'SEND\ndestination:/queue/a\ncontent-length: 5 \n\n\u0001\u0002\u0000\u0004\u0005\0',
    );
    const { headers, bytes } = await client.nextMessage();
    assert.deepEqual([headers['content-length'], bytes.length], ['5', 5]);
  });

  test('of three million bytes arrives whole', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    const text = 'x'.repeat(3_000_000);
    await client.sends('/queue/a', text);
    assert.equal((await client.nextMessage()).body, text);
  });

  test('is not changed by what the sender does with its buffer afterwards', async (t) => {
    const client = await (await brokerScene(t)).client();
    const frame = Buffer.from('SEND\ndestination:/queue/a\nreceipt:r\n\nbefore\0');
    client.writes(frame);
    await client.receipt('r');
    frame.fill('!');
    await client.subscribes('/queue/a');
    assert.equal((await client.nextMessage()).body, 'before');
  });

  test('arrives byte for byte over TCP, many at once', async (t) => {
    const scene = await brokerScene(t, LISTENING);
    const client = await scene.clientOverTcp();
    await client.subscribes('/queue/a');
    const bytes = Uint8Array.from({ length: 50_000 }, (_, index) => index % 256);
    for (let count = 0; count < 50; count++) {
      client.frame('SEND', { destination: '/queue/a', 'content-length': bytes.length }, bytes);
    }
    for (const message of await client.nextMessages(50)) assert.deepEqual(message.bytes, bytes);
  });
});

describe('a destination', () => {
  test('without a prefix is a queue', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a.b');
    await client.sends('a.b', 'hello');
    assert.equal((await client.nextMessage()).headers['destination'], '/queue/a.b');
  });

  test('has no spaces around it', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes(' /queue/a ');
    await client.sends('/queue/a  ', 'hello');
    assert.equal((await client.nextMessage()).headers['destination'], '/queue/a');
  });

  test('may hold any character', async (t) => {
    const scene = await brokerScene(t);
    for (const [index, name] of ['a:b', 'ünï/cödé', 'a\\b', '__proto__', 'a\nb'].entries()) {
      const client = await scene.client('1.2');
      await client.subscribes(`/queue/${name}`);
      await client.sends(`/queue/${name}`, String(index));
      const { headers, body } = await client.nextMessage();
      assert.deepEqual([headers['destination'], body], [`/queue/${name}`, String(index)]);
    }
  });

  test('is needed', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SEND', { receipt: 'r' }, 'hello');
    const { headers } = await client.expectsError('STOMP_PROTO_MISSING_HEADER');
    assert.equal(headers['receipt-id'], 'r');
    assert.match(headers['message'] ?? '', /SEND needs the header destination/);
  });

  for (const destination of ['', '  ', '/queue/', '/topic/', '/queue/ ']) {
    test(`"${destination}" has no name and is refused`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SEND', { destination, receipt: 'r' });
      const { headers } = await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
      assert.equal(headers['receipt-id'], 'r');
    });
  }

  for (const destination of ['/topic/a.>', '/queue/*', '/queue/a.*.b', '/queue/b,/queue/a.>']) {
    test(`${destination} is refused: a message has no pattern as its destination`, async (t) => {
      const client = await (await brokerScene(t)).client();
      client.frame('SEND', { destination, receipt: 'r' });
      const { headers } = await client.expectsError('STOMP_PROTO_BAD_DESTINATION');
      assert.equal(headers['receipt-id'], 'r');
      assert.match(headers['message'] ?? '', /wildcards are for SUBSCRIBE/);
    });
  }

  test('of ten thousand characters works, also over a restart', async (t) => {
    const data = temporaryDirectory(t);
    const destination = `/queue/${'x'.repeat(10_000)}`;
    const first = await brokerScene(t, { data });
    await (await first.client()).sends(destination, 'hello');
    await first.close();
    const second = await brokerScene(t, { data });
    const client = await second.client();
    await client.subscribes(destination);
    const { headers, body } = await client.nextMessage();
    assert.deepEqual([headers['destination'], body], [destination, 'hello']);
    await second.close();
  });
});

describe('a receipt', () => {
  test('comes for every frame that asks, in the order of the frames', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SEND', { destination: '/queue/a', receipt: '1' }, 'durable');
    client.frame('SEND', { destination: '/topic/a', receipt: '2' }, 'kept nowhere');
    client.frame('SUBSCRIBE', { destination: '/queue/b', id: 's', receipt: '3' });
    client.frame('SEND', { destination: '/queue/a', persistent: 'false', receipt: '4' });
    client.frame('BEGIN', { transaction: 't', receipt: '5' });
    client.frame('ABORT', { transaction: 't', receipt: '6' });
    client.frame('UNSUBSCRIBE', { id: 's', receipt: '7' });
    client.frame('DISCONNECT', { receipt: '8' });
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      const { command, headers } = await client.nextFrame();
      assert.deepEqual([command, headers['receipt-id']], ['RECEIPT', id]);
    }
  });

  test('has the id of the frame, whatever it is', async (t) => {
    const scene = await brokerScene(t);
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await scene.client(version);
      for (const id of ['', 'a:b', 'ünï', '\\x', 'x'.repeat(9000)]) {
        client.frame('BEGIN', { transaction: id, receipt: id });
        await client.receipt(id);
      }
    }
  });

  test('may hold a line feed where the version can say so', async (t) => {
    const client = await (await brokerScene(t)).client('1.2');
    client.frame('BEGIN', { transaction: 't', receipt: 'a\nb\r' });
    await client.receipt('a\nb\r');
  });

  test('does not come for a frame that does not ask', async (t) => {
    const client = await (await brokerScene(t)).client();
    client.frame('SEND', { destination: '/queue/a' }, 'hello');
    client.frame('BEGIN', { transaction: 't' });
    await client.expectsNoFrame();
  });

  test('is not a header of the message', async (t) => {
    const client = await (await brokerScene(t)).client();
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello');
    assert.equal((await client.nextMessage()).headers['receipt'], undefined);
  });
});

describe('a request to the broker itself', () => {
  test('has the very name: a message to a queue of a similar one is a message', async (t) => {
    const client = await (await brokerScene(t)).client();
    for (const name of ['ActiveMQ.Sales', 'x.activemq.statistics.broker']) {
      await client.subscribes(`/queue/${name}`, { id: name });
      await client.sends(`/queue/${name}`, name, { 'reply-to': '/queue/replies' });
      assert.equal((await client.nextMessage()).body, name);
    }
  });
});
