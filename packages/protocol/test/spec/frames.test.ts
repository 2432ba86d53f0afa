/** STOMP 1.2, "STOMP Frames" and "Repeated Header Entries": commands, header lines and their order. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLIENT_COMMANDS, FrameDecoder, SERVER_COMMANDS } from '@stompbox/protocol';
import { bytes, read, readHeaders } from '../support/read-frames.js';

describe('commands', () => {
  for (const command of [...CLIENT_COMMANDS, ...SERVER_COMMANDS]) {
    test(`${command} is a frame`, () => {
      assert.deepEqual(read(`${command}\n\n^@`, '1.2').frames, [
        { command, headers: [], body: '' },
      ]);
    });
  }

  for (const command of ['SENDX', 'SEN', 'send', 'UNSUB', 'X', 'HTTP/1.1 200 OK', '__proto__']) {
    test(`${command} is none`, () => {
      const { frames, error } = read(`${command}\n\n^@`, '1.2');
      assert.deepEqual(frames, []);
      assert.equal(error, 'STOMP_FRAME_UNKNOWN_COMMAND');
    });
  }

  test('the error repeats a shortened, printable part of an unknown command', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes(`\x1b[31m${'x'.repeat(200)}\n\n^@`));
    assert.throws(() => decoder.next(), {
      message: `Unknown STOMP command "?[31m${'x'.repeat(55)}…"`,
    });
  });
});

describe('header lines', () => {
  test('a line without colon is fatal', () => {
    assert.equal(read('SEND\ndestination\n\n^@', '1.2').error, 'STOMP_FRAME_HEADER_WITHOUT_COLON');
    assert.equal(read('SEND\nx\na:b\n\n^@', '1.2').error, 'STOMP_FRAME_HEADER_WITHOUT_COLON');
    assert.equal(read('SEND\na:b\nx\n\nc:d^@', '1.2').error, 'STOMP_FRAME_HEADER_WITHOUT_COLON');
  });

  test('an empty name is fatal', () => {
    assert.equal(read('SEND\n:x\n\n^@', '1.2').error, 'STOMP_FRAME_EMPTY_HEADER_NAME');
  });

  test('an empty value is a value', () => {
    assert.deepEqual(readHeaders('SEND\na:\n\n^@', '1.2'), { a: '' });
  });

  test('NUL before the empty line is fatal', () => {
    assert.equal(read('SEND\na:b\n^@', '1.2').error, 'STOMP_FRAME_NUL_IN_HEADER');
    assert.equal(read('SEND^@', '1.2').error, 'STOMP_FRAME_NUL_IN_HEADER');
  });

  test('of repeated headers the first one is the value, and all stay readable in order', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('MESSAGE\nfoo:World\nbar:1\nfoo:Hello\n\n^@'));
    const headers = decoder.next()?.headers;
    assert.equal(headers?.get('foo'), 'World');
    assert.deepEqual(headers?.getAll('foo'), ['World', 'Hello']);
    assert.deepEqual(
      [...(headers ?? [])],
      [
        ['foo', 'World'],
        ['bar', '1'],
        ['foo', 'Hello'],
      ],
    );
  });

  test('names of object members are ordinary headers', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('SEND\n__proto__:x\nconstructor:y\ntoString:z\n\n^@'));
    const headers = decoder.next()?.headers;
    assert.equal(headers?.get('__proto__'), 'x');
    assert.equal(headers?.get('hasOwnProperty'), undefined);
    assert.equal(headers?.has('valueOf'), false);
    assert.deepEqual(Object.entries(headers?.toObject() ?? {}), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ]);
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });
});

describe('after an error', () => {
  test('the same error is thrown for ever and nothing more is read', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('BEGIN\n\n^@NONSENSE\n\n^@COMMIT\n\n^@'));
    assert.equal(decoder.next()?.command, 'BEGIN');
    const failure = captured(() => decoder.next());
    assert.equal(failure.name, 'FrameError');
    decoder.push(bytes('COMMIT\n\n^@'));
    assert.equal(
      captured(() => decoder.next()),
      failure,
    );
    assert.equal(decoder.isMidFrame, false);
  });
});

test('a broken line of CONNECT is not in the error, for it may be the passcode', () => {
  for (const command of ['CONNECT', 'STOMP']) {
    const decoder = new FrameDecoder();
    decoder.push(bytes(`${command}\nlogin:a\npasscode secret\n\n^@`));
    const { message } = captured(() => decoder.next());
    assert.equal(message, 'The header line "…" has no colon');
  }
});

describe('the version', () => {
  test('may change between two frames of one chunk', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('CONNECT\naccept-version:1.2\n\n^@SEND\na: \\c\r\n\n^@SEND\na: \\c\n\n^@'));
    assert.equal(decoder.next()?.command, 'CONNECT');
    decoder.version = '1.2';
    assert.equal(decoder.next()?.headers.get('a'), ' :');
    decoder.version = '1.0';
    assert.equal(decoder.next()?.headers.get('a'), '\\c');
  });
});

function captured(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('Nothing was thrown');
}
