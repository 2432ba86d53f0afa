/** What users of other clients complain about TLS: docs/reference/known-defects-of-others.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { ConnectionError, connect } from '@stompbox/client';
import { startTcpBroker, type TcpBroker } from '../support/tcp-broker.js';
import { Tally } from './tally.js';

const fixtures = new URL('../../test/fixtures/', import.meta.url);
const cert = readFileSync(new URL('localhost-cert.pem', fixtures), 'utf8');
const key = readFileSync(new URL('localhost-key.pem', fixtures), 'utf8');

interface TlsBroker extends TcpBroker {
  readonly url: string;
}

async function tlsBroker(t: TestContext, options: object = {}): Promise<TlsBroker> {
  const broker = await startTcpBroker({ cert, key, ...options });
  t.after(() => broker.close());
  return { ...broker, url: `stomp+ssl://localhost:${broker.port}` };
}

describe('a certificate of the server', () => {
  // jasonrbriggs/stomp.py#451, certtools/intelmq#2414
  test('is verified when nothing is configured', async (t) => {
    const { url, frames } = await tlsBroker(t);
    await assert.rejects(connect(url, { login: 'joe', passcode: 'hunter2' }), {
      code: 'STOMP_NET_UNREACHABLE',
    });
    assert.deepEqual(frames, [], 'the login was not sent to a stranger');
  });

  // jasonrbriggs/stomp.py#398
  test('is verified against the name that the application expects, if that is not the host', async (t) => {
    const { url, port } = await tlsBroker(t);
    const tls = { ca: cert, servername: 'localhost' };
    const connection = await connect(`stomp+ssl://127.0.0.1:${port}`, { tls });
    await connection.close();
    const wrong = connect(url, { tls: { ca: cert, servername: 'mq.example' } });
    await assert.rejects(wrong, { code: 'STOMP_NET_UNREACHABLE', message: /mq\.example/ });
  });
});

// jasonrbriggs/stomp.py#373
test('a certificate of our own proves who we are, and without it the broker says no', async (t) => {
  const required = { ca: cert, requestCert: true, rejectUnauthorized: true };
  const { url } = await tlsBroker(t, required);
  const connection = await connect(url, { tls: { ca: cert, cert, key } });
  await connection.send('/queue/a', 'x');
  await connection.close();
  await assert.rejects(connect(url, { tls: { ca: cert } }), ConnectionError);
});

describe('over TLS', () => {
  // stompgem/stomp#139
  test('the newest message is handled at once, without one that follows it', async (t) => {
    const { url } = await tlsBroker(t);
    const connection = await connect(url, { tls: { ca: cert } });
    const handled = new Tally();
    const lengths: number[] = [];
    await connection.subscribe('/queue/a', {}, (message) => {
      lengths.push(message.body.length);
      handled.add();
    });
    // 16 KiB is the most that one record of TLS carries.
    const sizes = [1, 16_000, 16_384, 40_000];
    for (const [n, size] of sizes.entries()) {
      await connection.send('/queue/a', 'x'.repeat(size));
      await handled.reaches(n + 1);
    }
    assert.deepEqual(lengths, sizes);
    await connection.close();
  });

  // stompgem/stomp#142
  test('many handlers may acknowledge and send at the same time', async (t) => {
    const { url, frames } = await tlsBroker(t);
    const connection = await connect(url, { tls: { ca: cert } });
    const handled = new Tally();
    const options = { ack: 'client-individual' } as const;
    await connection.subscribe('/queue/a', options, async (message) => {
      await connection.send('/queue/b', message.text());
      await message.ack({ receipt: true });
      handled.add();
    });
    await Promise.all(Array.from({ length: 500 }, (_, n) => connection.send('/queue/a', `${n}`)));
    await handled.reaches(500);
    assert.equal(frames.filter(({ command }) => command === 'ACK').length, 500);
    await connection.close();
  });
});
