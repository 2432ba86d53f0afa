import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFrame, joinBytes } from '@stompbox/protocol';
import fc from 'fast-check';
import { toTextMessages } from '../../dist/transport/text-messages.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('text messages', () => {
  test('a body with NUL is not cut, because its length is known', () => {
    const frame = bytes('SEND\ncontent-length:3\ncontent-length:99\n\na\0b\0');
    assert.deepEqual(toTextMessages(frame), [
      'SEND\ncontent-length:3\ncontent-length:99\n\na\0b\0',
    ]);
  });

  test('a frame that is not UTF-8 stays bytes', () => {
    const frame = joinBytes([bytes('SEND\ncontent-length:1\n\n'), new Uint8Array([255, 0])], 25);
    assert.deepEqual(toTextMessages(frame), [frame]);
  });

  test('a byte order mark is a part of the text', () => {
    assert.deepEqual(toTextMessages(bytes('SEND\n\n\uFEFFa\0')), ['SEND\n\n\uFEFFa\0']);
  });

  test('any frames that leave together come apart into exactly these frames', () => {
    const frame = fc.record({ body: fc.string({ unit: 'binary' }), name: fc.string() });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), (frames) => {
        const encoded = frames.map(({ body, name }) => {
          const content = bytes(body);
          const headers: [string, string][] = [
            ['destination', name],
            ['content-length', String(content.length)],
          ];
          return encodeFrame({ command: 'SEND', headers, body: content }, '1.2');
        });
        const length = encoded.reduce((sum, { length }) => sum + length, 0);
        const messages = toTextMessages(joinBytes(encoded, length));
        assert.deepEqual(
          messages.map((message) => Buffer.from(message as string)),
          encoded.map((one) => Buffer.from(one)),
        );
      }),
    );
  });
});
