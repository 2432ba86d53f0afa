/** What the operator is told when a store cannot be opened. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBroker } from '@stompbox/broker';
import { DiskStore } from '../../dist/store/disk-store.js';
import { temporaryDirectory } from './temporary-directory.js';

const isWindows = process.platform === 'win32';

async function openAndClose(directory: string): Promise<void> {
  const store = await DiskStore.open(directory);
  await store.close();
}

describe('a data directory', () => {
  test('holds nothing that others may look into', { skip: isWindows }, async (context) => {
    const directory = temporaryDirectory(context);
    const store = await DiskStore.open(directory);
    for (const name of ['journal', 'messages', 'scratch']) {
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o700, name);
    }
    await store.close();
  });

  test('that is used by another broker is refused', async (context) => {
    const data = temporaryDirectory(context);
    const first = await startBroker({ data, connectors: [] });
    const second = startBroker({ data, connectors: [] });
    await assert.rejects(second, { name: 'StoreError', code: 'STOMP_STORE_IN_USE' });
    await first.close();
    const third = await startBroker({ data, connectors: [] });
    await third.close();
    assert.equal(third.state, 'closed');
  });

  test('below a regular file is refused', async (context) => {
    const file = join(temporaryDirectory(context), 'file');
    writeFileSync(file, '');
    await assert.rejects(startBroker({ data: join(file, 'data'), connectors: [] }), {
      name: 'StoreError',
      code: 'STOMP_STORE_UNWRITABLE',
      message: `The data directory ${join(file, 'data')} cannot be written (ENOTDIR): make it writable for this user, or choose another one`,
    });
  });

  test('whose tree is no tree is refused, and left as it is', async (context) => {
    const directory = temporaryDirectory(context);
    await openAndClose(directory);
    const path = join(directory, 'messages', 'data.mdb');
    // All zeros: what a file system may leave of a file whose data never reached the disk.
    for (const rubbish of [Buffer.alloc(64 * 1024, 'rubbish'), Buffer.alloc(8192)]) {
      writeFileSync(path, rubbish);
      await assert.rejects(DiskStore.open(directory), {
        name: 'StoreError',
        code: 'STOMP_STORE_UNWRITABLE',
        message: /^The message store in .* cannot be opened \(.* no LMDB file\): check /,
      });
      assert.ok(rubbish.equals(readFileSync(path)));
    }
    rmSync(join(directory, 'messages'), { recursive: true });
    await openAndClose(directory);
  });

  test('of another format is refused, and left as it is', async (context) => {
    const directory = temporaryDirectory(context);
    const path = join(directory, 'format');
    writeFileSync(path, '3\n');
    await assert.rejects(DiskStore.open(directory), {
      name: 'StoreError',
      code: 'STOMP_STORE_FORMAT',
      message: `The message store in ${directory} has format 3, this version reads format 2: start it with the version of stompbox that wrote it`,
    });
    assert.equal(readFileSync(path, 'utf8'), '3\n');
    writeFileSync(path, '2\n');
    await openAndClose(directory);
  });

  test('of format 1 becomes one of format 2, with all that it holds', async (context) => {
    const directory = temporaryDirectory(context);
    const store = await DiskStore.open(directory);
    store.put(store.createQueue('a'), 0, Buffer.from('kept'), 'durable');
    await store.commit();
    await store.close();
    const path = join(directory, 'format');
    writeFileSync(path, '1\n');
    const again = await DiskStore.open(directory);
    context.after(() => again.close());
    assert.equal(readFileSync(path, 'utf8'), '2\n');
    assert.equal(again.queues()[0]?.depth, 1);
  });

  test('whose format never reached the disk is as good as new', async (context) => {
    const directory = temporaryDirectory(context);
    const path = join(directory, 'format');
    writeFileSync(path, '');
    await openAndClose(directory);
    assert.equal(readFileSync(path, 'utf8'), '2\n');
  });

  test('with scratch of an earlier run is cleaned', async (context) => {
    const directory = temporaryDirectory(context);
    await openAndClose(directory);
    mkdirSync(join(directory, 'scratch'), { recursive: true });
    writeFileSync(join(directory, 'scratch', 'data.mdb'), 'rubbish');
    await openAndClose(directory);
    assert.notEqual(readFileSync(join(directory, 'scratch', 'data.mdb')).length, 'rubbish'.length);
  });
});
