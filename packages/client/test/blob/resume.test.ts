import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { arrayBuffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { downloadBlob, uploadBlob } from '@stompbox/client';
import { BlobProcess } from './blob-process.js';
import { startCuttingProxy } from './cutting-proxy.js';
import { startScriptedServer } from './scripted-server.js';

const MIB = 1024 * 1024;
const content = randomBytes(16 * MIB);
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
const quick = { random: () => 0 };

function stream(): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
    })(),
  );
}

for (const [kind, source] of [
  ['Blob', () => new Blob([content])],
  ['stream', stream],
] as const) {
  test(`the upload of a ${kind} goes on where the connection broke`, async (context) => {
    const store = await BlobProcess.start(context);
    // Six connections carry 12 MiB at most, so all six are cut before the 16 MiB are there.
    const proxy = await startCuttingProxy(context, store.port, { cutAfter: 2 * MIB, cuts: 6 });
    const url = `http://127.0.0.1:${proxy.port}/blobs`;
    const uploaded = await uploadBlob(source(), { ...quick, url, chunkBytes: 4 * MIB });
    assert.equal(uploaded.digest, digest);
    assert.equal(uploaded.size, content.length);
    assert.equal(proxy.cutsLeft, 0);
  });
}

test('a download goes on where the connection broke', async (context) => {
  const store = await BlobProcess.start(context);
  const { url, size } = await uploadBlob(new Blob([content]), { url: store.url });
  const proxy = await startCuttingProxy(context, store.port, { cutAfter: 3 * MIB, cuts: 4 });
  const through = url.replace(`:${store.port}/`, `:${proxy.port}/`);
  const blob = { url: through, digest, size, name: undefined };
  const bytes = Buffer.from(await arrayBuffer(downloadBlob(blob, quick)));
  assert.ok(bytes.equals(content));
  assert.equal(proxy.cutsLeft, 0);
  assert.equal(proxy.connections, 5);
});

test('an upload survives the death of the broker', async (context) => {
  const store = await BlobProcess.start(context);
  let isKilled = false;
  let restarted: Promise<void> | undefined;
  const source = Readable.from(
    (async function* () {
      for (let at = 0; at < content.length; at += MIB) {
        if (at === 8 * MIB) {
          isKilled = true;
          await store.kill();
          restarted = store.startAgain();
        }
        yield content.subarray(at, at + MIB);
      }
    })(),
  );
  const options = { url: store.url, chunkBytes: MIB, maxAttempts: Number.POSITIVE_INFINITY };
  const uploaded = await uploadBlob(source, options);
  await restarted;
  assert.ok(isKilled);
  assert.equal(uploaded.digest, digest);
  const stored = await (await fetch(uploaded.url)).arrayBuffer();
  assert.ok(Buffer.from(stored).equals(content));
});

test('a download survives the death of the broker', async (context) => {
  const store = await BlobProcess.start(context);
  const { url, size } = await uploadBlob(new Blob([content]), { url: store.url });
  const blob = { url, digest, size, name: undefined };
  const parts: Uint8Array[] = [];
  let received = 0;
  let restarted: Promise<void> | undefined;
  const options = { maxAttempts: Number.POSITIVE_INFINITY };
  for await (const part of downloadBlob(blob, options)) {
    parts.push(part);
    received += part.length;
    if (received >= 4 * MIB && restarted === undefined) {
      await store.kill();
      restarted = store.startAgain();
    }
  }
  await restarted;
  assert.ok(restarted);
  assert.ok(Buffer.concat(parts).equals(content));
});

/** A store that loses an upload at its second portion, once. */
function forgetfulStore(state: { begun: number }) {
  let received = 0;
  return (
    { method, headers, body }: { method: string; headers: NodeJS.Dict<unknown>; body: Buffer },
    response: import('node:http').ServerResponse,
  ) => {
    if (method === 'POST') {
      state.begun += 1;
      received = 0;
      response.writeHead(201).end(JSON.stringify({ url: `http://x/blobs/${state.begun}` }));
    } else if (method === 'PATCH' && (state.begun > 1 || received === 0)) {
      received += body.length;
      const isLast = headers['upload-complete'] === '?1';
      if (isLast)
        response.writeHead(200).end(JSON.stringify({ url: 'http://x/2', size: received }));
      else response.writeHead(204).end();
    } else response.writeHead(404).end();
  };
}

test('a Blob whose upload the broker has lost is uploaded anew', async (context) => {
  const state = { begun: 0 };
  const server = await startScriptedServer(context, forgetfulStore(state));
  const options = { ...quick, url: server.url, chunkBytes: 8 * MIB };
  const uploaded = await uploadBlob(new Blob([content]), options);
  assert.equal(uploaded.size, content.length);
  assert.equal(uploaded.digest, digest);
  assert.equal(state.begun, 2);
});

test('a stream whose upload the broker has lost fails, because it cannot be read again', async (context) => {
  const state = { begun: 0 };
  const server = await startScriptedServer(context, forgetfulStore(state));
  const options = { ...quick, url: server.url, chunkBytes: 4 * MIB };
  await assert.rejects(uploadBlob(stream(), options), { code: 'STOMP_BLOB_CANNOT_RESUME' });
  assert.equal(state.begun, 1);
});

test('an upload whose last answer was lost is complete', async (context) => {
  let isComplete = false;
  const server = await startScriptedServer(context, ({ method, headers }, response) => {
    const { 'repr-digest': sent } = headers;
    if (method === 'POST') response.end(JSON.stringify({ url: 'http://x/blobs/1' }));
    else if (method === 'PATCH') {
      isComplete = true;
      answer['repr-digest'] = String(sent);
      response.destroy();
    } else if (method === 'HEAD' && isComplete) response.writeHead(200, answer).end();
    else response.writeHead(500).end();
  });
  const answer: Record<string, string> = {
    'upload-offset': String(content.length),
    'upload-complete': '?1',
    location: 'https://mq.example.com/blobs/1',
  };
  const options = { ...quick, url: server.url, chunkBytes: 32 * MIB };
  const uploaded = await uploadBlob(new Blob([content]), options);
  assert.deepEqual(uploaded, {
    url: 'https://mq.example.com/blobs/1',
    digest,
    size: content.length,
  });
});

test('a broker that is away is tried so often and no more', async (context) => {
  const store = await BlobProcess.start(context);
  await store.kill();
  const options = { ...quick, url: store.url, maxAttempts: 3 };
  await assert.rejects(uploadBlob(new Blob([content]), options), {
    code: 'STOMP_BLOB_UNREACHABLE',
    message: /in 3 attempts .*ECONNREFUSED/,
    retryable: true,
  });
});

test('a broker that is overloaded is asked again', async (context) => {
  let refusals = 0;
  const server = await startScriptedServer(context, (_request, response) => {
    refusals += 1;
    response.writeHead(503).end();
  });
  const options = { ...quick, url: server.url, maxAttempts: 4 };
  await assert.rejects(uploadBlob(new Blob([content]), options), {
    code: 'STOMP_BLOB_UNREACHABLE',
    message: /503/,
  });
  assert.equal(refusals, 4);
});
