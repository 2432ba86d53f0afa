import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { type BlobProgress, type UploadOptions, uploadBlob } from '@stompbox/client';
import { BlobProcess } from './blob-process.js';
import { startScriptedServer } from './scripted-server.js';

const KIB = 1024;
const content = Buffer.from(Array.from({ length: 100 * KIB }, (_, index) => index % 251));
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.length; offset += 999) {
    yield content.subarray(offset, offset + 999);
  }
}

test('every kind of source arrives whole', async (context) => {
  const store = await BlobProcess.start(context);
  const folder = await mkdtemp(join(tmpdir(), 'stompbox-source-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, content);
  for (const [kind, source] of Object.entries({
    blob: new Blob([content]),
    path: { path },
    'stream of the web': new Blob([content]).stream(),
    'stream of Node': Readable.from(chunks()),
    'stream of a file': createReadStream(path),
    'async generator': chunks(),
  })) {
    const uploaded = await uploadBlob(source, { url: store.url, chunkBytes: 16 * KIB });
    assert.equal(uploaded.digest, digest, kind);
    assert.equal(uploaded.size, content.length, kind);
    const stored = Buffer.from(await (await fetch(uploaded.url)).arrayBuffer());
    assert.ok(stored.equals(content), kind);
  }
});

test('nothing, one portion, and a whole number of portions are blobs too', async (context) => {
  const store = await BlobProcess.start(context);
  for (const bytes of [0, 1, 10, 20, 21]) {
    for (const source of [new Blob([content.subarray(0, bytes)]), streamOf(bytes)]) {
      const uploaded = await uploadBlob(source, { url: `${store.url}/`, chunkBytes: 10 });
      assert.equal(uploaded.size, bytes);
    }
  }
});

function streamOf(bytes: number): Readable {
  return Readable.from([content.subarray(0, bytes)]);
}

test('progress is what the broker has confirmed', async (context) => {
  const store = await BlobProcess.start(context);
  const seen: BlobProgress[] = [];
  const onProgress = (progress: BlobProgress) => void seen.push(progress);
  await uploadBlob(new Blob([content]), { url: store.url, chunkBytes: 40 * KIB, onProgress });
  assert.deepEqual(
    seen.map(({ bytes }) => bytes / KIB),
    [40, 80, 100],
  );
  assert.ok(seen.every(({ totalBytes }) => totalBytes === content.length));
  seen.length = 0;
  await uploadBlob(chunks(), { url: store.url, chunkBytes: 40 * KIB, onProgress });
  assert.deepEqual(
    seen.map(({ totalBytes }) => totalBytes),
    [undefined, undefined, content.length],
  );
});

test('a source with another digest than expected is not kept', async (context) => {
  const store = await BlobProcess.start(context);
  const expected = `sha256:${'0'.repeat(64)}`;
  await assert.rejects(uploadBlob(new Blob([content]), { url: store.url, digest: expected }), {
    code: 'STOMP_BLOB_DIGEST',
    retryable: true,
  });
  assert.deepEqual(store.files(), []);
  assert.equal((await uploadBlob(new Blob([content]), { url: store.url, digest })).digest, digest);
});

test('an upload that is given up leaves nothing at the broker', async (context) => {
  const store = await BlobProcess.start(context);
  const abort = new AbortController();
  const reason = new Error('the user has left');
  const upload = uploadBlob(new Blob([content]), {
    url: store.url,
    chunkBytes: 10 * KIB,
    signal: abort.signal,
    onProgress: ({ bytes }) => {
      if (bytes >= 50 * KIB) abort.abort(reason);
    },
  });
  await assert.rejects(upload, reason);
  assert.deepEqual(store.files(), []);
});

test('a source that fails ends the upload with its own error', async (context) => {
  const store = await BlobProcess.start(context);
  const broken = new Error('the tape is torn');
  async function* torn(): AsyncGenerator<Uint8Array> {
    yield content;
    throw broken;
  }
  await assert.rejects(uploadBlob(torn(), { url: store.url, chunkBytes: KIB }), broken);
  assert.deepEqual(store.files(), []);
});

test('a refusal is told with its reason, and not tried again', async (context) => {
  const server = await startScriptedServer(context, (_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code: 'STOMP_BLOB_LOGIN_NEEDED', message: 'Log in' }));
  });
  const upload = uploadBlob(new Blob([content]), {
    url: server.url,
    login: 'jo',
    passcode: 's3crét:x',
  });
  await assert.rejects(upload, (error: Error & { code?: string; brokerCode?: string }) => {
    assert.equal(error.code, 'STOMP_BLOB_REFUSED');
    assert.equal(error.brokerCode, 'STOMP_BLOB_LOGIN_NEEDED');
    assert.match(error.message, /401: Log in/);
    assert.doesNotMatch(error.message, /s3cr/);
    return true;
  });
  assert.equal(server.requests.length, 1);
  const basic = `Basic ${Buffer.from('jo:s3crét:x').toString('base64')}`;
  assert.equal(server.requests[0]?.headers.authorization, basic);
});

test('something else that answers is no blob store', async (context) => {
  const server = await startScriptedServer(context, (_request, response) => {
    response.writeHead(404).end('<h1>nginx</h1>');
  });
  await assert.rejects(uploadBlob(new Blob([content]), { url: server.url }), {
    code: 'STOMP_BLOB_REFUSED',
    message: /404: Not Found/,
  });
});

test('options that are wrong are refused before anything is sent', async () => {
  const upload = (options: object) =>
    uploadBlob(new Blob([]), { url: 'http://localhost:1', ...options } as UploadOptions);
  for (const options of [
    { url: 'localhost' },
    { url: 'ftp://localhost' },
    { url: 'http://a:b@localhost' },
    { digest: 'abc' },
    { chunkBytes: 0 },
    { login: '' },
    { maxAttempts: 0 },
    { idleTimeoutMs: 0 },
    { signal: {} },
    { onProgress: 1 },
  ]) {
    await assert.rejects(upload(options), { code: 'STOMP_OPT_INVALID' }, JSON.stringify(options));
  }
  await assert.rejects(upload({ uri: 'x' }), { code: 'STOMP_OPT_UNKNOWN' });
  const text = 'text' as unknown as Blob;
  await assert.rejects(uploadBlob(text, { url: 'http://localhost:1' }), {
    code: 'STOMP_OPT_INVALID',
    message: /source of a blob/,
  });
});

test('a stream of text is refused, because its bytes are unknown', async (context) => {
  const store = await BlobProcess.start(context);
  const source = Readable.from(['text']);
  await assert.rejects(uploadBlob(source, { url: store.url }), { code: 'STOMP_OPT_INVALID' });
  assert.deepEqual(store.files(), []);
});
