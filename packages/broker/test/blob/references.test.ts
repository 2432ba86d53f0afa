import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { DiskStore } from '../../dist/store/disk-store.js';
import { HeldStore } from '../held-store.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { blobScene, codeOf, referring } from './blob-scene.js';

const HOUR_MS = 3_600_000;

/** Resolves when what was begun in the background is over. */
async function eventually(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

test('a blob goes when the message that refers to it is settled', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  const message = referring(url);
  assert.ok(scene.blobs.retain(message) > 0, 'the reference is written');
  await scene.commits.flush();
  assert.equal(scene.files().length, 1);
  assert.ok(scene.blobs.release(message) > 0);
  await eventually(() => scene.files().length === 0);
  assert.equal((await fetch(url)).status, 404);
  assert.equal(scene.blobs.usedBytes, 0);
});

test('a blob stays until the last copy of its message is settled', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  const [kept, copy] = [referring(url), referring(url, { isPersistent: false })];
  scene.blobs.retain(kept);
  assert.equal(scene.blobs.retain(copy), 0, 'what a restart forgets is not written');
  scene.blobs.retain(kept);
  scene.blobs.release(kept);
  scene.blobs.release(kept);
  await scene.commits.flush();
  assert.equal(scene.files().length, 1);
  scene.blobs.release(copy);
  await eventually(() => scene.files().length === 0);
});

test('a message that moves keeps its blob', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  const message = referring(url);
  scene.blobs.retain(message);
  scene.blobs.retain(message);
  scene.blobs.release(message);
  await scene.commits.flush();
  assert.equal((await fetch(url)).status, 200);
});

test('a blob goes only when the end of its message is durable', async (context) => {
  const store = new HeldStore();
  const scene = await blobScene(context, { store });
  const { url } = await scene.puts('hello');
  scene.blobs.retain(referring(url));
  await scene.commits.flush();
  const held = store.nextCommit();
  scene.blobs.release(referring(url));
  const commit = await held;
  assert.equal((await fetch(url)).status, 200);
  commit.release();
  await eventually(() => scene.files().length === 0);
});

test('a message that takes the blob again meanwhile saves it', async (context) => {
  const store = new HeldStore();
  const scene = await blobScene(context, { store });
  const { url } = await scene.puts('hello');
  scene.blobs.retain(referring(url));
  await scene.commits.flush();
  const held = store.nextCommit();
  scene.blobs.release(referring(url));
  const commit = await held;
  scene.blobs.retain(referring(url));
  commit.release();
  await scene.commits.flush();
  assert.equal((await fetch(url)).status, 200);
});

test('a blob without a message goes after its time', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  scene.clock.advance(HOUR_MS - 1);
  assert.equal((await fetch(url)).status, 200);
  scene.clock.advance(60_001);
  await eventually(() => scene.files().length === 0);
});

test('a blob with a message stays for as long as that', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  scene.blobs.retain(referring(url));
  scene.clock.advance(100 * HOUR_MS);
  assert.equal((await fetch(url)).status, 200);
});

test('a blob lingers for those to whom the message went without being settled', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  scene.blobs.retain(referring(url));
  scene.blobs.linger(referring(url));
  scene.blobs.release(referring(url));
  await scene.commits.flush();
  scene.clock.advance(HOUR_MS - 60_000);
  assert.equal((await fetch(url)).status, 200);
  scene.clock.advance(120_001);
  await eventually(() => scene.files().length === 0);
});

test('a blob that a message refers to cannot be removed', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  scene.blobs.retain(referring(url));
  const response = await fetch(url, { method: 'DELETE' });
  assert.equal(response.status, 409);
  assert.equal(await codeOf(response), 'STOMP_BLOB_IN_USE');
  assert.equal((await fetch(url)).status, 200);
});

test('messages with blobs of other servers are nothing to it', async (context) => {
  const scene = await blobScene(context);
  for (const url of [
    'https://other.example.com/files/report.pdf',
    `https://other.example.com/blobs/${'ab'.repeat(32)}`,
  ]) {
    const message = referring(url);
    assert.equal(scene.blobs.retain(message), 0);
    assert.equal(scene.blobs.release(message), 0);
    scene.blobs.linger(message);
    scene.blobs.check({ url, digest: undefined, size: undefined });
  }
  assert.deepEqual(scene.errors, []);
});

test('a SEND must refer to a blob that is there and is the one that it says', async (context) => {
  const scene = await blobScene(context);
  const { url, digest, size } = await scene.puts('hello');
  scene.blobs.check({ url, digest, size: String(size) });
  scene.blobs.check({ url, digest: undefined, size: undefined });
  const part = await scene.begins();
  for (const [headers, message] of [
    [{ url: part, digest: undefined, size: undefined }, /blob-url .*not complete/],
    [{ url: `${scene.base}/${'ab'.repeat(32)}`, digest, size: '5' }, /blob-url .*not there/],
    [{ url, digest: 'sha256:00', size: '5' }, /blob-digest/],
    [{ url, digest, size: '6' }, /blob-size .* 5 bytes/],
  ] as const) {
    assert.throws(() => scene.blobs.check(headers), { code: 'STOMP_PROTO_BAD_HEADER', message });
  }
});

/** A broker's data directory, opened as a broker would. */
async function openData(test: TestContext, data: string) {
  const store = await DiskStore.open(data);
  const scene = await blobScene(test, { store, directory: join(data, 'blobs') });
  return {
    ...scene,
    async stop() {
      await scene.close();
      await scene.commits.flush();
      await store.close();
    },
  };
}

test('a broker that never sees a blob keeps nothing on disk for blobs', async (context) => {
  const data = temporaryDirectory(context);
  const broker = await openData(context, data);
  broker.blobs.retain(referring('https://other.example.com/file'));
  await broker.stop();
  assert.ok(!existsSync(join(data, 'blobs')));
  const store = await DiskStore.open(data);
  assert.deepEqual(store.queues(), []);
  await store.close();
});

test('references survive a restart, those of messages that do not are gone', async (context) => {
  const data = temporaryDirectory(context);
  const first = await openData(context, data);
  const kept = await first.puts('kept');
  const lost = await first.puts('lost');
  const unused = await first.puts('unused');
  first.blobs.retain(referring(kept.url));
  first.blobs.retain(referring(kept.url));
  first.blobs.retain(referring(lost.url, { isPersistent: false }));
  await first.stop();

  const second = await openData(context, data);
  const at = ({ url }: { url: string }) => second.base + new URL(url).pathname.slice(6);
  assert.equal(second.files().length, 3, 'all have some time left');
  second.clock.advance(2 * HOUR_MS);
  await eventually(() => second.files().length === 1);
  assert.equal((await fetch(at(lost))).status, 404);
  assert.equal((await fetch(at(unused))).status, 404);
  second.blobs.release(referring(kept.url));
  await second.commits.flush();
  assert.equal((await fetch(at(kept))).status, 200, 'the other message is still there');
  second.blobs.release(referring(at(kept)));
  await eventually(() => second.files().length === 0);
  await second.stop();
  const third = await openData(context, data);
  assert.deepEqual(third.files(), []);
  await third.stop();
});

test('a blob whose file is gone does not hold up the start', async (context) => {
  const data = temporaryDirectory(context);
  const first = await openData(context, data);
  const { url } = await first.puts('hello');
  first.blobs.retain(referring(url));
  await first.stop();
  const store = await DiskStore.open(data);
  const elsewhere = join(temporaryDirectory(context), 'blobs');
  const second = await blobScene(context, { store, directory: elsewhere });
  assert.equal(second.blobs.release(referring(url)), 0);
  await second.close();
  await new CommitLoop(store, second.clock, assert.fail).flush();
  await store.close();
  assert.deepEqual(second.errors, []);
});
