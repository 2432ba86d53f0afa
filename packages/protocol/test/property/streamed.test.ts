/** Properties of bodies that are handed out in parts: the bytes are the same, however they arrive. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeFrame, type StompVersion } from '@stompbox/protocol';
import fc from 'fast-check';
import { readChunks, singleBytes } from '../support/read-frames.js';
import { readStreamed } from '../support/read-streamed.js';
import { anyVersion, cut, frameOf, nearlyFrames, spoiled } from './arbitraries.js';

const anyBytes: fc.Arbitrary<{ version: StompVersion; bytes: Uint8Array }> = anyVersion.chain(
  (version) =>
    fc
      .array(frameOf(version), { maxLength: 4 })
      .map((frames) => Buffer.concat(frames.map((frame) => encodeFrame(frame, version))))
      .map((bytes) => ({ version, bytes })),
);

const hostileBytes: fc.Arbitrary<{ version: StompVersion; bytes: Uint8Array }> = fc.oneof(
  fc.record({ version: anyVersion, bytes: nearlyFrames }),
  anyBytes.chain(({ version, bytes }) =>
    spoiled(bytes).map((spoilt) => ({ version, bytes: spoilt })),
  ),
);

const anyThreshold = fc.nat({ max: 45 });

function withCuts(streams: typeof anyBytes) {
  return fc
    .tuple(streams, anyThreshold)
    .chain(([stream, streamBodiesOverBytes]) =>
      cut(stream.bytes).map((chunks) => ({ ...stream, streamBodiesOverBytes, chunks })),
    );
}

describe('bodies in parts', () => {
  test('are those longer than the threshold, and the same bytes in any chunks', () => {
    fc.assert(
      fc.property(withCuts(anyBytes), ({ version, bytes, chunks, streamBodiesOverBytes }) => {
        const { frames } = readChunks([bytes], version);
        const isStreamed = frames.map(({ body }) => body.length > streamBodiesOverBytes);
        const expected = { frames, isStreamed, error: undefined };
        const options = { streamBodiesOverBytes };
        assert.deepEqual(readStreamed([bytes], version, options), expected);
        assert.deepEqual(readStreamed(chunks, version, options), expected);
        assert.deepEqual(readStreamed(singleBytes(bytes), version, options), expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('of any bytes at all end in the same frames and error as whole bodies', () => {
    fc.assert(
      fc.property(withCuts(hostileBytes), ({ version, bytes, chunks, streamBodiesOverBytes }) => {
        const expected = readChunks([bytes], version);
        for (const pieces of [[bytes], chunks, singleBytes(bytes)]) {
          const { frames, error } = readStreamed(pieces, version, { streamBodiesOverBytes });
          assert.deepEqual({ frames, error }, expected);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('that exceed their limit are refused in any chunks', () => {
    fc.assert(
      fc.property(withCuts(anyBytes), ({ version, bytes, chunks, streamBodiesOverBytes }) => {
        const maxStreamedBodyBytes = streamBodiesOverBytes + 3;
        const options = { streamBodiesOverBytes, maxStreamedBodyBytes };
        const { frames } = readChunks([bytes], version);
        const tooLarge = frames.findIndex(({ body }) => body.length > maxStreamedBodyBytes);
        const expected = {
          frames: tooLarge === -1 ? frames : frames.slice(0, tooLarge),
          error: tooLarge === -1 ? undefined : 'STOMP_FRAME_BODY_TOO_LARGE',
        };
        for (const pieces of [[bytes], chunks, singleBytes(bytes)]) {
          const { frames: read, error } = readStreamed(pieces, version, options);
          assert.deepEqual({ frames: read, error }, expected);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
