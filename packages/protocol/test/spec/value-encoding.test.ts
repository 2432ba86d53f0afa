/** STOMP 1.2, "Value Encoding", and what 1.1 and 1.0 say instead. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFrame, FrameDecoder, FrameHeaders, type StompVersion } from '@stompbox/protocol';
import { bytes, read, readChunks, readHeaders, shown } from '../support/read-frames.js';

const send = (line: string) => `SEND\n${line}\n\n^@`;

function encodeHeader(name: string, value: string, version: StompVersion, command = 'SEND') {
  return shown(
    encodeFrame({ command: command as 'SEND', headers: [[name, value]] }, version),
  ).split('\n')[1];
}

describe('reading escapes', () => {
  test('1.2 knows backslash n, r, c and backslash', () => {
    assert.deepEqual(readHeaders(send('a:1\\n2\\r3\\c4\\\\5'), '1.2'), { a: '1\n2\r3:4\\5' });
  });

  test('1.1 knows backslash n, c and backslash', () => {
    assert.deepEqual(readHeaders(send('a:1\\n2\\c3\\\\4'), '1.1'), { a: '1\n2:3\\4' });
  });

  test('1.0 knows none', () => {
    assert.deepEqual(readHeaders(send('a:1\\n2\\c3\\\\4\\t'), '1.0'), { a: '1\\n2\\c3\\\\4\\t' });
  });

  test('names are escaped as values are', () => {
    assert.deepEqual(readHeaders(send('a\\cb\\\\:1'), '1.2'), { 'a:b\\': '1' });
  });

  test('sequences are read from left to right: an escaped backslash escapes nothing', () => {
    assert.deepEqual(readHeaders(send('a:\\\\n\\\\\\n'), '1.2'), { a: '\\n\\\n' });
  });

  for (const [version, sequence] of [
    ['1.2', '\\t'],
    ['1.2', '\\N'],
    ['1.2', '\\0'],
    ['1.2', '\\'],
    ['1.1', '\\r'],
    ['1.1', '\\t'],
    ['1.1', '\\'],
  ] as const) {
    test(`${sequence} is fatal in ${version}, in a value and in a name`, () => {
      assert.equal(read(send(`a:x${sequence}`), version).error, 'STOMP_FRAME_BAD_ESCAPE');
      assert.equal(read(send(`a${sequence}:x`), version).error, 'STOMP_FRAME_BAD_ESCAPE');
    });
  }

  test('a reader may ask to keep undefined sequences as they are', () => {
    const decoder = new FrameDecoder({}, { undefinedEscapes: 'keep' });
    const headersOf = (line: string, version: StompVersion) => {
      decoder.version = version;
      decoder.push(bytes(send(line)));
      return { ...decoder.next()?.headers.toObject() };
    };
    assert.deepEqual(headersOf('a\\b:C:\\temp\\new\\', '1.2'), { 'a\\b': 'C:\\temp\new\\' });
    assert.deepEqual(headersOf('a:1\\r2\\\\3', '1.1'), { a: '1\\r2\\3' });
  });

  test('a colon in a value needs no escape', () => {
    assert.deepEqual(readHeaders(send('destination:/queue/a:b:'), '1.2'), {
      destination: '/queue/a:b:',
    });
  });
});

describe('writing escapes', () => {
  const value = 'a\\b\nc\rd:e';

  test('1.2 escapes backslash, LF, CR and colon', () => {
    assert.equal(encodeHeader('n', value, '1.2'), 'n:a\\\\b\\nc\\rd\\ce');
    assert.equal(encodeHeader('n:m', 'x', '1.2'), 'n\\cm:x');
  });

  test('1.1 has no sequence for CR and lets it travel', () => {
    assert.equal(encodeHeader('n', value, '1.1'), 'n:a\\\\b\\nc\rd\\ce');
  });

  test('1.0 writes what would break a line as later versions do, and nothing else', () => {
    assert.equal(encodeHeader('n', value, '1.0'), 'n:a\\b\\nc\\rd:e');
    assert.equal(encodeHeader('n:m\n', 'x', '1.0'), 'n\\cm\\n:x');
  });

  for (const version of ['1.0', '1.1', '1.2'] as const) {
    test(`no value can add a header line or end the head in ${version}`, () => {
      const encoded = encodeFrame(
        { command: 'SEND', headers: [['a', 'x\nadmin:true\n\nbody']], body: bytes('y') },
        version,
      );
      const { frames } = read(Buffer.from(encoded).toString('latin1'), version);
      assert.equal(frames[0]?.headers.length, 1);
      assert.equal(frames[0]?.body, 'y');
    });
  }

  test('NUL in a header cannot be written', () => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      assert.throws(() => encodeHeader('a', 'x\0', version), { code: 'STOMP_FRAME_NUL_IN_HEADER' });
      assert.throws(() => encodeHeader('a\0', 'x', version), { code: 'STOMP_FRAME_NUL_IN_HEADER' });
    }
  });

  test('an empty name cannot be written', () => {
    assert.throws(() => encodeHeader('', 'x', '1.2'), { code: 'STOMP_FRAME_EMPTY_HEADER_NAME' });
  });
});

describe('CONNECT, STOMP and CONNECTED', () => {
  for (const command of ['CONNECT', 'STOMP', 'CONNECTED'] as const) {
    test(`${command} is read without escapes in every version`, () => {
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        assert.deepEqual(readHeaders(`${command}\nlogin:a\\cb\\t\n\n^@`, version), {
          login: 'a\\cb\\t',
        });
      }
    });

    test(`${command} is written without escapes in every version`, () => {
      for (const version of ['1.0', '1.1', '1.2'] as const) {
        assert.equal(encodeHeader('passcode', 'a:b\\c', version, command), 'passcode:a:b\\c');
      }
    });
  }

  test('a line feed in a login cannot smuggle in a header', () => {
    const encoded = encodeFrame(
      { command: 'CONNECT', headers: FrameHeaders.from({ login: 'a\nadmin:true' }) },
      '1.2',
    );
    assert.equal(shown(encoded), 'CONNECT\nlogin:a\\nadmin:true\n\n^@\n');
  });
});

describe('UTF-8', () => {
  test('names and values may hold any character', () => {
    assert.deepEqual(readHeaders(send('grüße:日本 🐇'), '1.2'), { grüße: '日本 🐇' });
  });

  test('invalid UTF-8 in a header is fatal', () => {
    for (const broken of ['\xff', '\xc3', '\xc0\x80', '\xed\xa0\x80', '\xf0\x9f\x90']) {
      const stream = Buffer.from(`SEND\na:${broken}\n\n\0`, 'latin1');
      const { error } = readChunks([stream], '1.2');
      assert.equal(error, 'STOMP_FRAME_BAD_UTF8', JSON.stringify(broken));
    }
  });

  test('a byte order mark is a character like any other', () => {
    assert.deepEqual(readHeaders(send('a:\ufeffb'), '1.2'), { a: '\ufeffb' });
  });

  test('a body may be any bytes', () => {
    const { frames } = readChunks([Buffer.from('SEND\n\n\xff\xfe\0', 'latin1')], '1.2');
    assert.equal(frames[0]?.body, '\xff\xfe');
  });
});
