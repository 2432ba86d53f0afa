import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileSendStore, type SendRecord, SendStoreError } from '@stompbox/client/file-store';
import {
  idsIn,
  record,
  segmentFiles,
  sizeOnDisk,
  smallStore,
  temporaryFolder,
} from './store-scene.js';

describe('the offline queue on disk', () => {
  test('gives back what was appended as it was, in order', async (t) => {
    const path = join(temporaryFolder(t), 'deep', 'queue');
    const store = fileSendStore({ path });
    assert.deepEqual(await store.load(), { records: [], damage: [] });
    const sent: SendRecord[] = [
      record('1', ''),
      {
        ...record('2'),
        destination: '/topic/ü',
        headers: [
          ['a', 'b\n'],
          ['a', ''],
        ],
      },
      record(
        '3',
        Uint8Array.from({ length: 256 }, (_, index) => index),
      ),
    ];
    await Promise.all(sent.map((one) => store.append(one)));
    await store.close();
    const { records, damage } = await fileSendStore({ path }).load();
    assert.deepEqual(
      records.map((one) => ({ ...one, body: Buffer.from(one.body) })),
      sent.map((one) => ({ ...one, body: Buffer.from(one.body) })),
    );
    assert.deepEqual(damage, []);
  });

  test('takes the bytes of a body as they were at the call', async (t) => {
    const path = temporaryFolder(t);
    const store = fileSendStore({ path });
    await store.load();
    const body = Buffer.from('before');
    const appended = store.append(record('a', body));
    body.write('after!');
    await appended;
    await store.close();
    const { records } = await fileSendStore({ path }).load();
    assert.equal(Buffer.from(records[0]?.body ?? '').toString(), 'before');
  });

  test('does not give back what was removed, in whatever order', async (t) => {
    const path = temporaryFolder(t);
    const store = fileSendStore({ path });
    await store.load();
    const durable = Promise.all(['a', 'b', 'c', 'd'].map((id) => store.append(record(id))));
    store.remove('c');
    await durable;
    store.remove('a');
    store.remove('nobody');
    assert.equal(store.count, 2);
    await store.close();
    assert.deepEqual(await idsIn(path), ['b', 'd']);
  });

  test('keeps the order of what is left over several processes', async (t) => {
    const path = temporaryFolder(t);
    for (const id of ['a', 'b', 'c']) {
      const store = fileSendStore({ path });
      await store.load();
      await store.append(record(id));
      await store.close();
    }
    assert.deepEqual(await idsIn(path), ['a', 'b', 'c']);
  });

  test('counts records and bytes from the call on', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t) });
    await store.load();
    const durable = store.append(record('a', 'x'.repeat(1000)));
    assert.equal(store.count, 1);
    assert.ok(store.bytes > 1000 && store.bytes < 1200);
    await durable;
    store.remove('a');
    assert.deepEqual([store.count, store.bytes], [0, 0]);
    await store.close();
  });

  test('leaves nothing on disk when all is sent', async (t) => {
    const path = temporaryFolder(t);
    const store = fileSendStore({ path });
    await store.load();
    await store.append(record('a'));
    assert.equal(segmentFiles(path).length, 1);
    store.remove('a');
    await store.close();
    assert.deepEqual(readdirSync(path), []);
  });

  test('is readable for its user only', { skip: process.platform === 'win32' }, async (t) => {
    const path = join(temporaryFolder(t), 'queue');
    const store = fileSendStore({ path });
    await store.load();
    await store.append(record('a'));
    assert.equal(statSync(path).mode & 0o777, 0o700);
    for (const file of segmentFiles(path)) assert.equal(statSync(file).mode & 0o777, 0o600);
    await store.close();
  });

  test('refuses what exceeds maxBytes until something is removed', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t), maxBytes: 1500 });
    await store.load();
    const body = 'x'.repeat(1000);
    await store.append(record('a', body));
    await assert.rejects(store.append(record('b', body)), {
      code: 'STOMP_OFFLINE_FULL',
      retryable: true,
    });
    store.remove('a');
    await store.append(record('b', body));
    assert.equal(store.count, 1);
    await store.close();
  });

  test('takes an id once', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t) });
    await store.load();
    await store.append(record('a'));
    await assert.rejects(store.append(record('a')), { code: 'STOMP_OPT_INVALID' });
    await store.close();
  });

  test('takes nothing before load and after close', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t) });
    await assert.rejects(store.append(record('a')), { code: 'STOMP_OFFLINE_CLOSED' });
    await store.load();
    await store.close();
    await store.close();
    store.remove('a');
    await assert.rejects(store.append(record('a')), { code: 'STOMP_OFFLINE_CLOSED' });
    assert.equal(store.count, 0);
  });

  test('can be opened again', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t) });
    await store.load();
    await store.append(record('a'));
    await store.close();
    const { records } = await store.load();
    assert.equal(records[0]?.id, 'a');
    await store.close();
  });

  test('checks its options at once', (t) => {
    const path = temporaryFolder(t);
    assert.throws(() => fileSendStore({ path: '' }), { code: 'STOMP_OPT_INVALID' });
    assert.throws(() => fileSendStore({ path, maxBytes: 0.5 }), { code: 'STOMP_OPT_INVALID' });
    const misspelt = { path, maxByte: 1 };
    assert.throws(() => fileSendStore(misspelt), { code: 'STOMP_OPT_UNKNOWN' });
  });

  test('says that a folder cannot be one', async (t) => {
    const path = join(temporaryFolder(t), 'file');
    writeFileSync(path, '');
    await assert.rejects(fileSendStore({ path: join(path, 'queue') }).load(), {
      code: 'STOMP_OFFLINE_UNWRITABLE',
      message: /ENOTDIR/,
    });
  });

  test('can be loaded again after that was impossible', async (t) => {
    const path = join(temporaryFolder(t), 'queue');
    mkdirSync(path);
    const foreign = join(path, 'sends-00000001.log');
    writeFileSync(foreign, 'SBSEND99 what comes after this version');
    const store = fileSendStore({ path });
    await assert.rejects(store.load(), { code: 'STOMP_OFFLINE_FORMAT' });
    assert.match(readFileSync(foreign, 'utf8'), /^SBSEND99/);
    writeFileSync(foreign, '');
    chmodSync(foreign, 0o600);
    assert.deepEqual((await store.load()).damage, []);
    await store.close();
  });

  test('names no body and no header in its errors', async (t) => {
    const store = fileSendStore({ path: temporaryFolder(t), maxBytes: 10 });
    await store.load();
    await assert.rejects(store.append(record('secret-id', 'secret body')), (error: unknown) => {
      assert.ok(error instanceof SendStoreError);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    await store.close();
  });
});

describe('the space that the offline queue takes', () => {
  test('is given back while sends come and go', async (t) => {
    const path = temporaryFolder(t);
    const store = smallStore(path);
    await store.load();
    let largest = 0;
    for (let number = 0; number < 200; number++) {
      await store.append(record(`${number}`, 'x'.repeat(300)));
      if (number >= 3) store.remove(`${number - 3}`);
      largest = Math.max(largest, sizeOnDisk(path));
    }
    assert.ok(largest < 6000, `${largest} bytes for 4 sends of about 400`);
    await store.close();
    assert.deepEqual(await idsIn(path), ['197', '198', '199']);
  });

  test('is given back behind a send that stays', async (t) => {
    const path = temporaryFolder(t);
    const store = smallStore(path);
    await store.load();
    await store.append(record('stays'));
    for (let number = 0; number < 100; number++) {
      await store.append(record(`${number}`, 'x'.repeat(300)));
      store.remove(`${number}`);
    }
    await store.append(record('last'));
    assert.ok(sizeOnDisk(path) < 5000, `${sizeOnDisk(path)} bytes`);
    assert.equal(store.count, 2);
    await store.close();
    assert.deepEqual(await idsIn(path), ['stays', 'last']);
  });

  test('is not given back at the price of what was removed coming again', async (t) => {
    const path = temporaryFolder(t);
    const expected: string[] = [];
    for (let round = 0; round < 10; round++) {
      const store = smallStore(path, { segmentBytes: 300 });
      const { records } = await store.load();
      assert.deepEqual(
        records.map(({ id }) => id),
        expected,
      );
      for (let number = 0; number < 10; number++) {
        const id = `${round}/${number}`;
        await store.append(record(id, 'x'.repeat(100)));
        expected.push(id);
        if (number % 3 === 0) continue;
        const [removed] = expected.splice(number % 2 === 0 ? 0 : expected.length >> 1, 1);
        store.remove(removed ?? '');
      }
      await store.close();
    }
    assert.deepEqual(await idsIn(path), expected);
  });
});
