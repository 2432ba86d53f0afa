/** TLS over real sockets: who is let in, by which name, and certificates that change meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { ConnectorTlsOptions } from '../../dist/connector-options.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import {
  certificate,
  closeOf,
  HANDSHAKE_TIMEOUT_MS,
  type Listening,
  listening,
  SERVER_TLS,
} from './listening.js';
import { TransportLog } from './transport-log.js';

const CA = readFileSync(certificate('ca.pem'));
const CLIENT_CA = { ...SERVER_TLS, caFile: certificate('ca.pem') };

const overTls = (t: TestContext, tls: ConnectorTlsOptions = SERVER_TLS) =>
  listening(t, { kind: 'tls', tls });

/** A certificate that a client shows. */
function showing(name: string): ConnectionOptions {
  const key = readFileSync(certificate(`${name}-key.pem`));
  return { key, cert: readFileSync(certificate(`${name}.pem`)) };
}

function dial(t: TestContext, scene: Listening, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ host: '127.0.0.1', port: scene.port, ca: CA, ...options });
  t.after(() => socket.destroy());
  return socket;
}

async function dialled(t: TestContext, scene: Listening, options: ConnectionOptions = {}) {
  const socket = dial(t, scene, options);
  await once(socket, 'secureConnect');
  return socket;
}

describe('a TLS connection', () => {
  test('carries bytes in both directions', async (t) => {
    const scene = await overTls(t);
    assert.match(scene.connector.url, /^stomp\+ssl:\/\/127\.0\.0\.1:\d+$/);
    const socket = await dialled(t, scene);
    const transport = await scene.transport();
    const log = new TransportLog(transport);
    socket.write('hello');
    await log.received('hello');
    transport.write(Buffer.from('good day'));
    const [answer] = await once(socket, 'data');
    assert.equal(String(answer), 'good day');
    assert.deepEqual([transport.isLocal, transport.certificateName], [true, undefined]);
    assert.match(transport.peer, /^127\.0\.0\.1:\d+$/);
    assert.equal(scene.clock.timerCount, 0);
  });

  test('whose client closes its side can still be answered', async (t) => {
    const scene = await overTls(t);
    const halfOpen: ConnectionOptions & { allowHalfOpen: boolean } = { allowHalfOpen: true };
    const socket = await dialled(t, scene, halfOpen);
    const transport = await scene.transport();
    const log = new TransportLog(transport);
    socket.end('question');
    await log.until(() => log.ends === 1);
    transport.write(Buffer.from('answer'));
    transport.end();
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    assert.equal(text, 'answer');
    await log.closed();
  });

  test('asks for patience only from a quarter of a megabyte on', async (t) => {
    const scene = await overTls(t);
    const socket = await dialled(t, scene);
    const transport = await scene.transport();
    const log = new TransportLog(transport);
    assert.equal(transport.write(Buffer.alloc(100_000)), true);
    assert.equal(transport.write(Buffer.alloc(5_000_000)), false);
    socket.resume();
    await log.until(() => log.drains > 0);
    assert.equal(transport.write(Buffer.of(1)), true);
  });

  test('is given up by a client that does not trust the broker, which is told', async (t) => {
    const scene = await overTls(t);
    const socket = connect({ host: '127.0.0.1', port: scene.port });
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await closeOf(socket);
    // In TLS 1.3 the client is the last to speak, so the broker may have taken it for settled.
    assert(scene.transports.length + scene.errors.length <= 1);
  });

  test('of a client that does not speak TLS is an event and nothing else', async (t) => {
    const scene = await overTls(t);
    const socket = connectPlain(scene.port, '127.0.0.1');
    const closed = closeOf(socket);
    socket.write('CONNECT\naccept-version:1.2\nhost:a\n\n\0');
    await closed;
    const error = await scene.error();
    assert.equal(error.code, 'STOMP_CONNECTOR_HANDSHAKE');
    assert.match(
      error.message,
      /^stomp\+ssl:\S+ gave up a TLS handshake \(https proxy request\): check that the client speaks TLS/,
    );
    assert.deepEqual(scene.transports, []);
    await dialled(t, scene);
  });

  test('is cut off when its handshake takes too long, half-closed or not', async (t) => {
    const scene = await overTls(t);
    const sockets = [1, 2, 3].map(() => connectPlain(scene.port, '127.0.0.1'));
    const closes = sockets.map(closeOf);
    sockets[1]?.end();
    await scene.handshakesBegin(3);
    scene.clock.advance(HANDSHAKE_TIMEOUT_MS - 1);
    assert.equal(scene.clock.timerCount, 3);
    scene.clock.advance(1);
    await Promise.all(closes);
    assert.match((await scene.error()).message, /TLS handshake \(it was not done in 30000 ms\)/);
    await scene.until(() => scene.connector.refusedConnections === 3);
    assert.deepEqual([scene.errors.length, scene.clock.timerCount], [1, 0]);
  });

  test('amid its handshake does not outlive the connector', async (t) => {
    const scene = await overTls(t);
    const closed = closeOf(connectPlain(scene.port, '127.0.0.1'));
    await scene.handshakesBegin(1);
    scene.connector.stop();
    await closed;
    assert.equal(scene.clock.timerCount, 0);
  });
});

describe('where a certificate of the client is demanded', () => {
  test('a valid one names the client', async (t) => {
    const scene = await overTls(t, CLIENT_CA);
    await dialled(t, scene, showing('client'));
    assert.equal((await scene.transport()).certificateName, 'order-service');
  });

  test('a valid one with two names names nobody', async (t) => {
    const scene = await overTls(t, CLIENT_CA);
    await dialled(t, scene, showing('twins'));
    assert.equal((await scene.transport()).certificateName, undefined);
  });

  for (const [name, options] of [
    ['none', {}],
    ['one that another authority has signed', showing('stranger')],
  ] as const) {
    test(`a client with ${name} is not let in`, async (t) => {
      const scene = await overTls(t, CLIENT_CA);
      await closeOf(dial(t, scene, options));
      assert.equal((await scene.error()).code, 'STOMP_CONNECTOR_HANDSHAKE');
      assert.deepEqual(scene.transports, []);
    });
  }
});

describe('where a certificate of the client is asked for', () => {
  const asking = (t: TestContext) => overTls(t, { ...CLIENT_CA, requestCertificate: 'ask' });

  test('a client with none is let in without a name', async (t) => {
    const scene = await asking(t);
    await dialled(t, scene);
    assert.equal((await scene.transport()).certificateName, undefined);
  });

  test('a valid one names the client', async (t) => {
    const scene = await asking(t);
    await dialled(t, scene, showing('client'));
    assert.equal((await scene.transport()).certificateName, 'order-service');
  });

  test('a client with one that another authority has signed is not let in', async (t) => {
    const scene = await asking(t);
    await closeOf(dial(t, scene, showing('stranger')));
    assert.match(
      (await scene.error()).message,
      /refused the certificate of 127\.0\.0\.1:\d+ \(\w+\): it must be valid and signed by the ca/,
    );
    assert.deepEqual(scene.transports, []);
  });
});

test('where no certificate of the client is asked for, one that it has names nobody', async (t) => {
  const scene = await overTls(t);
  await dialled(t, scene, showing('stranger'));
  assert.equal((await scene.transport()).certificateName, undefined);
});

describe('the certificate of the broker', () => {
  const serialOf = async (t: TestContext, scene: Listening) =>
    (await dialled(t, scene)).getPeerCertificate().serialNumber;

  /** A folder with key and certificate, as something that renews them keeps it. */
  function renewable(t: TestContext) {
    const folder = temporaryDirectory(t);
    const tls = { keyFile: path.join(folder, 'key.pem'), certFile: path.join(folder, 'cert.pem') };
    const replaceKey = (name: string) => copyFileSync(certificate(`${name}-key.pem`), tls.keyFile);
    const replace = (name: string) => {
      replaceKey(name);
      copyFileSync(certificate(`${name}.pem`), tls.certFile);
    };
    replace('server');
    return { tls, replace, replaceKey };
  }

  test('is the new one after its files have changed, without a restart', async (t) => {
    const { tls, replace } = renewable(t);
    const scene = await overTls(t, tls);
    const oldSerial = await serialOf(t, scene);
    replace('renewed');
    assert.equal(await serialOf(t, scene), oldSerial);
    scene.clock.advance(1000);
    assert.notEqual(await serialOf(t, scene), oldSerial);
    assert.deepEqual(scene.errors, []);
  });

  test('stays the old one while the new one does not fit, which is told once', async (t) => {
    const { tls, replace, replaceKey } = renewable(t);
    const scene = await overTls(t, tls);
    const oldSerial = await serialOf(t, scene);
    replaceKey('renewed');
    for (const _ of [1, 2]) {
      scene.clock.advance(1000);
      assert.equal(await serialOf(t, scene), oldSerial);
    }
    assert.deepEqual(
      scene.errors.map(({ code }) => code),
      ['STOMP_CONNECTOR_CERTIFICATE'],
    );
    assert.match(scene.errors[0]?.message ?? '', /old certificate.*\(key values mismatch\)/);
    replace('renewed');
    scene.clock.advance(1000);
    assert.notEqual(await serialOf(t, scene), oldSerial);
  });

  test('stays when its file cannot be looked at', async (t) => {
    const { tls } = renewable(t);
    const scene = await overTls(t, tls);
    rmSync(tls.certFile);
    symlinkSync(tls.certFile, tls.certFile);
    scene.clock.advance(1000);
    await dialled(t, scene);
    assert.match((await scene.error()).message, /ELOOP/);
  });

  test('stays when its file is gone', async (t) => {
    const { tls } = renewable(t);
    const scene = await overTls(t, tls);
    rmSync(tls.certFile);
    scene.clock.advance(1000);
    await dialled(t, scene);
    assert.match((await scene.error()).message, /ENOENT/);
  });
});
