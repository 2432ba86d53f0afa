/** What the client is told of the settings. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { OptionsError, resolveSettings, type SettingsInput } from 'stompbox';
import { connectOptionsOf } from '../../dist/settings/connect-options.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function options(input: SettingsInput, cwd = import.meta.dirname) {
  return connectOptionsOf(resolveSettings(input, { env: {}, cwd }));
}

describe('connectOptionsOf', () => {
  test('leaves to the client, and so to a failover url, what nobody has set', () => {
    assert.deepEqual(options({}), { profile: 'auto' });
  });

  test('says all that is set', () => {
    const given: SettingsInput = {
      user: 'app',
      password: 'geheim',
      clientId: 'worker-1',
      virtualHost: '/shop',
      profile: 'artemis',
      connection: {
        connectTimeoutMs: 1,
        heartBeatMs: 2,
        reconnectMaxDelayMs: 3,
        startup: 'retry',
      },
      producer: { receiptTimeoutMs: 4, sendWindow: 5 },
    };
    assert.deepEqual(options(given), {
      login: 'app',
      passcode: 'geheim',
      clientId: 'worker-1',
      host: '/shop',
      profile: 'artemis',
      heartBeat: { outgoingMs: 2, incomingMs: 2 },
      connectTimeoutMs: 1,
      reconnect: { maxDelayMs: 3 },
      receiptTimeoutMs: 4,
      sendWindow: 5,
      startup: { maxAttempts: Number.POSITIVE_INFINITY },
    });
  });

  test('reads the files of tls', (t) => {
    const cwd = temporaryFolder(t, { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' });
    const tls = { caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem' };
    const more = { keyPassphrase: 'geheim', servername: 'mq', rejectUnauthorized: false };
    assert.deepEqual(options({ tls: { ...tls, ...more } }, cwd).tls, {
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      passphrase: 'geheim',
      servername: 'mq',
      rejectUnauthorized: false,
    });
  });

  test('names the setting of a file that cannot be read', (t) => {
    const cwd = temporaryFolder(t);
    assert.throws(
      () => options({ tls: { caFile: 'ca.pem' } }, cwd),
      (error) =>
        error instanceof OptionsError &&
        error.message.startsWith(
          `The file ${JSON.stringify(join(cwd, 'ca.pem'))} of the setting tls.caFile (argument) `,
        ),
    );
  });
});
