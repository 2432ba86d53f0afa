/** What a store on disk leaves behind when it is closed, or cannot be opened. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lockDirectory } from '../../dist/store/directory-lock.js';
import { DiskStore } from '../../dist/store/disk-store.js';
import { Journal } from '../../dist/store/journal.js';
import { MessageTree } from '../../dist/store/message-tree.js';
import { copyAfterCrash } from './crash-copy.js';
import { put, remove } from './journal-files.js';
import { temporaryDirectory } from './temporary-directory.js';

const isAssertion = { name: 'AssertionError' };
const skip = process.platform === 'linux' ? false : 'only Linux lists the open files of a process';

/** Files of a directory that this process has open. */
function openFiles(directory: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const path = readlinkSync(join('/proc/self/fd', name));
      return path.startsWith(directory) ? [path] : [];
    } catch {
      // The file through which the list itself was read.
      return [];
    }
  });
}

describe('a store that cannot be opened', () => {
  test('leaves no file open when its journal is damaged', { skip }, async (context) => {
    const directory = join(temporaryDirectory(context), 'data');
    const store = await DiskStore.open(directory);
    store.put(store.createQueue('a'), 0, Buffer.from('zero'), 'durable');
    await store.commit();
    const copy = copyAfterCrash(directory, `${directory}-copy`);
    await store.close();
    rmSync(join(copy, 'journal', 'root'));
    await assert.rejects(DiskStore.open(copy), { code: 'STOMP_STORE_CORRUPT_JOURNAL' });
    assert.deepEqual(openFiles(copy), []);
  });

  test('leaves no file open when its journal cannot be made', { skip }, async (context) => {
    const directory = temporaryDirectory(context);
    const create = context.mock.method(Journal, 'create', () => {
      throw new Error('no space');
    });
    await assert.rejects(DiskStore.open(directory), { code: 'STOMP_STORE_UNWRITABLE' });
    assert.equal(create.mock.callCount(), 1);
    assert.deepEqual(openFiles(directory), []);
  });
});

describe('closing a store', () => {
  test('frees its directory also when its tree cannot be closed', async (context) => {
    const directory = temporaryDirectory(context);
    const store = await DiskStore.open(directory);
    const close = context.mock.method(MessageTree.prototype, 'close', async () => {
      throw new Error('no tree');
    });
    await assert.rejects(store.close(), ({ errors }: AggregateError) => errors.length === 2);
    close.mock.restore();
    const lock = await lockDirectory(directory);
    await lock.release();
  });

  test('waits for a commit that runs', async (context) => {
    const directory = temporaryDirectory(context);
    const store = await DiskStore.open(directory);
    store.put(store.createQueue('a'), 0, Buffer.from('zero'), 'durable');
    const order: string[] = [];
    const committed = store.commit().then(() => order.push('committed'));
    await store.close().then(() => order.push('closed'));
    await committed;
    assert.deepEqual(order, ['committed', 'closed']);
    const again = await DiskStore.open(directory);
    assert.equal(again.queues()[0]?.depth, 1);
    await again.close();
  });

  test('ends all commits', async (context) => {
    const store = await DiskStore.open(temporaryDirectory(context));
    store.put(store.createQueue('a'), 0, Buffer.from('zero'), 'durable');
    await store.close();
    await assert.rejects(store.commit(), isAssertion);
    await assert.rejects(store.close(), isAssertion);
  });
});

test('a closed journal appends nothing', async (context) => {
  const directory = join(temporaryDirectory(context), 'journal');
  mkdirSync(directory);
  const journal = Journal.create(directory);
  journal.close();
  await assert.rejects(journal.append([put(0, 'zero'), remove(0)]), isAssertion);
  assert.throws(() => journal.close(), isAssertion);
});
