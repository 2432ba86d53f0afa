/**
 * What a crash or damage leaves of a journal, and what is read of it. A frame is written in sectors of
 * 512 bytes, in any order; within a sector in one go.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Change } from '../../dist/store/changes.js';
import { Journal, ROOT_FILE, SEGMENT_BYTES } from '../../dist/store/journal.js';
import { FRAME_ALIGNMENT, frameBytes } from '../../dist/store/journal-frame.js';
import {
  flipBit,
  HALF_SEGMENT,
  large,
  overwrite,
  put,
  recovered,
  remove,
  segmentPath,
} from './journal-files.js';
import { temporaryDirectory } from './temporary-directory.js';

const isDamaged = { code: 'STOMP_STORE_CORRUPT_JOURNAL' };

/** An empty journal in a directory that is removed after the test. */
function emptyJournal(context: TestContext): { directory: string; journal: Journal } {
  const directory = join(temporaryDirectory(context), 'journal');
  const journal = Journal.create(directory);
  context.after(() => journal.close());
  return { directory, journal };
}

/** Fills turns of the journal: after them the next append begins another one. */
async function fillTurns(journal: Journal, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await journal.append([put(turn * 2, large(`first of turn ${turn}`))]);
    await journal.append([put(turn * 2 + 1, large(`second of turn ${turn}`))]);
    assert.equal(journal.isSegmentFull, true);
    journal.nextTurn();
  }
}

describe('a journal', () => {
  test('gives back its batches in order, as often as it is read', async (context) => {
    const { directory, journal } = emptyJournal(context);
    assert.deepEqual(recovered(directory), []);
    await journal.append([{ type: 'queue', queue: 0, name: 'a' }, put(0, 'zero')]);
    await journal.append([put(1, 'one'), remove(0)]);
    await journal.append([put(2, large('two'))]);
    await journal.append([put(3, 'three')]);
    const expected = [
      ['queue a', 'put 0 zero', 'put 1 one', 'remove 0', 'put 2 two', 'put 3 three'],
    ];
    assert.deepEqual(recovered(directory), expected);
    assert.deepEqual(recovered(directory), expected);
  });

  test('gives back two turns, each on its own, the older one first', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await fillTurns(journal, 1);
    await journal.append([put(2, 'two')]);
    assert.deepEqual(recovered(directory), [
      ['put 0 first of turn 0', 'put 1 second of turn 0'],
      ['put 2 two'],
    ]);
  });

  test('gives back only what the tree does not hold', async (context) => {
    const { directory, journal } = emptyJournal(context);
    const turns = [journal.segmentId];
    await fillTurns(journal, 1);
    turns.push(journal.segmentId);
    await journal.append([put(2, 'two')]);
    assert.deepEqual(recovered(directory, turns[0]), [['put 2 two']]);
    assert.deepEqual(recovered(directory, turns[1]), []);
  });

  test('ignores what an older turn left behind its own frames', async (context) => {
    const { directory, journal } = emptyJournal(context);
    for (let position = 0; position < 5; position++) await journal.append([put(position, 'old')]);
    await journal.append([put(5, large('old'))]);
    await journal.append([put(6, large('old'))]);
    journal.nextTurn();
    await journal.append([put(7, large('middle'))]);
    await journal.append([put(8, large('middle'))]);
    const applied = journal.segmentId;
    journal.nextTurn();
    await journal.append([put(9, 'new')]);
    await journal.append([put(10, 'new')]);
    assert.deepEqual(recovered(directory, applied), [['put 9 new', 'put 10 new']]);
  });

  test('ignores the journal before it, whatever the tree says', async (context) => {
    const { directory, journal } = emptyJournal(context);
    const earlier = Journal.create(join(directory, '..', 'earlier'));
    await fillTurns(earlier, 1);
    const applied = earlier.segmentId;
    earlier.close();
    await journal.append([put(0, 'zero')]);
    assert.deepEqual(recovered(directory, applied), [['put 0 zero']]);
  });
});

describe('a torn last frame', () => {
  test('is absent at every length, the batches before it are there', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await journal.append([put(0, 'zero')]);
    await journal.append([put(1, 'one'), put(2, 'two')]);
    const path = segmentPath(directory, 0);
    shortened(path);
    shortened(segmentPath(directory, 1));
    // Its last byte is not zero, so it matters.
    const batch: Change[] = [put(3, 'x'.repeat(700)), remove(2 ** 48 - 1)];
    const start = 2 * FRAME_ALIGNMENT;
    await journal.append(batch);
    const frame = readFileSync(path).subarray(start, start + frameBytes(batch));
    const used = 20 + 15 + 700 + 11;
    for (let length = 0; length < used; length++) {
      const torn = Buffer.alloc(frame.length);
      torn.set(frame.subarray(0, length));
      overwrite(path, start, torn);
      assert.deepEqual(
        recovered(directory),
        [['put 0 zero', 'put 1 one', 'put 2 two']],
        `${length} bytes`,
      );
    }
    overwrite(path, start, frame);
    assert.equal(recovered(directory)[0]?.length, 5);
  });

  test('is absent where the file ends within it', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await journal.append([put(0, large('zero'))]);
    await journal.append([put(1, large('beyond the preallocated end'))]);
    const path = segmentPath(directory, 0);
    for (const bytes of [2 * HALF_SEGMENT, SEGMENT_BYTES, HALF_SEGMENT + 600]) {
      truncateSync(path, bytes);
      assert.deepEqual(recovered(directory), [['put 0 zero']], `${bytes} bytes`);
    }
  });

  test('is absent whichever of its sectors are missing', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await journal.append([put(0, 'zero')]);
    const path = segmentPath(directory, 0);
    const before = shortened(path);
    await journal.append([put(1, 'x'.repeat(4 * FRAME_ALIGNMENT))]);
    const after = readFileSync(path);
    const sectors = frameBytes([put(1, 'x'.repeat(4 * FRAME_ALIGNMENT))]) / FRAME_ALIGNMENT;
    for (let missing = 1; missing < 2 ** sectors; missing++) {
      overwrite(path, 0, withoutSectors(after, before, FRAME_ALIGNMENT, missing));
      assert.deepEqual(recovered(directory), [['put 0 zero']], `sectors ${missing.toString(2)}`);
    }
  });

  test('of a new turn is absent whichever of its sectors are missing', async (context) => {
    const { directory, journal } = emptyJournal(context);
    // Old frames of one sector each, so that whole ones stand before, between and behind what is torn.
    for (let position = 0; position < 8; position++) await journal.append([put(position, 'old')]);
    await journal.append([put(8, large('old'))]);
    await journal.append([put(9, large('old'))]);
    const firstTurn = journal.segmentId;
    journal.nextTurn();
    await journal.append([put(10, large('middle'))]);
    await journal.append([put(11, large('middle'))]);
    journal.nextTurn();
    const path = segmentPath(directory, 0);
    const before = readFileSync(path);
    await journal.append([put(12, 'x'.repeat(3 * FRAME_ALIGNMENT))]);
    const after = readFileSync(path);
    for (let missing = 1; missing < 2 ** 4; missing++) {
      overwrite(path, 0, withoutSectors(after, before, 0, missing));
      assert.deepEqual(
        recovered(directory, firstTurn),
        [['put 10 middle', 'put 11 middle']],
        `sectors ${missing.toString(2)}`,
      );
    }
  });

  test('of a large message that holds an old frame, byte by byte, is absent', async (context) => {
    const { directory, journal } = emptyJournal(context);
    const path = segmentPath(directory, 0);
    await journal.append([put(0, 'old')]);
    const old = readFileSync(path).subarray(0, FRAME_ALIGNMENT);
    await journal.append([put(1, large('old'))]);
    await journal.append([put(2, large('old'))]);
    journal.nextTurn();
    await fillOther(journal);
    const applied = journal.segmentId;
    journal.nextTurn();
    const before = readFileSync(path);
    await journal.append([put(5, messageWithFrame(old, 0))]);
    const after = readFileSync(path);
    overwrite(path, 0, withoutSectors(after, before, 0, 1));
    assert.deepEqual(recovered(directory, applied), []);
  });

  /** Fills the segment of the middle turn. */
  async function fillOther(journal: Journal): Promise<void> {
    await journal.append([put(3, large('middle'))]);
    await journal.append([put(4, large('middle'))]);
  }
});

describe('a message that holds a frame, byte by byte', () => {
  test('is a message', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await journal.append([put(0, 'zero')]);
    const frame = readFileSync(segmentPath(directory, 0)).subarray(0, FRAME_ALIGNMENT);
    const message = messageWithFrame(frame, FRAME_ALIGNMENT);
    await journal.append([put(1, message)]);
    await journal.append([put(2, 'two')]);
    const [changes] = recovered(directory);
    assert.equal(changes?.length, 3);
    assert.equal(changes[0], 'put 0 zero');
    assert.equal(changes[2], 'put 2 two');
  });
});

describe('a damaged journal is refused', () => {
  test('when a frame before the last one is damaged', async (context) => {
    const { directory, journal } = emptyJournal(context);
    for (let position = 0; position < 4; position++) await journal.append([put(position, 'x')]);
    const path = segmentPath(directory, 0);
    shortened(path);
    // Length, checksum, segment id, change, record: of the first, second and third frame.
    for (const frame of [0, 1, 2]) {
      for (const offset of [0, 4, 8, 12, 20, 25, 35]) {
        flipBit(path, frame * FRAME_ALIGNMENT + offset);
        assert.throws(() => recovered(directory), isDamaged, `byte ${offset} of frame ${frame}`);
        flipBit(path, frame * FRAME_ALIGNMENT + offset);
      }
    }
    assert.equal(recovered(directory)[0]?.length, 4);
  });

  test('and the message names the file and says what to do', async (context) => {
    const { directory, journal } = emptyJournal(context);
    for (let position = 0; position < 3; position++) await journal.append([put(position, 'x')]);
    const path = segmentPath(directory, 0);
    flipBit(path, FRAME_ALIGNMENT + 40 - 5);
    assert.throws(() => recovered(directory), {
      ...isDamaged,
      message: `The journal ${path} is damaged at byte 512, confirmed messages would be missing: restore the data directory from a backup, or move this file away to start without them`,
    });
    rmSync(path);
    assert.deepEqual(recovered(directory), []);
  });

  test('when the last frame of a turn is damaged and a later turn has begun', async (context) => {
    const { directory, journal } = emptyJournal(context);
    const firstTurn = journal.segmentId;
    await fillTurns(journal, 1);
    await journal.append([put(2, 'two')]);
    flipBit(segmentPath(directory, 0), SEGMENT_BYTES - 100);
    assert.throws(() => recovered(directory), isDamaged);
    assert.deepEqual(
      recovered(directory, firstTurn),
      [['put 2 two']],
      'what the tree holds already may be damaged',
    );
  });

  test('when the journal is ahead of the tree by more than it holds', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await fillTurns(journal, 2);
    await journal.append([put(4, 'four')]);
    assert.throws(() => recovered(directory), isDamaged, 'the tree was lost or is an old one');
  });
});

/** What may happen to the root of a journal. */
const rootDamages: ReadonlyArray<readonly [name: string, damage: (root: string) => void]> = [
  ['has a bit flipped', (root) => flipBit(root, 3)],
  ['has a bit of its checksum flipped', (root) => flipBit(root, 17)],
  ['is cut', (root) => truncateSync(root, 16)],
  ['is empty', (root) => truncateSync(root, 0)],
  ['is missing', (root) => rmSync(root)],
];

for (const [name, damage] of rootDamages) {
  describe(`a journal whose root ${name}`, () => {
    test('is refused when it holds what the tree lacks', async (context) => {
      const { directory, journal } = emptyJournal(context);
      await journal.append([put(0, 'zero')]);
      const root = join(directory, ROOT_FILE);
      damage(root);
      assert.throws(() => recovered(directory), {
        ...isDamaged,
        message: `The journal ${root} is missing or damaged, confirmed messages in ${segmentPath(directory, 0)} would be missing: restore the data directory from a backup, or move the folder ${directory} away to start without them`,
      });
      assert.deepEqual(recovered(directory, journal.segmentId), [], 'the tree holds all of it');
    });

    test('is refused when only its other segment holds what the tree lacks', async (context) => {
      const { directory, journal } = emptyJournal(context);
      const applied = journal.segmentId;
      await fillTurns(journal, 1);
      await journal.append([put(2, 'two')]);
      damage(join(directory, ROOT_FILE));
      assert.throws(() => recovered(directory, applied), isDamaged);
    });
  });
}

describe('a journal whose making was interrupted', () => {
  test('of which only the root was left by the one before it counts as empty', async (context) => {
    const { directory, journal } = emptyJournal(context);
    await fillTurns(journal, 1);
    for (const index of [0, 1] as const) rmSync(segmentPath(directory, index));
    assert.deepEqual(recovered(directory), []);
  });

  test('counts as empty, because it was never used', async (context) => {
    const { directory, journal } = emptyJournal(context);
    const root = join(directory, ROOT_FILE);
    copyFileSync(root, join(directory, '..', ROOT_FILE));
    truncateSync(root, 5);
    assert.deepEqual(recovered(directory), []);
    rmSync(root);
    assert.deepEqual(recovered(directory), []);
    copyFileSync(join(directory, '..', ROOT_FILE), root);
    truncateSync(segmentPath(directory, 0), 1000);
    rmSync(segmentPath(directory, 1));
    assert.deepEqual(recovered(directory), []);
    await journal.append([put(0, 'zero')]);
    assert.deepEqual(recovered(directory), [['put 0 zero']]);
  });
});

/** A record that holds the frame where a frame may begin, seen from the start of its own frame. */
function messageWithFrame(frame: Uint8Array, ownStart: number): Buffer {
  const message = Buffer.alloc(4 * FRAME_ALIGNMENT, 'text ');
  const recordStart = ownStart + 20 + 15;
  message.set(frame, 3 * FRAME_ALIGNMENT - (recordStart % FRAME_ALIGNMENT));
  return message;
}

/** Cuts the zeros off the end of a segment, which makes reading it quick, and returns what is left. */
function shortened(path: string): Buffer {
  truncateSync(path, 16 * FRAME_ALIGNMENT);
  return readFileSync(path);
}

/** The state after a write, with some sectors as they were before it: bit 0 stands for the first one. */
function withoutSectors(after: Buffer, before: Buffer, start: number, missing: number): Buffer {
  const torn = Buffer.from(after);
  for (let sector = 0; missing >> sector > 0; sector++) {
    if (((missing >> sector) & 1) === 0) continue;
    const offset = start + sector * FRAME_ALIGNMENT;
    torn.set(before.subarray(offset, offset + FRAME_ALIGNMENT), offset);
  }
  return torn;
}
