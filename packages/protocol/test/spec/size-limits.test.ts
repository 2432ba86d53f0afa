/** STOMP 1.2, "Size Limits": each limit at its edge, and before the bytes beyond it are kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_LIMITS, FrameDecoder, resolveFrameLimits } from '@stompbox/protocol';
import { bytes, read, readChunks, singleBytes } from '../support/read-frames.js';

const limits = {
  maxCommandBytes: 9,
  maxHeaderLineBytes: 10,
  maxHeaders: 3,
  maxBodyBytes: 20,
  maxFrameBytes: 50,
};

/** What ends the stream, in one chunk and byte by byte: both must agree. */
function failure(text: string): string | undefined {
  const whole = read(text, '1.2', limits);
  const single = readChunks(singleBytes(bytes(text)), '1.2', limits);
  assert.deepEqual(single, whole);
  return whole.error;
}

describe('at the edge', () => {
  test('the command line', () => {
    assert.equal(failure('CONNECTED\n\n^@'), undefined);
    assert.equal(failure('CONNECTEDX'), 'STOMP_FRAME_COMMAND_TOO_LONG');
  });

  test('a header line, with its colon and a CR', () => {
    assert.equal(failure('SEND\nname:12345\n\n^@'), undefined);
    assert.equal(failure('SEND\nname:1234\r\n\n^@'), undefined);
    assert.equal(failure('SEND\nname:123456'), 'STOMP_FRAME_HEADER_TOO_LONG');
    assert.equal(failure('SEND\na:b\nname:123456\n'), 'STOMP_FRAME_HEADER_TOO_LONG');
  });

  test('the number of header lines, repeated ones included', () => {
    assert.equal(failure('SEND\na:1\na:2\na:3\n\n^@'), undefined);
    assert.equal(failure('SEND\r\na:1\r\na:2\r\na:3\r\n\r\n^@'), undefined);
    assert.equal(failure('SEND\na:1\na:2\na:3\na'), 'STOMP_FRAME_TOO_MANY_HEADERS');
    assert.equal(failure('SEND\na:1\na:2\na:3\n\rb'), 'STOMP_FRAME_TOO_MANY_HEADERS');
  });

  test('a body with content-length, as soon as it is announced', () => {
    const roomy = { ...limits, maxHeaderLineBytes: 17 };
    const announced = (length: number) => `SEND\ncontent-length:${length}\n\n`;
    assert.equal(read(`${announced(20)}${'x'.repeat(20)}^@`, '1.2', roomy).error, undefined);
    assert.equal(read(announced(21), '1.2', roomy).error, 'STOMP_FRAME_BODY_TOO_LARGE');
  });

  test('the frame with content-length, as soon as it is announced', () => {
    const roomy = { ...limits, maxHeaderLineBytes: 17, maxFrameBytes: 43 };
    const announced = (length: number) => `SEND\ncontent-length:${length}\n\n`;
    assert.equal(announced(19).length, 24);
    assert.equal(read(announced(19), '1.2', roomy).error, undefined);
    assert.equal(read(announced(20), '1.2', roomy).error, 'STOMP_FRAME_TOO_LARGE');
  });

  test('a body without content-length, with its 21st byte', () => {
    assert.equal(failure(`SEND\n\n${'x'.repeat(20)}^@`), undefined);
    assert.equal(failure(`SEND\n\n${'x'.repeat(21)}`), 'STOMP_FRAME_BODY_TOO_LARGE');
    assert.equal(failure(`ACK\n\n${'x'.repeat(21)}`), 'STOMP_FRAME_BODY_TOO_LARGE');
  });

  test('the frame: head, empty line and body', () => {
    const head = `SEND\n${'name:12345\n'.repeat(2)}name:12\n\n`;
    assert.equal(head.length, 36);
    assert.equal(failure(`${head}${'x'.repeat(14)}^@`), undefined);
    assert.equal(failure(`${head}${'x'.repeat(15)}`), 'STOMP_FRAME_TOO_LARGE');
  });

  test('the frame when its head alone is too large', () => {
    const small = { ...limits, maxFrameBytes: 12 };
    assert.equal(read('SEND\nname:1\n', '1.2', small).error, undefined);
    assert.equal(read('SEND\nname:1\n\n', '1.2', small).error, 'STOMP_FRAME_TOO_LARGE');
    assert.equal(read('SEND\nname:1\nab', '1.2', small).error, 'STOMP_FRAME_TOO_LARGE');
  });

  test('each frame is measured on its own', () => {
    const frame = `SEND\na:1\nb:2\nc:3\n\n${'x'.repeat(20)}^@\n`;
    assert.equal(failure(frame.repeat(5)), undefined);
  });
});

describe('by default', () => {
  test('the limits are those of ActiveMQ', () => {
    assert.deepEqual(DEFAULT_LIMITS, {
      maxCommandBytes: 1024,
      maxHeaderLineBytes: 10_240,
      maxHeaders: 1000,
      maxBodyBytes: 104_857_600,
      maxFrameBytes: 105_906_176,
    });
  });

  test('an announced body over the default limit is refused before it comes', () => {
    const head = (length: number) => `SEND\ncontent-length:${length}\n\n`;
    assert.equal(read(head(104_857_600), '1.2').error, undefined);
    assert.equal(read(head(104_857_601), '1.2').error, 'STOMP_FRAME_BODY_TOO_LARGE');
  });
});

describe('limits as options', () => {
  test('what is left out or undefined has its default', () => {
    const given = { maxHeaders: 5, maxBodyBytes: undefined } as { maxHeaders: number };
    assert.deepEqual(resolveFrameLimits(given), { ...DEFAULT_LIMITS, maxHeaders: 5 });
    assert.deepEqual(resolveFrameLimits(), DEFAULT_LIMITS);
  });

  for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    test(`${typeof value} ${value} is refused by name`, () => {
      assert.throws(() => new FrameDecoder({ maxHeaders: value }), {
        name: 'OptionsError',
        code: 'STOMP_OPT_INVALID',
        message: `The limit maxHeaders is ${value}: give a whole number of at least 0`,
      });
    });
  }

  test('an unknown limit is refused', () => {
    assert.throws(() => resolveFrameLimits({ maxFrames: 1 } as object), {
      code: 'STOMP_OPT_UNKNOWN',
      message: /^Unknown limit "maxFrames": use one of maxCommandBytes, /,
    });
  });
});
