import assert from 'node:assert/strict';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseRange } from '../../dist/blob/byte-range.js';
import { blobScene } from './blob-scene.js';

test('a download can begin anywhere', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('hello world');
  for (const [range, text, contentRange] of [
    ['bytes=6-', 'world', 'bytes 6-10/11'],
    ['bytes=0-4', 'hello', 'bytes 0-4/11'],
    ['bytes=-5', 'world', 'bytes 6-10/11'],
    ['bytes=6-1000', 'world', 'bytes 6-10/11'],
  ] as const) {
    const response = await fetch(url, { headers: { range } });
    assert.equal(response.status, 206, range);
    assert.equal(await response.text(), text);
    assert.equal(response.headers.get('content-range'), contentRange);
  }
  const beyond = await fetch(url, { headers: { range: 'bytes=11-' } });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('content-range'), 'bytes */11');
});

test('a range counts only for the blob that the client means', async (context) => {
  const scene = await blobScene(context);
  const { url, digest } = await scene.puts('hello world');
  const range = 'bytes=6-';
  const same = await fetch(url, { headers: { range, 'if-range': `"${digest}"` } });
  assert.equal(await same.text(), 'world');
  const other = await fetch(url, { headers: { range, 'if-range': '"sha256:0"' } });
  assert.equal(other.status, 200);
  assert.equal(await other.text(), 'hello world');
});

test('ranges that are not understood mean all of it', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'lines=1-2',
    'bytes=1-2,4-5',
    'bytes=4-2',
    'bytes=-',
  ]) {
    assert.equal(parseRange(header, 10), 'whole', header);
  }
  assert.equal(parseRange('bytes=-0', 10), 'unsatisfiable');
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  assert.deepEqual(parseRange('bytes=-20', 10), { first: 0, last: 9 });
});

test('a browser saves a blob and never shows it', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts('<script>alert(1)</script>');
  for (const method of ['GET', 'HEAD']) {
    const { headers } = await fetch(url, { method });
    assert.equal(headers.get('content-type'), 'application/octet-stream');
    assert.equal(headers.get('content-disposition'), 'attachment');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(headers.get('content-length'), '25');
  }
});

test('a large blob comes whole', async (context) => {
  const scene = await blobScene(context);
  const content = Buffer.alloc(5_000_000, 'stompbox ');
  const { url } = await scene.puts(content);
  const body = Buffer.from(await (await fetch(url)).arrayBuffer());
  assert.ok(body.equals(content));
});

test('a client that takes nothing for too long loses the connection', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts(Buffer.alloc(50_000_000));
  const socket = connect(scene.http.port, '127.0.0.1');
  socket.pause();
  socket.write(`GET ${new URL(url).pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
  // One timer is the sweep's; the other one waits for this client.
  while (scene.clock.timerCount < 2) await new Promise((resolve) => setImmediate(resolve));
  await stalls(() => scene.clock.timerCount);
  scene.clock.advance(60_001);
  socket.on('error', () => socket.destroy());
  socket.resume();
  await once(socket, 'close');
  assert.ok(socket.bytesRead < 50_000_000);
  assert.deepEqual(scene.errors, []);
});

/** Resolves when the server waits for its client: the timer stays for many turns. */
async function stalls(timers: () => number): Promise<void> {
  for (let still = 0; still < 2000; ) {
    await new Promise((resolve) => setImmediate(resolve));
    still = timers() === 2 ? still + 1 : 0;
  }
}

test('a blob whose file is cut short breaks the connection and is reported', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts(Buffer.alloc(1_000_000));
  const [file = ''] = scene.files();
  truncateSync(join(scene.directory, file), 500_000);
  const response = await fetch(url);
  await assert.rejects(response.arrayBuffer());
  assert.deepEqual(
    scene.errors.map(({ message }) => message),
    ['The file of a blob is too short'],
  );
});

test('a download that has begun ends well although the blob is removed', async (context) => {
  const scene = await blobScene(context);
  const content = Buffer.alloc(5_000_000, 'x');
  const { url } = await scene.puts(content);
  const response = await fetch(url);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 204);
  while (scene.files().length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await response.arrayBuffer()).byteLength, content.length);
  assert.equal((await fetch(url)).status, 404);
});
