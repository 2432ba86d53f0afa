/** The decoder of browsers, against the one of the protocol: they must never differ. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  encodeFrame,
  FrameDecoder,
  FrameError,
  type FrameLimits,
  joinBytes,
  type StompVersion,
} from '@stompbox/protocol';
import fc from 'fast-check';
import { FrameDecoder as WebFrameDecoder } from '../../dist/web/frame-decoder.js';

interface Outcome {
  readonly frames: unknown[];
  readonly error: string | undefined;
}

/** What comes out of chunks: frames, and the code of the error that ends them. */
function outcome(
  Decoder: typeof FrameDecoder | typeof WebFrameDecoder,
  chunks: readonly Uint8Array[],
  version: StompVersion,
  limits: Partial<FrameLimits> = {},
): Outcome {
  const decoder = new Decoder(limits, { undefinedEscapes: 'keep' });
  decoder.version = version;
  const frames: unknown[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        const { command, headers, body } = frame;
        frames.push([command, [...headers], Buffer.from(body).toString('latin1')]);
      }
    }
    return { frames, error: undefined };
  } catch (error) {
    assert.ok(error instanceof FrameError);
    assert.throws(() => decoder.next(), error);
    return { frames, error: error.code };
  }
}

function assertSame(chunks: readonly Uint8Array[], version: StompVersion, limits = {}): Outcome {
  const expected = outcome(FrameDecoder, chunks, version, limits);
  assert.deepEqual(outcome(WebFrameDecoder, chunks, version, limits), expected);
  return expected;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const version = fc.constantFrom<StompVersion>('1.0', '1.1', '1.2');
const header = fc.tuple(
  fc.string({ minLength: 1 }).filter((name) => name.trim() !== '' && name !== 'content-length'),
  fc.string(),
);
const frame = fc.record({
  command: fc.constantFrom('MESSAGE' as const, 'ERROR' as const, 'RECEIPT' as const),
  headers: fc.array(header, { maxLength: 4 }),
  body: fc.uint8Array({ maxLength: 40 }),
});

describe('the decoder of browsers', () => {
  test('reads any frames, cut anywhere, as the other one does', () => {
    fc.assert(
      fc.property(version, fc.array(frame), fc.array(fc.nat(60)), (spoken, frames, cuts) => {
        const encoded = frames.map(({ command, headers, body }) => {
          const content = command === 'RECEIPT' ? new Uint8Array(0) : body;
          const length: [string, string] = ['content-length', String(content.length)];
          return encodeFrame({ command, headers: [...headers, length], body: content }, spoken);
        });
        const whole = joinBytes(
          encoded,
          encoded.reduce((sum, { length }) => sum + length, 0),
        );
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(whole.subarray(at));
        const { frames: read, error } = assertSame(chunks, spoken);
        assert.equal(error, undefined);
        assert.equal(read.length, frames.length);
      }),
    );
  });

  for (const [what, text] of [
    [
      'line ends and NULs between frames',
      '\n\r\n\0\nMESSAGE\na:b\n\nx\0\0\n\nRECEIPT\nreceipt-id:1\n\n\0',
    ],
    ['CR at the end of lines', 'MESSAGE\r\na:b\r\nc: d \r\n\r\nx\0'],
    ['a body without length', 'MESSAGE\na:b\n\nx\ny\0'],
    ['a length that is not honoured', 'RECEIPT\ncontent-length:5\n\n\0MESSAGE\n\n\0'],
    ['repeated lengths', 'MESSAGE\ncontent-length:1\ncontent-length:9\n\n\0\0'],
    ['escapes', 'MESSAGE\na\\cb:c\\nd\\re\\\\\\x\n\n\0'],
    ['CONNECTED without escapes', 'CONNECTED\nserver:a\\cb\\x\r\nversion:1.2\n\n\0'],
    ['a length with spaces', 'MESSAGE\ncontent-length: 1 \n\na\0'],
    ['no colon', 'MESSAGE\nabc\n\n\0'],
    ['no name', 'MESSAGE\n:abc\n\n\0'],
    ['an unknown command', 'HTTP/1.1 400 Bad Request\n\n\0'],
    ['NUL in the head', 'MESSAGE\na:\0b\n\n\0'],
    ['a length that is none', 'MESSAGE\ncontent-length:1x\n\na\0'],
    ['a length that lies', 'MESSAGE\ncontent-length:1\n\nab\0'],
    ['bytes that are no UTF-8', 'MESSAGE\na:\xff\n\n\0'],
    ['a BOM', 'MESSAGE\na:\xef\xbb\xbfb\n\n\0'],
  ] as const) {
    for (const spoken of ['1.0', '1.1', '1.2'] as const) {
      test(`${what} in ${spoken}, whole and byte by byte`, () => {
        const whole = assertSame([bytes(text)], spoken);
        const single = [...bytes(text)].map((byte) => new Uint8Array([byte]));
        assert.equal(assertSame(single, spoken).error, whole.error);
      });
    }
  }

  for (const [limits, code] of [
    [{ maxBodyBytes: 2 }, 'STOMP_FRAME_BODY_TOO_LARGE'],
    [{ maxFrameBytes: 23 }, 'STOMP_FRAME_TOO_LARGE'],
    [{ maxFrameBytes: 10 }, 'STOMP_FRAME_TOO_LARGE'],
  ] as const) {
    test(`${JSON.stringify(limits)} ends with ${code}`, () => {
      for (const length of ['', 'content-length:4\n']) {
        const text = `MESSAGE\nab:cd\nef:gh\n${length}\nbody\0`;
        assert.equal(assertSame([bytes(text)], '1.2', limits).error, code);
      }
    });
  }

  test('knows whether it is in the middle of a frame', () => {
    const decoder = new WebFrameDecoder();
    decoder.push(bytes('\n'));
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.isMidFrame, false);
    decoder.push(bytes('MESS'));
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.isMidFrame, true);
    decoder.push(bytes('AGE\n\n\0'));
    assert.equal(decoder.next()?.command, 'MESSAGE');
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.isMidFrame, false);
  });
});
