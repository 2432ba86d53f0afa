/** What a peer can make a decoder hold: never more than its limits, whatever it announces. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import { FrameDecoder, FrameError, type FrameLimits, type StreamedFrame } from '@stompbox/protocol';
import { bytes } from '../support/read-frames.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Feeds the same chunk until the decoder refuses: how many bytes it took, and why it stopped. */
function feed(limits: Partial<FrameLimits>, head: string, chunk: Uint8Array) {
  const decoder = new FrameDecoder(limits);
  decoder.push(bytes(head));
  assert.equal(decoder.next(), undefined);
  for (let fed = chunk.length; fed < 5 * MIB; fed += chunk.length) {
    // A copy each time, as sockets give: what the decoder keeps is then really kept.
    decoder.push(chunk.slice());
    try {
      assert.equal(decoder.next(), undefined);
    } catch (error) {
      if (error instanceof FrameError) return { fed, code: error.code };
      throw error;
    }
  }
  throw new Error('The decoder took 5 MiB');
}

/** Bytes in use after a full garbage collection; the second one waits for what the first one frees. */
function memoryInUse(): number {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc');
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('an endless head', () => {
  test('of header lines stops at the number of headers', () => {
    const { fed, code } = feed({ maxHeaders: 10 }, 'SEND\n', bytes('name:value\n'));
    assert.equal(code, 'STOMP_FRAME_TOO_MANY_HEADERS');
    assert.equal(fed, 11 * 'name:value\n'.length);
  });

  test('of one header line stops at the length of a line', () => {
    const { fed, code } = feed({ maxHeaderLineBytes: 100 }, 'SEND\n', bytes('x'));
    assert.equal(code, 'STOMP_FRAME_HEADER_TOO_LONG');
    assert.equal(fed, 101);
  });

  test('of a command stops at the length of a command', () => {
    const { fed, code } = feed({ maxCommandBytes: 20 }, 'S', bytes('x'));
    assert.equal(code, 'STOMP_FRAME_COMMAND_TOO_LONG');
    assert.equal(fed, 20);
  });

  test('of long header lines stops at the size of a frame', () => {
    const line = bytes(`name:${'x'.repeat(994)}\n`);
    const { fed, code } = feed({ maxFrameBytes: 50 * KIB }, 'SEND\n', line);
    assert.equal(code, 'STOMP_FRAME_TOO_LARGE');
    assert.equal(fed, 52_000);
  });

  test('in one chunk of 5 MiB leaves nothing of the chunk behind', () => {
    const decoder = new FrameDecoder({ maxHeaders: 10 });
    decoder.push(bytes(`SEND\n${'name:value\n'.repeat(500_000)}`));
    assert.throws(() => decoder.next(), { code: 'STOMP_FRAME_TOO_MANY_HEADERS' });
    assert.equal(decoder.isMidFrame, false);
    decoder.push(bytes('BEGIN\n\n^@'));
    assert.throws(() => decoder.next(), { code: 'STOMP_FRAME_TOO_MANY_HEADERS' });
  });
});

describe('an endless body', () => {
  test('without content-length stops at the size of a body', () => {
    const chunk = new Uint8Array(KIB).fill(120);
    const { fed, code } = feed({ maxBodyBytes: 10 * KIB }, 'SEND\n\n', chunk);
    assert.equal(code, 'STOMP_FRAME_BODY_TOO_LARGE');
    assert.equal(fed, 11 * KIB);
  });
});

describe('memory', () => {
  test('an announced body of 100 MiB allocates nothing until it comes', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 20 }, () => {
      const decoder = new FrameDecoder();
      decoder.push(bytes('SEND\ncontent-length:104857600\n\nfirst bytes'));
      assert.equal(decoder.next(), undefined);
      return decoder;
    });
    const after = process.memoryUsage().arrayBuffers;
    assert.ok(after - before < MIB, `${after - before} bytes for 20 announcements`);
    assert.ok(decoders.every((decoder) => decoder.isMidFrame));
  });

  test('a body of 1 MiB in single bytes costs little more than 1 MiB', () => {
    const decoder = new FrameDecoder();
    decoder.push(bytes('SEND\n\n'));
    assert.equal(decoder.next(), undefined);
    const before = memoryInUse();
    for (let count = 0; count < MIB; count++) {
      decoder.push(Uint8Array.of(120));
      decoder.next();
    }
    const grown = memoryInUse() - before;
    assert.ok(grown < 2 * MIB, `${grown} bytes kept`);
    decoder.push(bytes('^@'));
    assert.equal(decoder.next()?.body.length, MIB);
  });

  test('a body of 20 MiB that is taken in parts is not held', () => {
    const options = { streamBodiesOverBytes: MIB };
    const decoder = new FrameDecoder<StreamedFrame>({ maxBodyBytes: MIB }, options);
    decoder.push(bytes(`SEND\ncontent-length:${20 * MIB}\n\n`));
    assert.equal(decoder.next()?.body, undefined);
    const before = memoryInUse();
    let taken = 0;
    for (let count = 0; count < 320; count++) {
      decoder.push(new Uint8Array(64 * KIB).fill(120));
      taken += decoder.nextPart()?.length ?? 0;
    }
    const grown = memoryInUse() - before;
    assert.equal(taken, 20 * MIB);
    assert.ok(grown < MIB, `${grown} bytes kept`);
  });

  test('a head in single bytes takes time in proportion to its length', () => {
    const decoder = new FrameDecoder();
    const head = bytes(`SEND\n${`name:${'x'.repeat(1000)}\n`.repeat(900)}\n^@`);
    for (const byte of head) {
      decoder.push(Uint8Array.of(byte));
      const frame = decoder.next();
      if (frame) assert.equal(frame.headers.size, 900);
    }
    assert.equal(decoder.isMidFrame, false);
  });
});
