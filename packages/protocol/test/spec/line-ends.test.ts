/** STOMP 1.2, "STOMP Frames": line ends of each version, and what may stand between frames. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameDecoder } from '@stompbox/protocol';
import { bytes, read, readChunks, readHeaders, singleBytes } from '../support/read-frames.js';

describe('carriage returns', () => {
  const crlf = 'SEND\r\ndestination:/queue/a\r\n\r\nbody^@';

  test('1.2 lines may end with CRLF', () => {
    const { frames } = read(crlf, '1.2');
    assert.deepEqual(frames, [
      { command: 'SEND', headers: [['destination', '/queue/a']], body: 'body' },
    ]);
  });

  test('1.2 strips one CR only', () => {
    assert.deepEqual(readHeaders('SEND\na:b\r\r\n\n^@', '1.2'), { a: 'b\r' });
  });

  test('1.1 lines end with LF alone: a CR before it belongs to the value', () => {
    const { frames } = read(crlf, '1.1');
    assert.deepEqual(frames, [
      { command: 'SEND', headers: [['destination', '/queue/a\r']], body: 'body' },
    ]);
  });

  test('1.0 values are trimmed, so a CR before the line feed goes too', () => {
    assert.deepEqual(readHeaders(crlf, '1.0'), { destination: '/queue/a' });
  });

  test('a CR in the middle of a value is kept', () => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      assert.deepEqual(readHeaders('SEND\na:b\rc\n\n^@', version), { a: 'b\rc' });
    }
  });

  test('CONNECT typed in telnet works before any version is agreed', () => {
    const decoder = new FrameDecoder();
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      decoder.version = version;
      decoder.push(bytes('CONNECT\r\naccept-version:1.1,1.2\r\nhost:a\r\n\r\n^@\r\n'));
      const frame = decoder.next();
      assert.equal(frame?.command, 'CONNECT');
      assert.deepEqual(
        { ...frame?.headers.toObject() },
        { 'accept-version': '1.1,1.2', host: 'a' },
      );
    }
  });

  test('a frame typed in telnet one byte at a time is the same frame', () => {
    const { frames } = readChunks(singleBytes(bytes(crlf)), '1.2');
    assert.deepEqual(frames, read(crlf, '1.2').frames);
  });
});

describe('spaces', () => {
  test('1.0 trims values and not names', () => {
    assert.deepEqual(readHeaders('SEND\n a :  b \n\n^@', '1.0'), { ' a ': 'b' });
  });

  test('1.1 and 1.2 keep every space', () => {
    for (const version of ['1.1', '1.2'] as const) {
      assert.deepEqual(readHeaders('SEND\n a :  b \n\n^@', version), { ' a ': '  b ' });
    }
  });

  test('CONNECT and STOMP are trimmed as in 1.0, whatever version comes of them', () => {
    for (const command of ['CONNECT', 'STOMP']) {
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        assert.deepEqual(readHeaders(`${command}\nlogin: me \nhost:a\\nb\r\n\n^@`, version), {
          login: 'me',
          host: 'a\\nb',
        });
      }
    }
  });

  test('commands are not trimmed', () => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      assert.equal(read(' SEND\n\n^@', version).error, 'STOMP_FRAME_UNKNOWN_COMMAND');
      assert.equal(read('SEND \n\n^@', version).error, 'STOMP_FRAME_UNKNOWN_COMMAND');
    }
  });
});

describe('between frames', () => {
  const commands = (text: string) => read(text, '1.2').frames.map((frame) => frame.command);

  test('any number of line ends is skipped', () => {
    assert.deepEqual(commands('\n\r\n\nBEGIN\n\n^@\n\n\r\n\r\nCOMMIT\n\n^@\n'), [
      'BEGIN',
      'COMMIT',
    ]);
  });

  test('no line end is needed', () => {
    assert.deepEqual(commands('BEGIN\n\n^@COMMIT\n\n^@'), ['BEGIN', 'COMMIT']);
  });

  test('repeated NULs are skipped, as ActiveMQ does', () => {
    assert.deepEqual(commands('BEGIN\n\n^@^@\n^@COMMIT\n\n^@'), ['BEGIN', 'COMMIT']);
  });

  test('heart-beats alone make no frame', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('\n\n\r\n'));
    assert.equal(decoder.next(), undefined);
    assert.equal(decoder.isMidFrame, false);
  });

  test('a frame that has begun says so until it is complete', () => {
    const decoder = new FrameDecoder();
    for (const part of ['\nSEN', 'D\ncontent-length:3\n\n', 'abc']) {
      decoder.push(bytes(part));
      assert.equal(decoder.next(), undefined);
      assert.equal(decoder.isMidFrame, true);
    }
    decoder.push(bytes('^@'));
    assert.equal(decoder.next()?.command, 'SEND');
    assert.equal(decoder.isMidFrame, false);
  });
});
