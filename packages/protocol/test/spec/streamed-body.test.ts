/** Bodies that are too large to wait for: head first, then parts, then the NUL. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameDecoder, type StreamedFrame } from '@stompbox/protocol';
import { bytes } from '../support/read-frames.js';
import { readStreamed } from '../support/read-streamed.js';

function streaming(maxStreamedBodyBytes?: number): FrameDecoder<StreamedFrame> {
  const limit = maxStreamedBodyBytes === undefined ? {} : { maxStreamedBodyBytes };
  return new FrameDecoder<StreamedFrame>(
    { maxBodyBytes: 8 },
    { streamBodiesOverBytes: 4, ...limit },
  );
}

const text = (part: Uint8Array | undefined) => part && Buffer.from(part).toString('latin1');

describe('a body with content-length', () => {
  test('over the threshold is announced with the head and handed out as it comes', () => {
    const decoder = streaming();
    decoder.push(bytes('SEND\ncontent-length:10\n\n'));
    const frame = decoder.next();
    assert.deepEqual(
      { command: frame?.command, body: frame?.body, length: frame?.headers.get('content-length') },
      { command: 'SEND', body: undefined, length: '10' },
    );
    assert.equal((frame as StreamedFrame).bodyLength, 10);
    assert.equal(decoder.nextPart(), undefined);
    assert.equal(decoder.isBodyComplete, false);
    assert.equal(decoder.isMidFrame, true);
    decoder.push(bytes('ab^@de'));
    assert.equal(text(decoder.nextPart()), 'ab\0de');
    assert.equal(decoder.nextPart(), undefined);
    decoder.push(bytes('fghij^@\nBEGIN\n\n^@'));
    assert.equal(text(decoder.nextPart()), 'fghij');
    assert.equal(decoder.isBodyComplete, false);
    assert.equal(decoder.nextPart(), undefined);
    assert.equal(decoder.isBodyComplete, true);
    assert.equal(decoder.isMidFrame, false);
    assert.equal(decoder.next()?.command, 'BEGIN');
  });

  test('at the threshold comes whole', () => {
    const { frames, isStreamed } = readStreamed(
      [bytes('SEND\ncontent-length:4\n\nabcd^@SEND\ncontent-length:5\n\nabcde^@')],
      '1.2',
      { streamBodiesOverBytes: 4 },
    );
    assert.deepEqual(
      frames.map((frame) => frame.body),
      ['abcd', 'abcde'],
    );
    assert.deepEqual(isStreamed, [false, true]);
  });

  test('must end with NUL', () => {
    const decoder = streaming();
    decoder.push(bytes('SEND\ncontent-length:5\n\nabcdeX'));
    assert.equal(decoder.next()?.body, undefined);
    assert.equal(text(decoder.nextPart()), 'abcde');
    assert.throws(() => decoder.nextPart(), { code: 'STOMP_FRAME_MISSING_NUL' });
    assert.throws(() => decoder.nextPart(), { code: 'STOMP_FRAME_MISSING_NUL' });
    assert.throws(() => decoder.next(), { code: 'STOMP_FRAME_MISSING_NUL' });
  });

  test('over its own limit is refused as soon as it is announced', () => {
    const decoder = streaming(20);
    decoder.push(bytes('SEND\ncontent-length:21\n\n'));
    assert.throws(() => decoder.next(), {
      code: 'STOMP_FRAME_BODY_TOO_LARGE',
      message: 'The body is larger than 20 bytes',
    });
  });

  test('is not bound by the limits of bodies that are held', () => {
    const decoder = streaming();
    decoder.push(bytes(`SEND\ncontent-length:200000000\n\n`));
    assert.equal((decoder.next() as StreamedFrame).bodyLength, 200_000_000);
  });
});

describe('a body without content-length', () => {
  test('is handed out from its first byte as soon as it passes the threshold', () => {
    const decoder = streaming();
    decoder.push(bytes('SEND\n\nabc'));
    assert.equal(decoder.next(), undefined);
    decoder.push(bytes('d'));
    assert.equal(decoder.next(), undefined);
    decoder.push(bytes('ef'));
    assert.equal((decoder.next() as StreamedFrame).bodyLength, undefined);
    assert.equal(text(decoder.nextPart()), 'abcd');
    assert.equal(text(decoder.nextPart()), 'ef');
    assert.equal(decoder.nextPart(), undefined);
    decoder.push(bytes('^@'));
    assert.equal(decoder.nextPart(), undefined);
    assert.equal(decoder.isBodyComplete, true);
  });

  test('over its own limit is refused with the byte that breaks it', () => {
    const decoder = streaming(6);
    decoder.push(bytes('SEND\n\nabcdef'));
    assert.equal(decoder.next()?.body, undefined);
    assert.equal(text(decoder.nextPart()), 'abcdef');
    decoder.push(bytes('g'));
    assert.throws(() => decoder.nextPart(), { code: 'STOMP_FRAME_BODY_TOO_LARGE' });
  });
});

describe('misuse', () => {
  test('the next frame cannot be asked for before the body was taken', () => {
    const decoder = streaming();
    decoder.push(bytes('SEND\n\nabcdef^@'));
    assert.equal(decoder.next()?.body, undefined);
    assert.throws(() => decoder.next(), /call nextPart\(\) until isBodyComplete/);
    assert.equal(text(decoder.nextPart()), 'abcdef');
  });

  test('there are no parts of a body that came whole', () => {
    const decoder = streaming();
    decoder.push(bytes('SEND\n\nabcd^@'));
    assert.equal(text(decoder.next()?.body), 'abcd');
    assert.equal(decoder.isBodyComplete, true);
    assert.equal(decoder.nextPart(), undefined);
  });

  for (const option of ['streamBodiesOverBytes', 'maxStreamedBodyBytes']) {
    test(`${option} must be a number of bytes`, () => {
      const options = { streamBodiesOverBytes: 1, [option]: -1 };
      assert.throws(() => new FrameDecoder<StreamedFrame>({}, options), {
        code: 'STOMP_OPT_INVALID',
        message: `The option ${option} is -1: give a whole number of bytes, at least 0`,
      });
    });
  }
});
