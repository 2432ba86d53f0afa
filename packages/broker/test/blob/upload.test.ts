import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { blobScene, codeOf, type Uploaded } from './blob-scene.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const reprDigest = (text: string) =>
  `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;
const LAST = { 'upload-complete': '?1' };

/** Sends the head of a request and some of its body. */
async function beginsRequest(method: string, url: string, headers: string, body: string) {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(`${method} ${pathname} HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}`);
  return socket;
}

/** The offset of an upload once it has got that far. */
async function reaches(scene: { partBytes(): number }, bytes: number): Promise<void> {
  while (scene.partBytes() < bytes) await new Promise((resolve) => setImmediate(resolve));
}

async function openScene(...args: Parameters<typeof blobScene>) {
  const scene = await blobScene(...args);
  return { ...scene, partBytes: () => scene.blobs.usedBytes };
}

test('a PUT stores a blob and answers with its url, digest and size', async (context) => {
  const scene = await blobScene(context);
  const response = await fetch(`${scene.base}/`, { method: 'PUT', body: 'hello' });
  assert.equal(response.status, 201);
  const { url, digest, size } = (await response.json()) as Uploaded;
  assert.equal(digest, `sha256:${sha256('hello')}`);
  assert.equal(size, 5);
  assert.equal(response.headers.get('location'), url);
  assert.match(url, new RegExp(`^${scene.base}/[0-9a-f]{64}$`));
  const download = await fetch(url);
  assert.equal(await download.text(), 'hello');
  assert.deepEqual(scene.errors, []);
});

test('a sender that asks first, as curl does, is told to go on', async (context) => {
  const scene = await blobScene(context);
  const headers = 'content-length: 5\r\nexpect: 100-continue\r\nconnection: close';
  const socket = await beginsRequest('PUT', `${scene.base}/big.iso`, headers, '');
  const [asked] = (await once(socket, 'data')) as [Buffer];
  assert.match(asked.toString(), /^HTTP\/1.1 100 Continue/);
  socket.write('hello');
  assert.match(await textOf(socket), /^HTTP\/1.1 201 Created[\s\S]*"size":5}$/);
  assert.ok(scene.files().every((name) => !name.includes('big')));
});

test('a blob may be empty', async (context) => {
  const scene = await blobScene(context);
  const { url, digest, size } = await scene.puts('');
  assert.equal(digest, `sha256:${sha256('')}`);
  assert.equal(size, 0);
  const download = await fetch(url);
  assert.equal(download.status, 200);
  assert.equal((await download.arrayBuffer()).byteLength, 0);
});

test('a PUT never writes to a blob that is there, even by its id', async (context) => {
  const scene = await blobScene(context);
  const first = await scene.puts('first');
  const response = await fetch(first.url, { method: 'PUT', body: 'second' });
  const second = (await response.json()) as Uploaded;
  assert.notEqual(second.url, first.url);
  assert.equal(await (await fetch(first.url)).text(), 'first');
});

test('a digest that the sender names is checked, and what is wrong is not kept', async (context) => {
  const scene = await blobScene(context);
  const put = (headers: Record<string, string>) =>
    fetch(scene.base, { method: 'PUT', body: 'hello', headers });
  assert.equal((await put({ 'repr-digest': reprDigest('hello') })).status, 201);
  const legacy = createHash('sha256').update('hello').digest('base64');
  assert.equal((await put({ digest: `SHA-256=${legacy}` })).status, 201);
  assert.equal((await put({ 'repr-digest': 'md5=:abc:' })).status, 201, 'not one that we check');
  const stored = scene.files();

  const wrong = await put({ 'repr-digest': reprDigest('other') });
  assert.equal(wrong.status, 422);
  assert.equal(await codeOf(wrong), 'STOMP_BLOB_DIGEST_MISMATCH');
  const unreadable = await put({ 'repr-digest': 'sha-256=:abc:' });
  assert.equal(unreadable.status, 400);
  assert.deepEqual(scene.files(), stored);
  assert.equal(scene.blobs.usedBytes, 15);
});

test('an upload goes on in several requests', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  const first = await scene.patches(url, 0, 'hel');
  assert.equal(first.status, 204);
  assert.equal(first.headers.get('upload-offset'), '3');
  const standing = await scene.heads(url);
  assert.equal(standing.headers.get('upload-offset'), '3');
  assert.equal(standing.headers.get('upload-complete'), '?0');
  assert.equal((await fetch(url)).status, 404, 'it is no blob yet');
  const digest = { 'repr-digest': reprDigest('hello') };
  const last = await scene.patches(url, 3, 'lo', { ...LAST, ...digest });
  assert.equal(last.status, 200);
  assert.deepEqual(await last.json(), { url, digest: `sha256:${sha256('hello')}`, size: 5 });
  const complete = await scene.heads(url);
  assert.equal(complete.headers.get('upload-complete'), '?1');
  assert.equal(complete.headers.get('upload-offset'), '5');
  assert.equal(complete.headers.get('repr-digest'), reprDigest('hello'));
});

test('an upload can begin with its first bytes', async (context) => {
  const scene = await blobScene(context);
  const headers = { 'upload-complete': '?0' };
  const response = await fetch(scene.base, { method: 'POST', body: 'hel', headers });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('upload-offset'), '3');
  const { url, offset } = (await response.json()) as { url: string; offset: number };
  assert.equal(offset, 3);
  assert.equal((await scene.patches(url, 3, 'lo', LAST)).status, 200);
});

test('bytes at another offset than the next are refused', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  await scene.patches(url, 0, 'hel');
  for (const offset of [0, 2, 4, 1_000_000]) {
    const response = await scene.patches(url, offset, 'x');
    assert.equal(response.status, 409);
    assert.equal(await codeOf(response), 'STOMP_BLOB_WRONG_OFFSET');
  }
  assert.equal((await scene.heads(url)).headers.get('upload-offset'), '3');
});

test('requests that make no sense are refused before a byte is read', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  for (const headers of [
    { 'upload-offset': '-1' },
    { 'upload-offset': 'NaN' },
    { 'upload-complete': 'yes' },
    { 'content-encoding': 'gzip' },
    { 'content-range': 'bytes 0-4/5' },
  ]) {
    const response = await scene.patches(url, 0, 'hello', headers as Record<string, string>);
    assert.equal(response.status, 400, JSON.stringify(headers));
    assert.equal(await codeOf(response), 'STOMP_BLOB_BAD_REQUEST');
  }
  const response = await fetch(url, { method: 'PATCH', body: 'x' });
  assert.equal(response.status, 400, 'without an offset');
});

test('a complete upload takes nothing more', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello');
  const response = await scene.patches(url, 5, 'x');
  assert.equal(response.status, 409);
  assert.equal(await codeOf(response), 'STOMP_BLOB_COMPLETE');
});

test('what came before the connection broke is kept, and the upload goes on there', async (context) => {
  const scene = await openScene(context);
  const url = await scene.begins();
  const headers = 'content-length: 100\r\nupload-offset: 0\r\nupload-complete: ?1';
  const socket = await beginsRequest('PATCH', url, headers, 'hel');
  await reaches(scene, 3);
  socket.destroy();
  assert.equal((await scene.heads(url)).headers.get('upload-offset'), '3');
  const last = await scene.patches(url, 3, 'lo', LAST);
  assert.equal(((await last.json()) as Uploaded).digest, `sha256:${sha256('hello')}`);
  assert.deepEqual(scene.errors, []);
});

test('a newer request takes over from one that hangs', async (context) => {
  const scene = await openScene(context);
  const url = await scene.begins();
  const headers = 'content-length: 100\r\nupload-offset: 0\r\nupload-complete: ?1';
  const socket = await beginsRequest('PATCH', url, headers, 'hel');
  await reaches(scene, 3);
  const answered = once(socket, 'data');
  const last = await scene.patches(url, 3, 'lo', LAST);
  assert.equal(last.status, 200);
  const [answer] = (await answered) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1.1 409 [\s\S]*STOMP_BLOB_INTERRUPTED/);
  socket.destroy();
});

test('of a PUT that breaks nothing is kept, because nobody knows its url', async (context) => {
  const scene = await openScene(context);
  const socket = await beginsRequest('PUT', `${scene.base}/x`, 'content-length: 100', 'hel');
  await reaches(scene, 3);
  socket.destroy();
  while (scene.blobs.usedBytes > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(scene.files(), []);
});

test('an upload goes on after a restart, with the digest of all of it', async (context) => {
  const before = await blobScene(context);
  const { pathname } = new URL(await before.begins());
  const id = pathname.slice('/blobs/'.length);
  await before.patches(`${before.base}/${id}`, 0, 'hel');
  await before.close();
  const after = await blobScene(context, { directory: before.directory });
  const url = `${after.base}/${id}`;
  assert.equal((await after.heads(url)).headers.get('upload-offset'), '3');
  const last = await after.patches(url, 3, 'lo', LAST);
  assert.equal(((await last.json()) as Uploaded).digest, `sha256:${sha256('hello')}`);
  assert.equal(after.blobs.usedBytes, 5);
});

test('an upload that is given up leaves nothing', async (context) => {
  const scene = await blobScene(context);
  const url = await scene.begins();
  await scene.patches(url, 0, 'hello');
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
  assert.deepEqual(scene.files(), []);
  assert.equal(scene.blobs.usedBytes, 0);
  const response = await scene.patches(url, 5, 'x');
  assert.equal(response.status, 404);
  assert.equal(await codeOf(response), 'STOMP_BLOB_NOT_FOUND');
});
