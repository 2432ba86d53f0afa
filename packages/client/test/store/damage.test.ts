/** Files that a crash or a bad disk has left behind. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileSendStore, type SendRecord } from '@stompbox/client/file-store';
import fc from 'fast-check';
import { record, segmentFiles, temporaryFolder } from './store-scene.js';

const anyRecords: fc.Arbitrary<SendRecord[]> = fc
  .array(
    fc.record({
      destination: fc.string(),
      headers: fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 3 }),
      body: fc.uint8Array({ maxLength: 40 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) => all.map((one, index) => ({ ...one, id: `${index}` })));

interface Written {
  readonly content: Buffer;
  readonly name: string;
  /** Where each record ends. */
  readonly ends: readonly number[];
}

/** One file with these records. */
async function write(folder: string, records: readonly SendRecord[]): Promise<Written> {
  const store = fileSendStore({ path: folder });
  await store.load();
  const ends: number[] = [];
  for (const one of records) {
    await store.append(one);
    ends.push(statSync(segmentFiles(folder)[0] ?? '').size);
  }
  await store.close();
  const [file = ''] = segmentFiles(folder);
  return { content: readFileSync(file), name: basename(file), ends };
}

let folders = 0;

/** A folder that has only this file. */
function folderWith(parent: string, name: string, content: Uint8Array): string {
  const folder = join(parent, `copy-${folders++}`);
  mkdirSync(folder);
  writeFileSync(join(folder, name), content);
  return folder;
}

const sameRecord = (actual: SendRecord | undefined, expected: SendRecord | undefined) => {
  assert.deepEqual(
    actual && { ...actual, body: [...actual.body] },
    expected && { ...expected, body: [...expected.body] },
  );
};

/** What a new process finds and is told; afterwards the queue works and is sound. */
async function recover(folder: string): Promise<{ found: readonly SendRecord[]; told: string[] }> {
  const store = fileSendStore({ path: folder });
  const { records, damage } = await store.load();
  await store.append(record('new'));
  await store.close();
  const again = fileSendStore({ path: folder });
  const { records: later } = await again.load();
  assert.deepEqual(
    later.map(({ id }) => id),
    [...records.map(({ id }) => id), 'new'],
  );
  await again.close();
  return { found: records, told: damage.map(({ code }) => code) };
}

describe('a file of the offline queue', () => {
  test('that ends anywhere has all whole records, and a torn one is told', async (t) => {
    const parent = temporaryFolder(t);
    await fc.assert(
      fc.asyncProperty(anyRecords, async (records) => {
        const folder = join(parent, `whole-${folders++}`);
        const { content, name, ends } = await write(folder, records);
        for (let cut = 0; cut <= content.length; cut++) {
          const { found, told } = await recover(folderWith(parent, name, content.subarray(0, cut)));
          const whole = ends.filter((end) => end <= cut).length;
          assert.equal(found.length, whole, `cut at ${cut}`);
          for (const [index, one] of found.entries()) sameRecord(one, records[index]);
          const isWhole = cut === 0 || cut === 16 || ends.includes(cut);
          assert.deepEqual(told, isWhole ? [] : ['STOMP_OFFLINE_TORN_TAIL'], `cut at ${cut}`);
        }
      }),
      { numRuns: 2, seed: 20_261_122 },
    );
  });

  test('with one wrong bit anywhere loses that record at most, and never without a word', async (t) => {
    const parent = temporaryFolder(t);
    const records = ['a', 'b', 'c'].map((id) => record(id, 'body'));
    const { content, name, ends } = await write(join(parent, 'whole'), records);
    for (let offset = 16; offset < content.length; offset++) {
      const damaged = Buffer.from(content);
      damaged[offset] = (damaged[offset] ?? 0) ^ (1 << (offset % 8));
      const { found, told } = await recover(folderWith(parent, name, damaged));
      const hit = ends.findIndex((end) => offset < end);
      const expected = records.filter((_, index) => index !== hit).map(({ id }) => id);
      assert.deepEqual(
        found.map(({ id }) => id),
        expected,
        `bit in byte ${offset}`,
      );
      const code = hit === 2 ? 'STOMP_OFFLINE_TORN_TAIL' : 'STOMP_OFFLINE_CORRUPT';
      assert.deepEqual(told, [code], `bit in byte ${offset}`);
    }
  });

  test('is told with its place, and kept when it is damaged', async (t) => {
    const path = join(temporaryFolder(t), 'queue');
    const { content, ends } = await write(
      path,
      ['a', 'b', 'c'].map((id) => record(id)),
    );
    const [file = ''] = segmentFiles(path);
    content.fill(0, ends[0], ends[1]);
    writeFileSync(file, content);
    const store = fileSendStore({ path });
    const { records, damage } = await store.load();
    assert.match(damage[0]?.message ?? '', new RegExp(`of ${file} \\(from byte ${ends[0]}\\)`));
    for (const { id } of records) store.remove(id);
    await store.close();
    assert.deepEqual(readdirSync(dirname(file)), [`${basename(file)}.damaged`]);
    assert.deepEqual(readFileSync(`${file}.damaged`).subarray(0, content.length), content);
    assert.deepEqual(await fileSendStore({ path }).load(), { records: [], damage: [] });
  });

  test('that is none is told and kept', async (t) => {
    const path = temporaryFolder(t);
    writeFileSync(join(path, 'sends-00000001.log'), 'something else altogether');
    const store = fileSendStore({ path });
    const { damage } = await store.load();
    assert.deepEqual(
      damage.map(({ code }) => code),
      ['STOMP_OFFLINE_CORRUPT'],
    );
    await store.close();
    assert.deepEqual(readdirSync(path), ['sends-00000001.log.damaged']);
  });

  test('inside a body is never taken for one', async (t: TestContext) => {
    const parent = temporaryFolder(t);
    const inner = await write(join(parent, 'inner'), [record('inner')]);
    const outer = await write(join(parent, 'outer'), [record('a', inner.content), record('b')]);
    outer.content[20] = 0xff;
    const { found, told } = await recover(folderWith(parent, outer.name, outer.content));
    assert.deepEqual(
      found.map(({ id }) => id),
      ['b'],
    );
    assert.deepEqual(told, ['STOMP_OFFLINE_CORRUPT']);
  });
});
