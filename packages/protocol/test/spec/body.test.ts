/** STOMP 1.2, "Body" and "Standard Headers: content-length". */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFrame, FrameDecoder } from '@stompbox/protocol';
import { bytes, read, readChunks, shown, singleBytes } from '../support/read-frames.js';

const bodies = (text: string) => read(text, '1.2').frames.map((frame) => frame.body);
const failure = (text: string) => read(text, '1.2').error;

describe('a body without content-length', () => {
  test('ends at the first NUL', () => {
    assert.deepEqual(bodies('SEND\n\none^@SEND\n\ntwo\n^@'), ['one', 'two\n']);
  });

  test('may be empty', () => {
    assert.deepEqual(bodies('SEND\n\n^@'), ['']);
  });

  test('may hold what looks like a head', () => {
    assert.deepEqual(bodies('SEND\n\n\nSEND\na:b\n\n^@'), ['\nSEND\na:b\n\n']);
  });
});

describe('a body with content-length', () => {
  test('may hold NUL', () => {
    assert.deepEqual(bodies('SEND\ncontent-length:3\n\na^@b^@SEND\n\nc^@'), ['a\0b', 'c']);
  });

  test('may be empty', () => {
    assert.deepEqual(bodies('SEND\ncontent-length:0\n\n^@SEND\n\nc^@'), ['', 'c']);
  });

  test('counts bytes, not characters', () => {
    const { frames } = read('SEND\ncontent-length:4\n\n🐇^@', '1.2');
    assert.equal(Buffer.from(frames[0]?.body ?? '', 'latin1').toString('utf8'), '🐇');
  });

  test('spaces around the number are tolerated in every version', () => {
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const { frames } = read('SEND\ncontent-length: 3 \n\na^@b^@', version);
      assert.equal(frames[0]?.body, 'a\0b', version);
    }
  });

  test('the first of two content-lengths counts', () => {
    assert.deepEqual(bodies('SEND\ncontent-length:3\ncontent-length:1\n\na^@b^@'), ['a\0b']);
    assert.deepEqual(bodies('SEND\ncontent-length:3\ncontent-length:x\n\na^@b^@'), ['a\0b']);
  });

  test('a body longer than announced is fatal', () => {
    assert.equal(failure('SEND\ncontent-length:2\n\nabc^@'), 'STOMP_FRAME_MISSING_NUL');
    assert.equal(failure('SEND\ncontent-length:0\n\nabc^@'), 'STOMP_FRAME_MISSING_NUL');
  });

  test('a body shorter than announced waits for more', () => {
    const { frames, error } = read('SEND\ncontent-length:4\n\nabc^@', '1.2');
    assert.deepEqual(frames, []);
    assert.equal(error, undefined);
  });

  for (const value of ['-1', '+1', '1.5', '1e3', '0x10', 'abc', '', ' ', '1 2', '9'.repeat(16)]) {
    test(`content-length "${value}" is fatal`, () => {
      const code = 'STOMP_FRAME_BAD_CONTENT_LENGTH';
      assert.equal(failure(`SEND\ncontent-length:${value}\n\na^@`), code);
    });
  }

  test('frames that have no body do not honour it', () => {
    const text = 'ACK\nid:1\ncontent-length:8511\n\n^@RECEIPT\ncontent-length:5\n\n^@';
    const { frames, error } = read(text, '1.2');
    assert.deepEqual(
      frames.map((frame) => frame.command),
      ['ACK', 'RECEIPT'],
    );
    assert.equal(error, undefined);
  });
});

describe('writing a body', () => {
  test('with NUL needs a content-length', () => {
    const body = bytes('a^@b');
    assert.throws(() => encodeFrame({ command: 'SEND', headers: [], body }, '1.2'), {
      code: 'STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH',
    });
    const headers = [['content-length', '3']] as const;
    assert.equal(
      shown(encodeFrame({ command: 'SEND', headers, body }, '1.2')),
      'SEND\ncontent-length:3\n\na^@b^@\n',
    );
  });

  test('adds no header of its own', () => {
    const frame = { command: 'SEND', headers: [['a', 'b']], body: bytes('text') } as const;
    assert.equal(shown(encodeFrame(frame, '1.2')), 'SEND\na:b\n\ntext^@\n');
  });

  test('of any size copies it once, unchanged', () => {
    const body = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    const headers = [['content-length', String(body.length)]] as const;
    const encoded = encodeFrame({ command: 'SEND', headers, body }, '1.2');
    const decoder = new FrameDecoder();
    decoder.push(encoded);
    assert.deepEqual(Buffer.from(decoder.next()?.body ?? []), Buffer.from(body));
  });
});

describe('the memory of a body', () => {
  test('a body within one chunk is a view of that chunk', () => {
    for (const text of ['SEND\n\nhello^@', 'SEND\ncontent-length:5\n\nhello^@']) {
      const chunk = bytes(text);
      const decoder = new FrameDecoder();
      decoder.push(chunk);
      const body = decoder.next()?.body;
      assert.equal(body?.buffer, chunk.buffer);
      assert.equal(body?.length, 5);
    }
  });

  test('a body whose head came earlier is a view of its own chunk', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('SEND\ncontent-length:5\n\n'));
    assert.equal(decoder.next(), undefined);
    const chunk = bytes('hello^@');
    decoder.push(chunk);
    assert.equal(decoder.next()?.body.buffer, chunk.buffer);
  });

  test('bodies handed out stay as they were while the stream goes on', () => {
    const decoder = new FrameDecoder();
    const taken: Uint8Array[] = [];
    for (const chunk of singleBytes(bytes('SEND\n\none^@SEND\n\ntwo^@SEND\n\nthree^@'))) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) taken.push(frame.body);
    }
    assert.deepEqual(
      taken.map((body) => shown(body)),
      ['one', 'two', 'three'],
    );
  });

  test('chunks pushed before any is read are read in order', () => {
    const decoder = new FrameDecoder();
    for (const text of ['SE', 'ND\n\non', 'e^@', 'SEND\n\ntwo', '^@BEGIN\n\n^@']) {
      decoder.push(bytes(text));
    }
    assert.equal(shown(decoder.next()?.body ?? bytes('')), 'one');
    assert.equal(shown(decoder.next()?.body ?? bytes('')), 'two');
    assert.equal(decoder.next()?.command, 'BEGIN');
    assert.equal(decoder.next(), undefined);
  });

  test('large and small parts of one body keep their order', () => {
    const parts = [1, 5000, 3, 4096, 20_000, 2, 16_383, 4095, 4095, 4095, 4095, 4095, 1];
    let next = 0;
    const chunks = parts.map((size) => Uint8Array.from({ length: size }, () => 1 + (next++ % 250)));
    const total = parts.reduce((sum, size) => sum + size, 0);
    for (const head of ['SEND\n\n', `SEND\ncontent-length:${total}\n\n`]) {
      const { frames } = readChunks([bytes(head), ...chunks, bytes('^@')], '1.2');
      assert.equal(frames[0]?.body, Buffer.concat(chunks).toString('latin1'));
    }
  });
});
