/** Sending again with the same dedup-id. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameHeaders } from '@stompbox/protocol';
import fc from 'fast-check';
import { readDedupId } from '../../dist/dedup/dedup-id.js';
import { resolveDedupOptions } from '../../dist/dedup/dedup-options.js';
import { dedupKey, encodeDedupRecord, openDedupRecord } from '../../dist/dedup/dedup-record.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { HeldStore } from '../held-store.js';
import { DedupScene } from './dedup-scene.js';

describe('a message that is sent again with its dedup-id', () => {
  test('is taken once', async () => {
    const scene = new DedupScene(new MemoryStore());
    for (const id of ['1', '2', '1', '2', '1']) scene.sends(id);
    await scene.commits.flush();
    assert.deepEqual(scene.messages(), ['/queue/a 1', '/queue/a 2']);
  });

  test('is confirmed when the first one is durable, not before', async () => {
    const store = new HeldStore();
    const scene = new DedupScene(store);
    const commit = store.nextCommit();
    const first = scene.sends('1');
    const held = await commit;
    const again = scene.sends('1');
    const confirmed: string[] = [];
    scene.commits.whenDurable(again, () => confirmed.push('again'));
    assert.deepEqual([again, confirmed], [first, []]);
    held.release();
    await scene.commits.flush();
    assert.deepEqual(confirmed, ['again']);
  });

  test('to another destination is another message', async () => {
    const scene = new DedupScene(new MemoryStore());
    scene.sends('1', { destination: '/queue/a' });
    scene.sends('1', { destination: '/queue/b' });
    await scene.commits.flush();
    assert.deepEqual(scene.messages(), ['/queue/a 1', '/queue/b 1']);
  });

  test('is known without any record when it is not persistent', async () => {
    const scene = new DedupScene(new MemoryStore());
    assert.equal(scene.sends('1', { isPersistent: false }), 0);
    assert.equal(scene.window.check('/queue/a', '1'), 0);
    await scene.commits.flush();
    assert.equal(scene.storedIds(), 0);
  });
});

describe('the window of dedup-ids', () => {
  test('holds an id for its time, and removes the record after it', async () => {
    const scene = new DedupScene(new MemoryStore(), { maxAgeMs: 1000 });
    scene.sends('1');
    scene.clock.advance(500);
    scene.sends('2');
    scene.clock.advance(499);
    assert.notEqual(scene.window.check('/queue/a', '1'), 'new');
    scene.clock.advance(1);
    assert.equal(scene.window.check('/queue/a', '1'), 'new');
    assert.notEqual(scene.window.check('/queue/a', '2'), 'new');
    await scene.commits.flush();
    assert.equal(scene.storedIds(), 1);
  });

  test('does not hold an id longer because it is sent again', () => {
    const scene = new DedupScene(new MemoryStore(), { maxAgeMs: 1000 });
    scene.sends('1');
    scene.clock.advance(999);
    scene.sends('1');
    scene.clock.advance(1);
    assert.equal(scene.window.check('/queue/a', '1'), 'new');
  });

  test('holds so many ids and forgets the oldest first, with its record', async () => {
    const scene = new DedupScene(new MemoryStore(), { maxIds: 3 });
    for (const id of ['1', '2', '3', '4', '5']) scene.sends(id);
    await scene.commits.flush();
    const known = ['1', '2', '3', '4', '5'].filter(
      (id) => scene.window.check('/queue/a', id) !== 'new',
    );
    assert.deepEqual(known, ['3', '4', '5']);
    assert.equal(scene.window.size, 3);
    assert.equal(scene.storedIds(), 3);
  });

  test('answers as a plain list would', async () => {
    const anyStep = fc.oneof(
      fc.record({ id: fc.nat({ max: 8 }), isPersistent: fc.boolean() }),
      fc.record({ passMs: fc.nat({ max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 100 }), async (steps) => {
        const options = { maxIds: 4, maxAgeMs: 100 };
        const scene = new DedupScene(new MemoryStore(), options);
        let list: Array<{ readonly id: string; readonly atMs: number; readonly kept: boolean }> =
          [];
        for (const step of steps) {
          if ('passMs' in step) scene.clock.advance(step.passMs);
          const now = scene.clock.now();
          list = list.filter(({ atMs }) => now - atMs < options.maxAgeMs).slice(-options.maxIds);
          if ('passMs' in step) continue;
          const id = String(step.id);
          const isKnown = list.some((known) => known.id === id);
          assert.equal(scene.window.check('/queue/a', id) === 'new', !isKnown);
          scene.sends(id, { isPersistent: step.isPersistent });
          if (!isKnown) list.push({ id, atMs: now, kept: step.isPersistent });
          list = list.slice(-options.maxIds);
        }
        assert.equal(scene.window.size, list.length);
        await scene.commits.flush();
        assert.equal(scene.storedIds(), list.filter(({ kept }) => kept).length);
      }),
    );
  });
});

describe('the header dedup-id', () => {
  const read = (id: string) => readDedupId(FrameHeaders.from({ 'dedup-id': id }));

  test('is optional, and may have up to 1024 bytes', () => {
    assert.equal(readDedupId(new FrameHeaders([])), undefined);
    assert.equal(read('x'), 'x');
    assert.equal(read('é'.repeat(512)), 'é'.repeat(512));
  });

  test('may not be empty or longer', () => {
    const code = 'STOMP_PROTO_BAD_HEADER';
    assert.throws(() => read(''), { code, message: /dedup-id must have 1 to 1024 bytes, not 0/ });
    assert.throws(() => read('é'.repeat(513)), { code, message: /not 1026: send a shorter id/ });
  });
});

describe('the options of the window', () => {
  test('have defaults', () => {
    assert.deepEqual(resolveDedupOptions(), { maxIds: 100_000, maxAgeMs: 600_000 });
    assert.deepEqual(resolveDedupOptions({ maxIds: 5 }), { maxIds: 5, maxAgeMs: 600_000 });
  });

  test('are checked', () => {
    const invalid = (name: string) => ({ code: 'STOMP_OPT_INVALID', message: new RegExp(name) });
    assert.throws(() => resolveDedupOptions({ maxIds: 0 }), invalid('dedup.maxIds'));
    assert.throws(() => resolveDedupOptions({ maxAgeMs: 0.5 }), invalid('dedup.maxAgeMs'));
    const unknown = { maxAge: 1 } as object;
    assert.throws(() => resolveDedupOptions(unknown), { code: 'STOMP_OPT_UNKNOWN' });
  });
});

describe('the record of an id', () => {
  const entry = { key: dedupKey('/queue/a', 'é'), atMs: 1_234_567_890_123 };

  test('holds it and its time', () => {
    assert.deepEqual(openDedupRecord(encodeDedupRecord(entry)), entry);
    assert.equal(entry.key.length, 16);
  });

  test('is known to be damaged, whichever bit is wrong', () => {
    for (let bit = 0; bit < 32 * 8; bit++) {
      const record = encodeDedupRecord(entry);
      const index = bit >> 3;
      record[index] = (record[index] as number) ^ (1 << (bit & 7));
      assert.equal(openDedupRecord(record), undefined, `bit ${bit}`);
    }
    assert.equal(openDedupRecord(new Uint8Array(3)), undefined);
  });

  test('differs when destination and id are cut elsewhere', () => {
    assert.notEqual(dedupKey('/queue/a', 'bc'), dedupKey('/queue/ab', 'c'));
  });
});
