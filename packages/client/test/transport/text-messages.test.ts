import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFrame, joinBytes } from '@stompbox/protocol';
import fc from 'fast-check';
import { textMessages } from '../../dist/transport/text-messages.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const toTextMessages = (all: Uint8Array) => textMessages()(all);

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

  test('a frame in pieces leaves when it is whole, and not before', () => {
    const cut = textMessages();
    assert.deepEqual(cut(bytes('SEND\ncontent-le')), []);
    assert.deepEqual(cut(bytes('ngth:4\n\na\0')), []);
    assert.deepEqual(cut(bytes('b')), []);
    assert.deepEqual(cut(bytes('c\0\n\nACK\n')), ['SEND\ncontent-length:4\n\na\0bc\0\n', '\n']);
    assert.deepEqual(cut(bytes('id:1\n\n\0')), ['ACK\nid:1\n\n\0']);
  });

  test('any frames, cut anywhere, come apart into exactly these frames', () => {
    const frame = fc.record({ body: fc.string({ unit: 'binary' }), name: fc.string() });
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), (frames, cut) => {
        const encoded = frames.map(({ body, name }) => {
          const content = bytes(body);
          const headers: [string, string][] = [
            ['destination', name],
            ['content-length', String(content.length)],
          ];
          return encodeFrame({ command: 'SEND', headers, body: content }, '1.2');
        });
        const length = encoded.reduce((sum, { length }) => sum + length, 0);
        const whole = joinBytes(encoded, length);
        const toMessages = textMessages();
        // Not between a NUL and its line feed: that one would be a message of its own.
        const at = cut % length;
        const middle = whole[at] === 10 && whole[at - 1] === 0 ? at + 1 : at;
        const messages = [
          ...toMessages(whole.subarray(0, middle)),
          ...toMessages(whole.subarray(middle)),
        ];
        assert.deepEqual(
          messages.map((message) => Buffer.from(message as string)),
          encoded.map((one) => Buffer.from(one)),
        );
      }),
    );
  });
});
