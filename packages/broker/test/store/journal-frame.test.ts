import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import type { Change } from '../../dist/store/changes.js';
import {
  decodeFrame,
  encodeFrameInto,
  FRAME_ALIGNMENT,
  frameBytes,
} from '../../dist/store/journal-frame.js';
import { newRoot, segmentId, turnOf } from '../../dist/store/segment-ids.js';

const queue = fc.nat(2 ** 32 - 1);
const position = fc.maxSafeNat().map((number) => number % 2 ** 48);
const record = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes));
const name = fc.string({ unit: 'grapheme' });
const plain = { noNullPrototype: true };
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('put'), queue, position, record }, plain),
  fc.record({ type: fc.constant('remove'), queue, position }, plain),
  fc.record({ type: fc.constant('queue'), queue, name }, plain),
  fc.record({ type: fc.constant('drop'), queue }, plain),
);
const anyBatch = fc.array(anyChange, { minLength: 1, maxLength: 20 });
const id = segmentId(newRoot(), 7);

function encode(batch: readonly Change[], offset = 0): Buffer {
  const target = Buffer.alloc(offset + frameBytes(batch), 'rubbish of an earlier use ');
  encodeFrameInto(target.subarray(offset), id, batch);
  return target;
}

describe('a frame of the journal', () => {
  test('decodes to the batch that it was made of', () => {
    const property = fc.property(anyBatch, fc.nat(3), (batch, frames) => {
      const offset = frames * FRAME_ALIGNMENT;
      const segment = encode(batch, offset);
      const frame = decodeFrame(segment, offset);
      assert.deepEqual(frame?.changes, batch);
      assert.ok(frame.segmentId.equals(id));
      assert.equal(frame.end, segment.length);
      assert.equal(frame.end % FRAME_ALIGNMENT, 0);
    });
    fc.assert(property);
  });

  test('is not decoded when any bit of it is wrong', () => {
    const batch: Change[] = [
      { type: 'queue', queue: 1, name: 'a' },
      { type: 'put', queue: 1, position: 2, record: Buffer.from('body') },
      { type: 'remove', queue: 1, position: 1 },
      { type: 'drop', queue: 1 },
    ];
    const whole = encode(batch);
    const used = 20 + 10 + 19 + 11 + 5;
    for (let bit = 0; bit < used * 8; bit++) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(decodeFrame(damaged, 0), undefined, `bit ${bit}`);
    }
    assert.deepEqual(decodeFrame(whole, 0)?.changes, batch);
  });

  test('is not decoded when the file ends within it', () => {
    const batch: Change[] = [{ type: 'put', queue: 1, position: 2, record: Buffer.from('body') }];
    const whole = encode(batch);
    for (let length = 0; length < 20 + 19; length++) {
      assert.equal(decodeFrame(whole.subarray(0, length), 0), undefined, `${length} bytes`);
    }
  });

  test('with a change of an unknown type is refused', () => {
    const whole = encode([
      { type: 'put', queue: 1, position: 2, record: Buffer.from('body') },
      { type: 'drop', queue: 1 },
    ]);
    const end = 20 + 19 + 5;
    whole.writeUInt8(5, end - 5);
    whole.writeUInt32LE(crc32(whole.subarray(8, end)), 4);
    assert.throws(() => decodeFrame(whole, 0), {
      name: 'StoreError',
      code: 'STOMP_STORE_FORMAT',
      message:
        'The journal holds a change of type 5, which this version does not know: start it with the version of stompbox that wrote it',
    });
  });

  test('is not found among zeros or beyond the end', () => {
    const zeros = Buffer.alloc(2048);
    assert.equal(decodeFrame(zeros, 0), undefined);
    assert.equal(decodeFrame(zeros, 2048), undefined);
    assert.equal(decodeFrame(zeros, 2040), undefined);
  });
});

describe('the id of a segment', () => {
  test('differs from turn to turn and from journal to journal', () => {
    const [one, two] = [newRoot(), newRoot()];
    const ids = [one, two].flatMap((root) =>
      [0, 1, 2, 2 ** 32 - 1].map((turn) => segmentId(root, turn).toString('hex')),
    );
    assert.equal(new Set(ids).size, 8);
    assert.equal(turnOf(segmentId(one, 12_345)), 12_345);
  });
});
