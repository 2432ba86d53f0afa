import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import { createHttpApp } from '../../dist/http/http-app.js';
import { listenHttp } from '../../dist/http/http-connector.js';
import { type HttpOptions, resolveHttpOptions } from '../../dist/http/http-options.js';
import { blobScene } from './blob-scene.js';

test('HTTP stays on this machine unless it is told otherwise', () => {
  const { host, port, publicUrl, origins } = resolveHttpOptions({});
  assert.deepEqual([host, port, publicUrl, origins], ['127.0.0.1', 8161, undefined, []]);
});

test('a public URL may have a path, and its last slash does not matter', () => {
  const { publicUrl } = resolveHttpOptions({ publicUrl: 'https://mq.example.com/broker/' });
  assert.equal(publicUrl, 'https://mq.example.com/broker');
});

for (const [options, path] of [
  [{ host: '' }, 'http.host'],
  [{ port: 65_536 }, 'http.port'],
  [{ maxConnections: 0 }, 'http.maxConnections'],
  [{ host: '0.0.0.0' }, 'http.publicUrl'],
  [{ host: '::' }, 'http.publicUrl'],
  [{ publicUrl: 'mq.example.com' }, 'http.publicUrl'],
  [{ publicUrl: 'ftp://mq.example.com' }, 'http.publicUrl'],
  [{ publicUrl: 'http://a:b@mq.example.com' }, 'http.publicUrl'],
  [{ origins: ['*'] }, 'http.origins[0]'],
  [{ origins: ['https://a.example.com/'] }, 'http.origins[0]'],
] as const satisfies ReadonlyArray<readonly [HttpOptions, string]>) {
  test(`${JSON.stringify(options)} is refused by the name ${path}`, () => {
    assert.throws(
      () => resolveHttpOptions(options),
      (error: Error & { code?: string }) =>
        error.code === 'STOMP_OPT_INVALID' && error.message.startsWith(path),
    );
  });
}

test('a port that is taken is refused in words', async (context) => {
  const { http, app } = await blobScene(context);
  await assert.rejects(listenHttp({ host: '127.0.0.1', port: http.port }, app, assert.fail), {
    code: 'STOMP_START_PORT_IN_USE',
    message: /choose another http\.port/,
  });
});

test('an address of another machine is refused in words', async () => {
  const app = createHttpApp({ origins: [], onError: assert.fail });
  const elsewhere = { host: '192.0.2.1', port: 0 };
  await assert.rejects(listenHttp(elsewhere, app, assert.fail), {
    code: 'STOMP_START_CANNOT_LISTEN',
  });
});

test('more connections than are allowed are closed at once', async (context) => {
  const app = createHttpApp({ origins: [], onError: assert.fail });
  const address = { host: '127.0.0.1', port: 0, maxConnections: 1 };
  const http = await listenHttp(address, app, assert.fail);
  context.after(() => http.stop());
  const first = createConnection(http.port, http.host);
  context.after(() => first.destroy());
  await once(first, 'connect');
  const second = createConnection(http.port, http.host);
  second.on('error', () => {});
  await once(second, 'close');
  assert.equal(first.destroyed, false);
});

test('the host keeps its own Request and Response', async (context) => {
  const before = [globalThis.Request, globalThis.Response];
  await blobScene(context);
  assert.deepEqual([globalThis.Request, globalThis.Response], before);
});

test('stopping ends open requests', async (context) => {
  const scene = await blobScene(context);
  const { url } = await scene.puts(Buffer.alloc(50_000_000));
  const response = await fetch(url);
  await scene.http.stop();
  await assert.rejects(response.arrayBuffer());
  await assert.rejects(fetch(url));
});
