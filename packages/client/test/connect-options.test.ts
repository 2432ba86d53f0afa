import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { type ConnectOptions, connect, type SendStore } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { resolveConnectOptions } from '../dist/connect-options.js';
import { scene, stage } from './support/scene.js';
import { refuseConnection, ScriptedBroker } from './support/scripted-broker.js';

const NO_URL_OPTIONS = { randomize: false };

async function refusalOf(options: unknown): Promise<OptionsError> {
  const broker = new ScriptedBroker();
  const all = { transport: broker.transport, ...(options as ConnectOptions) };
  const error = await connect('stomp://mq', all).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OptionsError, 'the options were accepted');
  assert.equal(broker.attempts.length, 0, 'nothing was tried');
  return error;
}

describe('options of connect', () => {
  test('defaults are filled in', () => {
    const resolved = resolveConnectOptions({}, NO_URL_OPTIONS);
    assert.deepEqual(resolved.heartBeat, {
      outgoingMs: 10_000,
      incomingMs: 10_000,
      toleranceFactor: 2,
    });
    assert.deepEqual(resolved.reconnect, {
      initialDelayMs: 100,
      maxDelayMs: 30_000,
      multiplier: 2,
      jitter: 'full',
      maxAttempts: Number.POSITIVE_INFINITY,
    });
    assert.deepEqual(resolved.acceptVersions, ['1.0', '1.1', '1.2']);
    assert.equal(resolved.startupMaxAttempts, 1);
    assert.deepEqual(resolved.offline, {
      maxMessages: 10_000,
      maxBytes: 64 * 1024 * 1024,
      whenFull: 'reject',
      store: undefined,
    });
    assert.equal(resolved.sendWindow, 1000);
    assert.equal(resolved.profile, 'auto');
  });

  test('an object comes before the URL, and the URL before the defaults', () => {
    const fromUrl = { randomize: true, initialDelayMs: 5, maxAttempts: 9, startupMaxAttempts: 4 };
    const resolved = resolveConnectOptions({ reconnect: { maxAttempts: 2 } }, fromUrl);
    assert.equal(resolved.reconnect.initialDelayMs, 5);
    assert.equal(resolved.reconnect.maxAttempts, 2);
    assert.equal(resolved.startupMaxAttempts, 4);
  });

  test('reconnecting is switched off by false and by maxReconnectAttempts=0', () => {
    const off = resolveConnectOptions({ reconnect: false }, NO_URL_OPTIONS);
    const offByUrl = resolveConnectOptions({}, { randomize: true, maxAttempts: 0 });
    assert.equal(off.reconnect.maxAttempts, 0);
    assert.equal(offByUrl.reconnect.maxAttempts, 0);
  });

  test('an unknown option is refused by name, also inside groups', async () => {
    assert.match((await refusalOf({ timeout: 1 })).message, /Unknown connect option "timeout"/);
    assert.match(
      (await refusalOf({ reconnect: { delay: 1 } })).message,
      /reconnect option "delay"/,
    );
    assert.match((await refusalOf({ heartBeat: { x: 1 } })).message, /heartBeat option "x"/);
    assert.match((await refusalOf({ startup: { x: 1 } })).message, /startup option "x"/);
    assert.match((await refusalOf({ limits: { x: 1 } })).message, /limits option "x"/);
    assert.match((await refusalOf({ tls: { insecure: true } })).message, /tls option "insecure"/);
    assert.equal((await refusalOf({ timeout: 1 })).code, 'STOMP_OPT_UNKNOWN');
  });

  const wrong: readonly (readonly [options: unknown, named: RegExp])[] = [
    [{ connectTimeoutMs: 0 }, /connectTimeoutMs must be a whole number of milliseconds/],
    [{ connectTimeoutMs: '5' }, /connectTimeoutMs/],
    [{ receiptTimeoutMs: Number.POSITIVE_INFINITY }, /receiptTimeoutMs/],
    [{ closeTimeoutMs: 2 ** 31 }, /closeTimeoutMs/],
    [{ heartBeat: { outgoingMs: -1 } }, /heartBeat\.outgoingMs/],
    [{ heartBeat: { toleranceFactor: 0.5 } }, /heartBeat\.toleranceFactor/],
    [{ heartBeat: 10 }, /heartBeat must be an object/],
    [{ reconnect: { jitter: 'half' } }, /reconnect\.jitter must be one of 'full', 'none'/],
    [{ reconnect: { maxAttempts: -1 } }, /reconnect\.maxAttempts/],
    [{ reconnect: { multiplier: 0 } }, /reconnect\.multiplier/],
    [{ startup: { maxAttempts: 0 } }, /startup\.maxAttempts/],
    [{ acceptVersions: [] }, /acceptVersions/],
    [{ acceptVersions: ['1.3'] }, /acceptVersions/],
    [{ headers: { passcode: 'x' } }, /without passcode: use passcode/],
    [{ headers: { receipt: 'x' } }, /CONNECT has none/],
    [{ headers: { a: 1 } }, /headers\["a"\] must be a text/],
    [{ login: '' }, /login must be a text/],
    [{ passcode: 5 }, /passcode must be a text/],
    [{ login: 'a\0b' }, /login must be a text .*without NUL/],
    [{ passcode: 'a\0b' }, /passcode must be a text .*without NUL/],
    [{ host: 'a\0b' }, /host must be/],
    [{ clientId: 'a\0b' }, /clientId must be/],
    [{ headers: { a: 'a\0b' } }, /headers\["a"\] must be a text .*without NUL/],
    [{ headers: { 'a\0b': 'a' } }, /without NUL in a name/],
    [{ headers: { '': 'a' } }, /without an empty name/],
    [{ limits: { maxHeaders: 0 } }, /limits\.maxHeaders/],
    [{ offline: { maxMessages: -1 } }, /offline\.maxMessages/],
    [{ offline: { whenFull: 'drop' as 'block' } }, /offline\.whenFull/],
    [{ offline: { store: {} as SendStore } }, /offline\.store/],
    [{ sendWindow: 0 }, /sendWindow/],
    [{ profile: 'kafka' as 'auto' }, /profile/],
    [{ signal: {} }, /signal must be an AbortSignal/],
    [{ onStatus: 'x' }, /onStatus must be a function/],
    [{ transport: {} }, /transport must be a function/],
  ];
  for (const [options, named] of wrong) {
    test(`${inspect(options)} is refused before anything is tried`, async () => {
      const error = await refusalOf(options);
      assert.match(error.message, named);
      assert.equal(error.code, 'STOMP_OPT_INVALID');
    });
  }
});

describe('the passcode', () => {
  const secrets = { login: 'alice', passcode: 's3cret' };
  const hidden = (value: unknown) =>
    assert.doesNotMatch(inspect(value, { depth: 12, showHidden: true }), /s3cret/);

  test('does not show when a connection, its events or its errors are printed', async () => {
    const { connection, events } = await scene(secrets);
    hidden(connection);
    hidden(events);
    assert.doesNotMatch(JSON.stringify(events), /s3cret/);
    await connection.close();
  });

  test('does not show in the error of a refused login or connection', async () => {
    const { broker, options, events } = stage(secrets);
    broker.answers.set('CONNECT', (_frame, session) =>
      session.error('User name [alice] or password is invalid.'),
    );
    await assert.rejects(connect('stomp://u2:s3cret@mq', options), (error) => {
      hidden(error);
      return true;
    });
    broker.onAttempt = refuseConnection;
    await assert.rejects(connect('stomp://u2:s3cret@mq', options), (error) => {
      hidden(error);
      return true;
    });
    hidden(events);
  });

  test('reaches the broker, from the options or from the URL, which comes first', async () => {
    const { broker, options } = stage(secrets);
    const first = await connect('stomp://mq', options);
    assert.equal(broker.session.frames[0]?.headers.get('passcode'), 's3cret');
    const second = await connect('stomp://bob:other@mq', options);
    assert.equal(broker.session.frames[0]?.headers.get('login'), 'bob');
    assert.equal(broker.session.frames[0]?.headers.get('passcode'), 'other');
    await Promise.all([first.close(), second.close()]);
  });

  test('is not handed to the transport', async () => {
    const { broker, options } = stage();
    let address: unknown;
    broker.onAttempt = (server) => {
      address = server;
    };
    const connection = await connect('stomp://bob:s3cret@mq', options);
    assert.deepEqual(address, { host: 'mq', port: 61613, isTls: false });
    await connection.close();
  });
});
