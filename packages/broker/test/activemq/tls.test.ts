/** TLS of ActiveMQ's suites: clients that log in by their certificate, and handshakes amid a session. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { UsersFile } from '@stompbox/broker';
import { TcpTransport } from '../../dist/transport/tcp-transport.js';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { certificate, SERVER_TLS } from '../transport/listening.js';
import { VERSIONS } from './versions.js';

const read = (name: string) => readFileSync(certificate(name));
const ORDER_SERVICE = { key: read('client-key.pem'), cert: read('client.pem') };

/** A broker on which a certificate stands for a login. */
async function scene(t: TestContext): Promise<BrokerScene> {
  const usersFile = path.join(temporaryDirectory(t), 'users.json');
  await new UsersFile(usersFile).add({
    name: 'order-service',
    passcode: 'correct horse',
    roles: ['users'],
  });
  const tls = { ...SERVER_TLS, caFile: certificate('ca.pem') };
  return brokerScene(t, {
    connectors: [{ kind: 'tls', port: 0, tls: { ...tls, requestCertificate: 'ask' } }],
    security: { usersFile, certificates: true },
    populateUserId: true,
  });
}

async function dialled(
  t: TestContext,
  { broker }: BrokerScene,
  options: ConnectionOptions,
): Promise<{ readonly socket: TLSSocket; readonly client: StompClient }> {
  const { host = '', port = 0 } = broker.connectors[0] ?? {};
  const socket = connect({ host, port, ca: read('ca.pem'), ...options });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  return { socket, client: new StompClient(new TcpTransport(socket)) };
}

describe('a client with a certificate', () => {
  for (const version of VERSIONS) {
    test(`needs no login in ${version}, and is known by its name`, async (t) => {
      const { client } = await dialled(t, await scene(t), ORDER_SERVICE);
      await client.connects(version);
      await client.subscribes('/queue/a');
      await client.sends('/queue/a', 'Hello World');
      assert.equal((await client.nextMessage()).headers['JMSXUserID'], 'order-service');
    }); // StompSslAuthTest, Stomp11SslAuthTest, Stomp12SslAuthTest, StompAutoSslAuthTest.testConnect
  }

  test('is asked for a login when it shows none', async (t) => {
    const { client } = await dialled(t, await scene(t), {});
    client.frame('CONNECT', { 'accept-version': '1.2', host: 'x' });
    await client.expectsError('STOMP_PROTO_LOGIN_REFUSED');
  }); // StompSslAuthTest
});

describe('a session over TLS 1.2', () => {
  test('goes on when its client renegotiates', async (t) => {
    const options: ConnectionOptions = { ...ORDER_SERVICE, maxVersion: 'TLSv1.2' };
    const { socket, client } = await dialled(t, await scene(t), options);
    await client.connects();
    await client.subscribes('/queue/a');
    await new Promise<void>((resolve, reject) => {
      socket.renegotiate({}, (error) => (error ? reject(error) : resolve()));
    });
    await client.sends('/queue/a', 'after it');
    assert.equal((await client.nextMessage()).body, 'after it');
  }); // StompTest.testHandshakeRenegotiationTlsv12
});
