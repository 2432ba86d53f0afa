import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { connect } from '@stompbox/client';

const MIB = 1024 * 1024;
const COUNT = 48;

/** Different bytes in each mebibyte, NULs and line feeds among them. */
function piece(index: number): Buffer {
  return Buffer.alloc(MIB, Uint8Array.of(index, 0, 10, 255, index * 7));
}

test('a body passes from a stream to a stream, neither of which ever holds all of it', async (context) => {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  context.after(() => broker.close());
  const [connector] = broker.connectors;
  assert.ok(connector);
  const { url } = connector;
  const sender = await connect(url);
  const receiver = await connect(url, { streamBodiesOverBytes: MIB });
  const subscription = await receiver.subscribe('/queue/files', { settle: 'handled' });

  const sent = createHash('sha256');
  let madePieces = 0;
  const pieces = (function* () {
    for (; madePieces < COUNT; madePieces++) {
      const next = piece(madePieces);
      sent.update(next);
      yield next;
    }
  })();
  const sending = sender.send('/queue/files', Readable.from(pieces), { bodyBytes: COUNT * MIB });

  const received = createHash('sha256');
  let bytes = 0;
  for await (const message of subscription) {
    assert.equal(message.isStreamed, true);
    for await (const part of message.stream()) {
      received.update(part);
      bytes += part.length;
    }
    break;
  }
  await sending;
  assert.equal(bytes, COUNT * MIB);
  assert.equal(received.digest('hex'), sent.digest('hex'));
  await sender.send('/queue/files', 'small, by the same connection');
  await sender.close();
  await receiver.close();
});
