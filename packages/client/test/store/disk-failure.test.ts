/** A disk that is full or fails, at the port of the segment files. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateSegmentFile, SegmentFile } from '../../dist/store/segment.js';
import {
  createFile,
  idsIn,
  record,
  segmentFiles,
  smallStore,
  temporaryFolder,
} from './store-scene.js';

type Call = 'create' | 'write' | 'sync' | 'truncate';

/** A disk that fails where it is told to. */
class FailingDisk {
  readonly failing = new Set<Call>();
  syncs = 0;
  /** Holds back the next sync until it is let go. */
  #hold: Promise<void> | undefined;

  readonly create: CreateSegmentFile = async (path) => {
    this.#check('create', 'ENOSPC');
    return this.#wrap(await createFile(path));
  };

  /** The next sync begins, and ends when the returned function is called. */
  holdSync(): { readonly begun: Promise<void>; readonly release: () => void } {
    let begin = () => {};
    let release = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#onSync = () => {
      begin();
      this.#hold = released;
    };
    return { begun, release };
  }

  #onSync = () => {};

  #check(call: Call, code: string): void {
    if (this.failing.has(call)) throw Object.assign(new Error(`${code}: ${call}`), { code });
  }

  #wrap(file: SegmentFile): SegmentFile {
    const write = async (bytes: Uint8Array, from: number, length: number, position: number) => {
      if (!this.failing.has('write')) return file.write(bytes, from, length, position);
      // As on a disk that has room for a part.
      await file.write(bytes, from, Math.min(10, length), position);
      this.#check('write', 'ENOSPC');
      throw new Error('not reached');
    };
    return {
      write: write as SegmentFile['write'],
      datasync: async () => {
        this.syncs++;
        this.#onSync();
        this.#onSync = () => {};
        await this.#hold;
        this.#hold = undefined;
        this.#check('sync', 'EIO');
        await file.datasync();
      },
      truncate: async (size) => {
        this.#check('truncate', 'EIO');
        await file.truncate(size);
      },
      close: () => file.close(),
    };
  }
}

describe('the offline queue on a disk that fails', () => {
  for (const [failure, reason] of [
    ['create', 'ENOSPC'],
    ['write', 'ENOSPC'],
    ['sync', 'EIO'],
  ] as const) {
    test(`${failure}: tells the sender, goes on, and never gives that send back`, async (t) => {
      const path = temporaryFolder(t);
      const disk = new FailingDisk();
      const store = smallStore(path, { createFile: disk.create });
      await store.load();
      if (failure !== 'create') await store.append(record('before'));
      disk.failing.add(failure);
      await assert.rejects(store.append(record('refused')), {
        code: 'STOMP_OFFLINE_WRITE_FAILED',
        retryable: true,
        message: new RegExp(reason),
      });
      disk.failing.clear();
      await store.append(record('after'));
      await store.close();
      assert.deepEqual(await idsIn(path), failure === 'create' ? ['after'] : ['before', 'after']);
    });
  }

  test('does not give back a send whose bytes cannot be cut off', async (t) => {
    const path = temporaryFolder(t);
    const disk = new FailingDisk();
    const store = smallStore(path, { createFile: disk.create });
    await store.load();
    await store.append(record('before'));
    disk.failing.add('sync').add('truncate');
    await assert.rejects(store.append(record('refused')), { code: 'STOMP_OFFLINE_WRITE_FAILED' });
    disk.failing.clear();
    await store.close();
    assert.deepEqual(await idsIn(path), ['before']);
  });

  test('after a failed sync never writes to that file again', async (t) => {
    const path = temporaryFolder(t);
    const disk = new FailingDisk();
    const store = smallStore(path, { createFile: disk.create });
    await store.load();
    await store.append(record('before'));
    disk.failing.add('sync');
    await assert.rejects(store.append(record('refused')));
    disk.failing.clear();
    await store.append(record('after'));
    assert.equal(segmentFiles(path).length, 2);
    await store.close();
  });

  test('counts what was refused no more', async (t) => {
    const disk = new FailingDisk();
    const store = smallStore(temporaryFolder(t), { createFile: disk.create });
    await store.load();
    disk.failing.add('write');
    const refused = store.append(record('refused'));
    store.remove('refused');
    await assert.rejects(refused);
    await assert.rejects(store.append(record('refused')));
    assert.deepEqual([store.count, store.bytes], [0, 0]);
    await store.close();
  });

  test('leaves no file for each send that a full disk refuses', async (t) => {
    const path = temporaryFolder(t);
    const disk = new FailingDisk();
    const store = smallStore(path, { createFile: disk.create });
    await store.load();
    await store.append(record('before'));
    disk.failing.add('write');
    for (let number = 0; number < 20; number++) {
      await assert.rejects(store.append(record(`${number}`)));
    }
    assert.ok(segmentFiles(path).length <= 2);
    disk.failing.clear();
    await store.close();
    assert.deepEqual(await idsIn(path), ['before']);
  });

  test('remembers removals that it could not write', async (t) => {
    const path = temporaryFolder(t);
    const disk = new FailingDisk();
    const store = smallStore(path, { createFile: disk.create });
    await store.load();
    await store.append(record('a'));
    await store.append(record('b'));
    disk.failing.add('write');
    store.remove('a');
    await assert.rejects(store.append(record('c')));
    disk.failing.clear();
    await store.close();
    assert.deepEqual(await idsIn(path), ['b']);
  });

  test('keeps what it copies when the disk fails in the middle', async (t) => {
    const path = temporaryFolder(t);
    const disk = new FailingDisk();
    const store = smallStore(path, { createFile: disk.create, segmentBytes: 300 });
    await store.load();
    await store.append(record('stays'));
    for (let number = 0; number < 40; number++) {
      await store.append(record(`${number}`, 'x'.repeat(100)));
      store.remove(`${number}`);
      if (number % 2 === 0) disk.failing.add('sync');
      await store.append(record(`r${number}`)).then(
        () => store.remove(`r${number}`),
        () => disk.failing.clear(),
      );
    }
    await store.append(record('last'));
    await store.close();
    assert.deepEqual(await idsIn(path), ['stays', 'last']);
  });
});

describe('the sync', () => {
  test('is shared by all that is appended in one turn', async (t) => {
    const disk = new FailingDisk();
    const store = smallStore(temporaryFolder(t), { createFile: disk.create });
    await store.load();
    const ids = Array.from({ length: 100 }, (_, index) => `${index}`);
    await Promise.all(ids.map((id) => store.append(record(id))));
    assert.equal(disk.syncs, 1);
    await store.close();
  });

  test('comes before anybody is told, and what comes meanwhile shares the next', async (t) => {
    const disk = new FailingDisk();
    const store = smallStore(temporaryFolder(t), { createFile: disk.create });
    await store.load();
    const { begun, release } = disk.holdSync();
    const told: string[] = [];
    const first = store.append(record('a')).then(() => told.push('a'));
    await begun;
    const more = ['b', 'c'].map((id) => store.append(record(id)).then(() => told.push(id)));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told, []);
    release();
    await Promise.all([first, ...more]);
    assert.deepEqual(told, ['a', 'b', 'c']);
    assert.equal(disk.syncs, 2);
    await store.close();
  });

  test('is not done for removals', async (t) => {
    const disk = new FailingDisk();
    const store = smallStore(temporaryFolder(t), { createFile: disk.create });
    await store.load();
    await store.append(record('a'));
    await store.append(record('b'));
    store.remove('a');
    await store.close();
    assert.equal(disk.syncs, 2);
  });
});
