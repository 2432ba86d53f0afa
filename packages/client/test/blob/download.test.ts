import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type BlobProgress,
  type BlobReference,
  type DownloadOptions,
  downloadBlob,
} from '@stompbox/client';
import { type SeenRequest, startScriptedServer } from './scripted-server.js';

const content = 'hello world';
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const reprDigest = `sha-256=:${createHash('sha256').update(content).digest('base64')}:`;
const quick = { random: () => 0, maxAttempts: 3 };

function reference(url: string, given: Partial<BlobReference> = {}): BlobReference {
  return { url, digest, size: content.length, name: undefined, ...given };
}

function read(blob: BlobReference, options: DownloadOptions = {}): Promise<string> {
  return textOf(downloadBlob(blob, { ...quick, ...options }));
}

const whole = (_request: SeenRequest, response: ServerResponse) => void response.end(content);

test('a blob comes whole, with progress', async (context) => {
  const { url } = await startScriptedServer(context, whole);
  const seen: BlobProgress[] = [];
  const onProgress = (progress: BlobProgress) => void seen.push(progress);
  assert.equal(await read(reference(url), { onProgress }), content);
  assert.deepEqual(seen.at(-1), { bytes: content.length, totalBytes: content.length });
});

test('a blob with other bytes than promised is an error, never an end', async (context) => {
  const { url } = await startScriptedServer(context, (_request, response) => {
    response.end('hello w0rld');
  });
  await assert.rejects(read(reference(url)), {
    code: 'STOMP_BLOB_DIGEST',
    message: /has the digest sha256:/,
  });
});

test('a blob that is longer than promised is given up at once', async (context) => {
  const { url } = await startScriptedServer(context, (_request, response) => {
    // It never ends.
    response.write('hello world and more');
  });
  await assert.rejects(read(reference(url)), { code: 'STOMP_BLOB_DIGEST', message: /more than/ });
});

test('a blob that stays shorter than promised is not taken for whole', async (context) => {
  const { url, requests } = await startScriptedServer(context, ({ headers }, response) => {
    if (headers.range) response.writeHead(416).end();
    else response.end('hello');
  });
  await assert.rejects(read(reference(url)), { code: 'STOMP_BLOB_REFUSED', message: /416/ });
  assert.equal(requests[1]?.headers.range, 'bytes=5-');
});

test('what the message does not say, the server may', async (context) => {
  const { url } = await startScriptedServer(context, (_request, response) => {
    response.writeHead(200, { 'repr-digest': reprDigest }).end(content);
  });
  const unknown = { digest: undefined, size: undefined };
  assert.equal(await read(reference(url, unknown)), content);
});

test('a blob whose digest nobody knows is an error', async (context) => {
  const { url } = await startScriptedServer(context, whole);
  await assert.rejects(read(reference(url, { digest: undefined })), {
    code: 'STOMP_BLOB_DIGEST',
    message: /neither the message nor the server/,
  });
});

test('a server without ranges sends all again, and what came before is skipped', async (context) => {
  const { url, requests } = await startScriptedServer(context, (_request, response) => {
    if (requests.length > 1) response.end(content);
    else
      response.writeHead(200, { 'content-length': '11' }).write('hello ', () => response.destroy());
  });
  assert.equal(await read(reference(url)), content);
  assert.equal(requests.length, 2);
});

test('a blob that was removed with its message is gone', async (context) => {
  const { url, requests } = await startScriptedServer(context, (_request, response) => {
    response.writeHead(404).end();
  });
  await assert.rejects(read(reference(url)), { code: 'STOMP_BLOB_GONE' });
  assert.equal(requests.length, 1);
});

test('a server cannot lead the download elsewhere', async (context) => {
  const inner = await startScriptedServer(context, whole);
  const { url } = await startScriptedServer(context, (_request, response) => {
    response.writeHead(302, { location: inner.url }).end();
  });
  await assert.rejects(read(reference(url)), {
    code: 'STOMP_BLOB_UNREACHABLE',
    message: /redirect/,
  });
  assert.equal(inner.requests.length, 0);
});

test('a download can be given up', async (context) => {
  const { url } = await startScriptedServer(context, (_request, response) => {
    response.write('hello');
  });
  const abort = new AbortController();
  const reason = new Error('the user has left');
  const onProgress = () => abort.abort(reason);
  await assert.rejects(read(reference(url), { signal: abort.signal, onProgress }), reason);
  await assert.rejects(read(reference(url), { signal: abort.signal }), reason);
});

test('a reader that leaves ends the request', async (context) => {
  let onClose = () => {};
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  const { url } = await startScriptedServer(context, (_request, response) => {
    response.on('close', onClose);
    response.write('hello');
  });
  const reader = downloadBlob(reference(url), quick).getReader();
  assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), 'hello');
  await reader.cancel();
  await closed;
});

test('nothing is fetched before somebody reads', async (context) => {
  const { url, requests } = await startScriptedServer(context, whole);
  const stream = downloadBlob(reference(url), quick);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(requests.length, 0);
  assert.equal(await textOf(stream), content);
});

test('a server that falls silent is asked again', async (context) => {
  const { url, requests } = await startScriptedServer(context, ({ headers }, response) => {
    if (headers.range === 'bytes=6-') {
      response.writeHead(206).end('world');
    } else response.write('hello ');
  });
  assert.equal(await read(reference(url), { idleTimeoutMs: 50 }), content);
  assert.equal(requests.length, 2);
});

test('a server that falls silent is noticed although garbage is collected', async (context) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const collecting = setInterval(collect, 5);
  context.after(() => clearInterval(collecting));
  const { url } = await startScriptedServer(context, ({ headers }, response) => {
    if (headers.range === 'bytes=6-') response.writeHead(206).end('world');
    else response.write('hello ');
  });
  assert.equal(await read(reference(url), { idleTimeoutMs: 500 }), content);
});

test('references that are wrong are refused before anything is fetched', () => {
  const message = { headers: new Map<string, string>() };
  assert.throws(() => downloadBlob(message), { code: 'STOMP_OPT_INVALID', message: /blob-url/ });
  assert.throws(() => downloadBlob(reference('file:///etc/passwd')), { code: 'STOMP_OPT_INVALID' });
  const badDigest = reference('http://localhost', { digest: 'md5:1' });
  assert.throws(() => downloadBlob(badDigest), { code: 'STOMP_OPT_INVALID' });
  const unknown = { chunkBytes: 1 } as DownloadOptions;
  assert.throws(() => downloadBlob(reference('http://localhost'), unknown), {
    code: 'STOMP_OPT_UNKNOWN',
  });
});
