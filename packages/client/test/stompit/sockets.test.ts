/** Real sockets: what can be passed to `connect`, and that certificates are verified. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import {
  type Client,
  type ConnectCallback,
  connect,
  type StompitError,
} from '@stompbox/client/stompit';
import { startTcpBroker } from '../support/tcp-broker.js';

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url));

async function portOf(t: TestContext, isTls = false): Promise<number> {
  const tls = { key: fixture('localhost-key.pem'), cert: fixture('localhost-cert.pem') };
  const broker = await startTcpBroker(isTls ? tls : undefined);
  t.after(() => broker.close());
  return broker.port;
}

/** What the callback is given. */
function outcomeOf(start: (callback: ConnectCallback) => Client) {
  return new Promise<StompitError | Client>((resolve) => {
    start((error, client) => resolve(error ?? client));
  });
}

/** Connects, and ends in order. */
async function connects(start: (callback: ConnectCallback) => Client): Promise<void> {
  const client = await outcomeOf(start);
  if (client instanceof Error) throw client;
  assert.equal(client.headers?.['version'], '1.2');
  await new Promise((resolve) => client.disconnect(resolve));
}

describe('connect() of the adapter takes', () => {
  test('options', async (t) => {
    const port = await portOf(t);
    await connects((callback) => connect({ host: '127.0.0.1', port }, callback));
  });

  test('a port, as a number or as text', async (t) => {
    const port = await portOf(t);
    await connects((callback) => connect(port, callback));
    await connects((callback) => connect(String(port), callback));
  });

  test('a port and a host', async (t) => {
    const port = await portOf(t);
    await connects((callback) => connect(port, '127.0.0.1', callback));
  });

  test('the path of a Unix socket', async (t) => {
    const port = await portOf(t);
    const folder = mkdtempSync(join(tmpdir(), 'stompit-'));
    const path = join(folder, 'socket');
    const relay = createServer((one) => {
      one.pipe(connectSocket(port, '127.0.0.1')).pipe(one);
    }).listen(path);
    await once(relay, 'listening');
    t.after(() => {
      relay.close();
      rmSync(folder, { recursive: true });
    });
    await connects((callback) => connect(path, callback));
    await connects((callback) => connect({ path }, callback));
  });

  test('ssl, and verifies the certificate', async (t) => {
    const port = await portOf(t, true);
    const ca = [fixture('localhost-cert.pem')];
    await connects((callback) => connect({ host: 'localhost', port, ssl: true, ca }, callback));
    const refused = await outcomeOf((callback) =>
      connect({ host: 'localhost', port, ssl: true }, callback),
    );
    assert.ok(refused instanceof Error);
    assert.match(refused.code ?? '', /SELF_SIGNED|UNABLE_TO_VERIFY/);
    assert.equal(refused.isTransportError(), true);
  });
});

test('a client without a listener for errors does not end the process', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const warned = once(process, 'warning');
  connect({ host: '127.0.0.1', port });
  assert.match((await warned)[0].message, /ECONNREFUSED/);
  t.diagnostic('the warning above is what is tested');
});
