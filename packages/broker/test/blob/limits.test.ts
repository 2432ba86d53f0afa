import assert from 'node:assert/strict';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { type BlobFiles, DiskBlobFiles, type PartFile } from '../../dist/blob/blob-files.js';
import { resolveBlobOptions } from '../../dist/blob/blob-options.js';
import { blobScene, codeOf } from './blob-scene.js';

const DAY_MS = 86_400_000;

/** A body of unknown length. */
function streamOf(...chunks: readonly string[]): ReadableStream<Uint8Array> {
  return new Blob([...chunks]).stream();
}

/** A disk with room for some bytes. */
class SmallDisk extends DiskBlobFiles implements BlobFiles {
  room = 0;

  override async openPart(id: string): Promise<PartFile> {
    const file = await super.openPart(id);
    return {
      write: async (chunk, offset) => {
        const taken = chunk.subarray(0, this.room);
        await file.write(taken, offset);
        this.room -= taken.length;
        if (taken.length === chunk.length) return;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      },
      sync: () => file.sync(),
      truncate: (bytes) => file.truncate(bytes),
      close: () => file.close(),
    };
  }
}

test('a blob that announces more than the limit is refused at once', async (context) => {
  const scene = await blobScene(context, { limits: { maxBlobBytes: 4 } });
  const response = await fetch(scene.base, { method: 'PUT', body: 'hello' });
  assert.equal(response.status, 413);
  assert.equal(await codeOf(response), 'STOMP_BLOB_TOO_LARGE');
  assert.deepEqual(scene.files(), []);
  assert.equal((await scene.puts('hell')).size, 4);
});

test('a blob that grows beyond the limit is refused then', async (context) => {
  const scene = await blobScene(context, { limits: { maxBlobBytes: 4 } });
  const body = streamOf('hello');
  const response = await fetch(scene.base, { method: 'PUT', body, duplex: 'half' });
  assert.equal(response.status, 413);
  const url = await scene.begins();
  await scene.patches(url, 0, 'hel');
  assert.equal((await scene.patches(url, 3, 'lo')).status, 413, 'also in parts');
});

test('all blobs together have a limit, unfinished ones included', async (context) => {
  const scene = await blobScene(context, { limits: { maxTotalBytes: 10 } });
  const { url } = await scene.puts('hello');
  await scene.patches(await scene.begins(), 0, 'hel');
  const announced = await fetch(scene.base, { method: 'PUT', body: 'xyz' });
  assert.equal(announced.status, 507);
  assert.equal(await codeOf(announced), 'STOMP_BLOB_STORE_FULL');
  const body = streamOf('xyz');
  const streamed = await fetch(scene.base, { method: 'PUT', body, duplex: 'half' });
  assert.equal(streamed.status, 507);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
  assert.equal((await scene.puts('xyz')).size, 3, 'there is room again');
});

test('blobs leave the disk the room that messages need', async (context) => {
  const scene = await blobScene(context, { limits: { minFreeBytes: Number.MAX_SAFE_INTEGER } });
  const response = await fetch(scene.base, { method: 'PUT', body: 'hello' });
  assert.equal(response.status, 507);
  assert.match(await response.text(), /minFreeBytes/);
});

test('a full disk ends an upload, and it goes on when there is room', async (context) => {
  let disk: SmallDisk | undefined;
  const files = (directory: string) => {
    disk = new SmallDisk(directory);
    return disk;
  };
  const scene = await blobScene(context, { files });
  assert.ok(disk);
  disk.room = 3;
  const url = await scene.begins();
  const full = await scene.patches(url, 0, 'hello');
  assert.equal(full.status, 507);
  assert.equal(await codeOf(full), 'STOMP_BLOB_STORE_FULL');
  assert.equal((await scene.heads(url)).headers.get('upload-offset'), '0');
  assert.equal(scene.blobs.usedBytes, 0, 'what was not written does not count');

  const put = await fetch(scene.base, { method: 'PUT', body: 'hello' });
  assert.equal(put.status, 507);

  disk.room = 100;
  const last = await scene.patches(url, 0, 'hi', { 'upload-complete': '?1' });
  assert.equal(last.status, 200);
  const blob = await fetch(url);
  assert.equal(await blob.text(), 'hi', 'nothing of the failed write is behind it');
  assert.deepEqual(
    scene.errors.map((error) => 'code' in error && error.code),
    ['STOMP_BLOB_STORE_FULL', 'STOMP_BLOB_STORE_FULL'],
    'the operator hears of it',
  );
});

test('an upload whose sync fails begins anew, because nobody knows what is on disk', async (context) => {
  let isBroken = true;
  class BrokenDisk extends DiskBlobFiles {
    override async openPart(id: string): Promise<PartFile> {
      const file = await super.openPart(id);
      return {
        write: (chunk, offset) => file.write(chunk, offset),
        sync: () => (isBroken ? Promise.reject(new Error('EIO: i/o error')) : file.sync()),
        truncate: (bytes) => file.truncate(bytes),
        close: () => file.close(),
      };
    }
  }
  const scene = await blobScene(context, { files: (directory) => new BrokenDisk(directory) });
  const url = await scene.begins();
  await scene.patches(url, 0, 'hel');
  const last = { 'upload-complete': '?1' };
  assert.equal((await scene.patches(url, 3, 'lo', last)).status, 500);
  isBroken = false;
  assert.equal((await scene.heads(url)).status, 404);
  assert.deepEqual(scene.files(), []);
  assert.equal(scene.blobs.usedBytes, 0);
  assert.deepEqual(
    scene.errors.map(({ message }) => message),
    ['EIO: i/o error'],
  );
});

test('only so many requests send at the same time', async (context) => {
  const scene = await blobScene(context, { limits: { maxUploads: 1 } });
  const { port } = scene.http;
  const socket = connect(port, '127.0.0.1');
  socket.write('PUT /blobs/x HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhel');
  while (scene.blobs.usedBytes < 3) await new Promise((resolve) => setImmediate(resolve));
  const refused = await fetch(scene.base, { method: 'PUT', body: 'hello' });
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '5');
  assert.equal(await codeOf(refused), 'STOMP_BLOB_TOO_MANY');
  socket.destroy();
});

test('only so many uploads may be unfinished', async (context) => {
  const scene = await blobScene(context, { limits: { maxParts: 2 } });
  const url = await scene.begins();
  await scene.begins();
  assert.equal((await fetch(scene.base, { method: 'PUT', body: 'x' })).status, 503);
  await scene.patches(url, 0, 'x', { 'upload-complete': '?1' });
  assert.equal((await scene.puts('x')).size, 1);
});

test('an upload that brings nothing for too long is ended, and can go on', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  const socket = connect(scene.http.port, '127.0.0.1');
  const head = 'host: x\r\ncontent-length: 5\r\nupload-offset: 0\r\nupload-complete: ?1';
  socket.write(`PATCH ${new URL(url).pathname} HTTP/1.1\r\n${head}\r\n\r\nhel`);
  while (scene.blobs.usedBytes < 3) await new Promise((resolve) => setImmediate(resolve));
  const answered = once(socket, 'data');
  scene.clock.advance(59_999);
  assert.equal(socket.bytesRead, 0);
  scene.clock.advance(2);
  const [answer] = (await answered) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 408 [\s\S]*STOMP_BLOB_IDLE/);
  assert.equal((await scene.heads(url)).headers.get('upload-offset'), '3');
  socket.destroy();
});

test('an unfinished upload that nobody continues is removed', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  const other = await scene.begins();
  await scene.patches(url, 0, 'hel');
  scene.clock.advance(DAY_MS - 1000);
  await scene.patches(url, 3, 'lo');
  scene.clock.advance(100_000);
  while (scene.files().length > 1) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await scene.heads(other)).status, 404);
  assert.equal((await scene.heads(url)).headers.get('upload-offset'), '5', 'it was continued');
  scene.clock.advance(DAY_MS + 100_000);
  while (scene.blobs.usedBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(scene.files(), []);
});

test('an unfinished upload of an earlier run is removed in its time', async (context) => {
  const before = await blobScene(context);
  const old = await before.begins();
  const young = await before.begins();
  await before.close();
  utimesSync(join(before.directory, `${old.slice(-64)}.part`), 0, 0);
  const after = await blobScene(context, { directory: before.directory });
  after.clock.advance(DAY_MS);
  while (after.files().length > 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(after.files(), [`${young.slice(-64)}.part`]);
});

test('limits that are wrong are refused by name', () => {
  assert.throws(() => resolveBlobOptions({ maxUploads: 0 }), {
    code: 'STOMP_OPT_INVALID',
    message: /blobs\.maxUploads/,
  });
  assert.throws(() => resolveBlobOptions(JSON.parse('{"maxSize":1}')), {
    code: 'STOMP_OPT_UNKNOWN',
    message: /blobs\.maxSize/,
  });
  assert.equal(resolveBlobOptions({ minFreeBytes: 0 }).minFreeBytes, 0);
});
