/** Who comes through a proxy on the broker's machine is not a program of this machine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { blobScene } from '../blob/blob-scene.js';
import { listening } from './listening.js';

const PROXIED: ReadonlyArray<Readonly<Record<string, string>>> = [
  { 'x-forwarded-for': '203.0.113.7' },
  { forwarded: 'for=203.0.113.7' },
  { via: '1.1 proxy' },
];

describe('a request that a proxy on this machine passes on', () => {
  for (const headers of PROXIED) {
    const [name] = Object.keys(headers);
    test(`may not upload what only this machine may, with ${name}`, async (t) => {
      const { base } = await blobScene(t);
      const own = await fetch(`${base}/x`, { method: 'PUT', body: 'a' });
      assert.equal(own.status, 201);
      const proxied = await fetch(`${base}/x`, { method: 'PUT', body: 'a', headers });
      assert.equal(proxied.status, 403);
    });

    test(`becomes a WebSocket that is not local, with ${name}`, async (t) => {
      const scene = await listening(t, { kind: 'ws' });
      const webSocket = new WebSocket(`ws://127.0.0.1:${scene.port}`, { headers });
      t.after(() => webSocket.terminate());
      await once(webSocket, 'open');
      assert.equal((await scene.transport()).isLocal, false);
    });
  }
});
