import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { test } from 'node:test';
import { ProtocolError } from '@stompbox/protocol';
import { type HttpCredentials, loginAuthorizer } from '../../dist/http/http-access.js';
import { Permissions } from '../../dist/security/permissions.js';
import { Principal } from '../../dist/security/principal.js';
import { blobScene, codeOf } from './blob-scene.js';

const OTHER_ID = 'ab'.repeat(32);

/** Sends a path as it is: `fetch` would clean it. */
function send(port: number, method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path }, (incoming) => {
      textOf(incoming).then(() => resolve(incoming.statusCode ?? 0), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'PUT' || method === 'PATCH' ? 'stolen' : undefined);
  });
}

test('no path of a client leads out of the directory of blobs', async (context) => {
  const scene = await blobScene(context);
  const secret = join(scene.directory, '..', 'secret');
  writeFileSync(secret, 'secret');
  await scene.puts('hello');
  const before = scene.files();
  const [name = ''] = before;
  for (const path of [
    '/blobs/../secret',
    '/blobs/..%2fsecret',
    '/blobs/%2e%2e/secret',
    '/blobs/%2e%2e%2fsecret',
    '/blobs/..%5csecret',
    '/blobs/....//secret',
    '/blobs/%00',
    `/blobs/${name}`,
    `/blobs/${OTHER_ID}%00`,
    `/blobs/${OTHER_ID}/..%2f..%2fsecret`,
    `/blobs/${'a'.repeat(10_000)}`,
    '/blobs/%ff%fe',
    '/blobs//etc/passwd',
  ]) {
    for (const method of ['GET', 'HEAD', 'PATCH', 'DELETE', 'MOVE', 'COPY']) {
      const status = await send(scene.http.port, method, path);
      assert.ok(status === 404 || status === 400, `${method} ${path} gave ${status}`);
    }
    const status = await send(scene.http.port, 'PUT', path);
    assert.ok([201, 400, 404].includes(status), `PUT ${path} gave ${status}`);
  }
  assert.ok(existsSync(secret));
  const added = scene.files().filter((file) => !before.includes(file));
  assert.ok(
    added.every((file) => /^[0-9a-f]{64}\.[0-9a-f]{64}\.blob$/.test(file)),
    'only own names',
  );
  assert.deepEqual(scene.errors, []);
});

test('blobs are not listed', async (context) => {
  const scene = await blobScene(context);
  await scene.puts('hello');
  for (const url of [scene.base, `${scene.base}/`]) {
    const response = await fetch(url);
    assert.equal(response.status, 404);
    assert.equal(await codeOf(response), 'STOMP_HTTP_NOT_FOUND');
  }
});

test('an id that the broker has not given out is unknown', async (context) => {
  const scene = await blobScene(context);
  const url = `${scene.base}/${OTHER_ID}`;
  assert.equal((await fetch(url)).status, 404);
  assert.equal((await scene.heads(url)).status, 404);
  assert.equal((await scene.patches(url, 0, 'hello')).status, 404);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 404);
  assert.deepEqual(scene.files(), []);
});

test('uploads need the right to, downloads the url', async (context) => {
  const asked: HttpCredentials[] = [];
  const scene = await blobScene(context, {
    authorize: (credentials, right) => {
      asked.push(credentials);
      assert.equal(right, 'upload-blobs');
      const { login, passcode } = credentials;
      if (login === 'reader') return 'forbidden';
      if (login === 'guesser') return 'try-later';
      return login === 'writer' && passcode === 's3:cret' ? 'allowed' : 'unknown';
    },
  });
  const as = (login: string, passcode: string) => ({
    authorization: `Basic ${Buffer.from(`${login}:${passcode}`).toString('base64')}`,
  });
  const put = (headers: Record<string, string>) =>
    fetch(scene.base, { method: 'PUT', body: 'hello', headers });

  const nobody = await put({});
  assert.equal(nobody.status, 401);
  assert.match(nobody.headers.get('www-authenticate') ?? '', /^Basic realm=/);
  assert.equal(await codeOf(nobody), 'STOMP_BLOB_LOGIN_NEEDED');
  assert.equal((await put(as('writer', 'wrong'))).status, 401);
  assert.equal((await put({ authorization: 'Basic ???' })).status, 401);
  const reader = await put(as('reader', 'x'));
  assert.equal(reader.status, 403);
  assert.equal(await codeOf(reader), 'STOMP_BLOB_FORBIDDEN');
  const guesser = await put(as('guesser', 'x'));
  assert.equal(guesser.status, 429);
  assert.equal(await codeOf(guesser), 'STOMP_BLOB_TRY_LATER');
  const writer = await put(as('writer', 's3:cret'));
  assert.equal(writer.status, 201);
  assert.equal(asked.at(-1)?.isLocal, true);
  const { peer = '', ...nobodys } = asked[0] ?? {};
  assert.deepEqual(nobodys, { login: undefined, passcode: undefined, isLocal: true });
  assert.match(peer, /^127\.0\.0\.1:\d+$/);

  const { url } = (await writer.json()) as { url: string };
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await scene.heads(url)).status, 200);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 401);
  assert.equal((await scene.patches(url, 5, 'x')).status, 401);

  const headers = { ...as('writer', 's3:cret'), 'upload-complete': '?0' };
  const begun = await fetch(scene.base, { method: 'POST', headers });
  const part = begun.headers.get('location') ?? '';
  assert.equal((await scene.heads(part)).status, 401, 'an unfinished upload is the writer s own');
});

test('the users of the broker decide: who may send somewhere may upload', async () => {
  const local = { login: 'jo', passcode: 'x', peer: '127.0.0.1:1', isLocal: true };
  const writes = new Permissions([{ destination: '/topic/news', roles: ['a'], may: ['write'] }]);
  const verdictFor = (roles: readonly string[]) => {
    const grants = writes.of(roles, 'user');
    const jo = new Principal({ kind: 'user', name: 'jo', roles, grants, mayUseTemporary: false });
    return loginAuthorizer({ verify: async () => jo })(local, 'upload-blobs');
  };
  assert.equal(await verdictFor(['a']), 'allowed');
  assert.equal(await verdictFor(['b']), 'forbidden');
  const failing = (error: Error) =>
    loginAuthorizer({ verify: () => Promise.reject(error) })(local, 'upload-blobs');
  const refusal = (code: 'STOMP_PROTO_LOGIN_REFUSED' | 'STOMP_PROTO_TRY_LATER') =>
    failing(new ProtocolError(code, 'no'));
  assert.equal(await refusal('STOMP_PROTO_LOGIN_REFUSED'), 'unknown');
  assert.equal(await refusal('STOMP_PROTO_TRY_LATER'), 'try-later');
  await assert.rejects(async () => failing(new Error('disk')), /disk/);
});

test('web pages of other sites are kept out, whoever opens them', async (context) => {
  const scene = await blobScene(context, { origins: ['https://app.example.com'] });
  const { url } = await scene.puts('hello');
  const evil = { origin: 'https://evil.example.com' };
  for (const [method, target] of [
    ['POST', scene.base],
    ['PUT', scene.base],
    ['OPTIONS', scene.base],
    ['GET', url],
  ] as const) {
    const response = await fetch(target, { method, headers: evil });
    assert.equal(response.status, 403, method);
    assert.equal(response.headers.get('access-control-allow-origin'), null);
    assert.equal(await codeOf(response), 'STOMP_HTTP_ORIGIN');
  }
  const good = { origin: 'https://app.example.com' };
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      ...good,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'upload-offset,upload-complete,repr-digest',
    },
  });
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://app.example.com');
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PATCH/);
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /upload-offset/);
  const read = await fetch(url, { headers: good });
  assert.equal(await read.text(), 'hello');
  assert.equal(read.headers.get('access-control-allow-origin'), 'https://app.example.com');
  assert.match(read.headers.get('access-control-expose-headers') ?? '', /repr-digest/);
});

test('what fails unforeseen is told to the broker, and to the client without details', async (context) => {
  const scene = await blobScene(context, {
    authorize: () => {
      throw new Error('the user database is on fire');
    },
  });
  const response = await fetch(scene.base, { method: 'PUT', body: 'hello' });
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.match(text, /STOMP_HTTP_FAILED/);
  assert.doesNotMatch(text, /fire/);
  assert.deepEqual(
    scene.errors.map(({ message }) => message),
    ['the user database is on fire'],
  );
});
