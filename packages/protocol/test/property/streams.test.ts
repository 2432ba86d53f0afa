/** Properties of any stream of frames. fast-check prints the seed of a failure. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EncodableFrame, encodeFrame, type StompVersion } from '@stompbox/protocol';
import fc from 'fast-check';
import { readChunks, singleBytes } from '../support/read-frames.js';
import { referenceRead } from '../support/reference-decoder.js';
import { anyVersion, cut, frameOf, nearlyFrames, spoiled } from './arbitraries.js';

interface Stream {
  readonly version: StompVersion;
  readonly frames: readonly EncodableFrame[];
  readonly bytes: Uint8Array;
}

const anyStream: fc.Arbitrary<Stream> = anyVersion.chain((version) =>
  fc.array(frameOf(version), { maxLength: 4 }).map((frames) => ({
    version,
    frames,
    bytes: Buffer.concat(frames.map((frame) => encodeFrame(frame, version))),
  })),
);

const plain = (frame: EncodableFrame) => ({
  command: frame.command as string,
  headers: [...frame.headers],
  body: Buffer.from(frame.body ?? []).toString('latin1'),
});

/** Streams that a peer might send by mistake or in malice. */
const hostileStream: fc.Arbitrary<{ version: StompVersion; bytes: Uint8Array }> = fc.oneof(
  fc.record({ version: anyVersion, bytes: nearlyFrames }),
  fc.record({ version: anyVersion, bytes: fc.uint8Array({ maxLength: 200 }) }),
  anyStream.chain(({ version, bytes }) =>
    spoiled(bytes).map((spoilt) => ({ version, bytes: spoilt })),
  ),
);

describe('any stream of frames', () => {
  test('what is encoded is decoded to the same frames, in every version', () => {
    fc.assert(
      fc.property(anyStream, ({ version, frames, bytes }) => {
        const result = readChunks([bytes], version);
        assert.deepEqual(result, { frames: frames.map(plain), error: undefined });
      }),
      { numRuns: 1000 },
    );
  });

  test('however it is cut into chunks, the same frames are decoded', () => {
    const cutStream = anyStream.chain(({ version, frames, bytes }) =>
      cut(bytes).map((chunks) => ({ version, frames, chunks })),
    );
    fc.assert(
      fc.property(cutStream, ({ version, frames, chunks }) => {
        const result = readChunks(chunks, version);
        assert.deepEqual(result, { frames: frames.map(plain), error: undefined });
      }),
      { numRuns: 1000 },
    );
  });

  test('byte by byte the same frames are decoded', () => {
    fc.assert(
      fc.property(anyStream, ({ version, frames, bytes }) => {
        const result = readChunks(singleBytes(bytes), version);
        assert.deepEqual(result, { frames: frames.map(plain), error: undefined });
      }),
    );
  });

  test('the slow reference decoder reads the same frames', () => {
    fc.assert(
      fc.property(anyStream, ({ version, bytes }) => {
        assert.deepEqual(readChunks([bytes], version), referenceRead(bytes, version));
      }),
      { numRuns: 500 },
    );
  });
});

describe('any bytes at all', () => {
  test('end in frames and at most one FrameError, as in the reference decoder', () => {
    fc.assert(
      fc.property(hostileStream, ({ version, bytes }) => {
        assert.deepEqual(readChunks([bytes], version), referenceRead(bytes, version));
      }),
      { numRuns: 3000 },
    );
  });

  test('mean the same in any chunks', () => {
    const cutStream = hostileStream.chain(({ version, bytes }) =>
      cut(bytes).map((chunks) => ({ version, bytes, chunks })),
    );
    fc.assert(
      fc.property(cutStream, ({ version, bytes, chunks }) => {
        const whole = readChunks([bytes], version);
        assert.deepEqual(readChunks(chunks, version), whole);
        assert.deepEqual(readChunks(singleBytes(bytes), version), whole);
      }),
      { numRuns: 2000 },
    );
  });

  test('a peer with small limits is stopped in any chunks alike', () => {
    const limits = {
      maxCommandBytes: 8,
      maxHeaderLineBytes: 18,
      maxHeaders: 2,
      maxBodyBytes: 6,
      maxFrameBytes: 45,
    };
    fc.assert(
      fc.property(hostileStream, ({ version, bytes }) => {
        const whole = readChunks([bytes], version, limits);
        const single = readChunks(singleBytes(bytes), version, limits);
        assert.deepEqual(single.frames, whole.frames);
        assert.equal(single.error === undefined, whole.error === undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
