/** The settings in the words of the client. */
import { readFileSync } from 'node:fs';
import type { ConnectOptions } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import type { SettingPath } from './catalogue.js';
import type { Settings } from './settings.js';

/**
 * The options of `connect` for these settings. What nobody has set is left out, so that the options of a
 * failover url count; the defaults of the client are the same as ours.
 *
 * @throws OptionsError `STOMP_OPT_INVALID` when a file of `tls` cannot be read.
 */
export function connectOptionsOf(settings: Settings): ConnectOptions {
  const { connection, producer } = settings;
  const ifSet = <T extends object>(path: SettingPath, options: T): T | Record<never, never> =>
    settings.origins[path] === 'default' ? {} : options;
  const tls = tlsOf(settings);
  return {
    ...(settings.user === undefined ? {} : { login: settings.user }),
    ...(settings.password === undefined ? {} : { passcode: settings.password.reveal() }),
    ...(settings.clientId === undefined ? {} : { clientId: settings.clientId }),
    ...(settings.virtualHost === undefined ? {} : { host: settings.virtualHost }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    profile: settings.profile,
    ...ifSet('connection.heartBeatMs', {
      heartBeat: { outgoingMs: connection.heartBeatMs, incomingMs: connection.heartBeatMs },
    }),
    ...ifSet('connection.connectTimeoutMs', { connectTimeoutMs: connection.connectTimeoutMs }),
    ...ifSet('connection.reconnectMaxDelayMs', {
      reconnect: { maxDelayMs: connection.reconnectMaxDelayMs },
    }),
    ...ifSet('producer.receiptTimeoutMs', { receiptTimeoutMs: producer.receiptTimeoutMs }),
    ...ifSet('producer.sendWindow', { sendWindow: producer.sendWindow }),
    ...(connection.startup === 'retry'
      ? { startup: { maxAttempts: Number.POSITIVE_INFINITY } }
      : {}),
  };
}

function tlsOf({ tls, origins }: Settings): NonNullable<ConnectOptions['tls']> {
  const read = (key: 'caFile' | 'certFile' | 'keyFile') =>
    tls[key] === undefined ? undefined : readPem(tls[key], `tls.${key}`, origins[`tls.${key}`]);
  const [ca, cert, key] = [read('caFile'), read('certFile'), read('keyFile')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.keyPassphrase === undefined ? {} : { passphrase: tls.keyPassphrase.reveal() }),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(tls.rejectUnauthorized ? {} : { rejectUnauthorized: false }),
  };
}

function readPem(file: string, path: SettingPath, origin: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `The file ${JSON.stringify(file)} of the setting ${path} (${origin}) cannot be read: ${why}`,
      { cause: error },
    );
  }
}
