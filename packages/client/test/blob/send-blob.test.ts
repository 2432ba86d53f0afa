import assert from 'node:assert/strict';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { blobHeaders, blobOf, connect, downloadBlob, sendBlob } from '@stompbox/client';
import { startTcpBroker } from '../support/tcp-broker.js';
import { BlobProcess } from './blob-process.js';

test('a message refers to the blob that was uploaded for it', async (context) => {
  const [store, broker] = await Promise.all([BlobProcess.start(context), startTcpBroker()]);
  context.after(() => broker.close());
  const connection = await connect(`stomp://127.0.0.1:${broker.port}`);
  const uploaded = await sendBlob(connection, '/queue/films', new Blob(['frames']), {
    url: store.url,
    name: 'film.mp4',
    body: 'watch this',
    send: { headers: { priority: 7 }, persistent: true },
  });
  const frame = broker.frames.find(({ command }) => command === 'SEND');
  assert.ok(frame);
  assert.equal(Buffer.from(frame.body).toString(), 'watch this');
  assert.equal(frame.headers.get('priority'), '7');
  assert.equal(frame.headers.get('persistent'), 'true');
  assert.deepEqual(blobOf(frame), { ...uploaded, name: 'film.mp4' });
  assert.equal(await textOf(downloadBlob(frame)), 'frames');
  await connection.close();
});

test('the broker may say where it takes blobs', async (context) => {
  const store = await BlobProcess.start(context);
  const sent: unknown[] = [];
  const connection = {
    blobUploadUrl: store.url,
    send: async (...values: unknown[]) => void sent.push(values),
  };
  const { url, digest, size } = await sendBlob(connection, '/queue/a', new Blob(['hello']));
  const headers = { 'blob-url': url, 'blob-digest': digest, 'blob-size': size };
  assert.deepEqual(sent, [['/queue/a', '', { headers: { ...headers, 'blob-name': undefined } }]]);
});

test('nothing is sent when the upload fails', async (context) => {
  const store = await BlobProcess.start(context);
  const connection = { blobUploadUrl: store.url, send: () => assert.fail('it was sent') };
  const digest = `sha256:${'0'.repeat(64)}`;
  await assert.rejects(sendBlob(connection, '/queue/a', new Blob(['x']), { digest }), {
    code: 'STOMP_BLOB_DIGEST',
  });
});

test('a broker without a blob store needs a url', async () => {
  const connection = { send: () => assert.fail('it was sent') };
  await assert.rejects(sendBlob(connection, '/queue/a', new Blob(['x'])), {
    code: 'STOMP_OPT_INVALID',
    message: /give the option url/,
  });
  const unknown = { ...{ to: 'x' }, url: 'http://localhost' };
  await assert.rejects(sendBlob(connection, '/queue/a', new Blob(['x']), unknown), {
    code: 'STOMP_OPT_UNKNOWN',
  });
});

test('an ordinary message refers to no blob', () => {
  assert.equal(blobOf({ headers: new Map() }), undefined);
  const headers = new Map([
    ['blob-url', 'http://localhost/blobs/1'],
    ['blob-size', '1e3'],
  ]);
  assert.deepEqual(blobOf({ headers }), {
    url: 'http://localhost/blobs/1',
    digest: undefined,
    size: undefined,
    name: undefined,
  });
  const written = blobHeaders({ url: 'u', digest: 'd', size: 1, name: 'n' });
  assert.deepEqual(written, {
    'blob-url': 'u',
    'blob-digest': 'd',
    'blob-size': 1,
    'blob-name': 'n',
  });
});
