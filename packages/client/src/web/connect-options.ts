/**
 * What stands for connect-options.ts in browsers: the same defaults, without checks. What the build
 * for browsers does not have is refused by name; anything else is up to the types.
 */
import { OptionsError, STOMP_VERSIONS } from '@stompbox/protocol';
import { systemClock } from '../clock.js';
import { CodecRegistry } from '../codec/codec-registry.js';
import type { ConnectOptions, ResolvedConnectOptions } from '../connect-options.js';
import { Credentials } from '../credentials.js';
import { transportFactory } from '../transport/open-transport.js';
import { withDefaults } from './with-defaults.js';

const MIB = 1024 * 1024;

/** @throws OptionsError `STOMP_OPT_UNSUPPORTED`, `STOMP_OPT_INVALID` */
export function resolveConnectOptions(raw: ConnectOptions): ResolvedConnectOptions {
  const { offline = {}, codecs, streamBodiesOverBytes, acceptVersions } = raw;
  if (codecs ?? streamBodiesOverBytes ?? offline.store) {
    throw new OptionsError(
      'STOMP_OPT_UNSUPPORTED',
      'codecs, streamBodiesOverBytes and offline.store do not exist in browsers: leave them out',
    );
  }
  const { reconnect } = raw;
  return {
    ...withDefaults(
      {
        host: undefined,
        clientId: undefined,
        headers: {},
        connectTimeoutMs: 10_000,
        receiptTimeoutMs: 15_000,
        closeTimeoutMs: 5_000,
        sendWindow: 1000,
        profile: 'auto' as const,
        beforeAttempt: undefined,
        limits: {},
        signal: undefined,
        onStatus: undefined,
        onFrame: undefined,
        traceContext: undefined,
        clock: systemClock,
        random: Math.random,
      },
      raw,
    ),
    // The order tells: some brokers take the last one they know for the highest.
    acceptVersions: STOMP_VERSIONS.filter((version) => acceptVersions?.includes(version) ?? true),
    transport: raw.transport ?? transportFactory(raw),
    credentials: new Credentials(raw.login, raw.passcode),
    heartBeat: withDefaults(
      { outgoingMs: 10_000, incomingMs: 10_000, toleranceFactor: 2 },
      raw.heartBeat ?? {},
    ),
    offline: withDefaults(
      { maxMessages: 10_000, maxBytes: 64 * MIB, whenFull: 'reject' as const, store: undefined },
      offline,
    ),
    reconnect: withDefaults(
      {
        initialDelayMs: 100,
        maxDelayMs: 30_000,
        multiplier: 2,
        jitter: 'full' as const,
        maxAttempts: Number.POSITIVE_INFINITY,
      },
      reconnect === false ? { maxAttempts: 0 } : (reconnect ?? {}),
    ),
    startupMaxAttempts: raw.startup?.maxAttempts ?? 1,
    isRandomOrder: false,
    codecs: new CodecRegistry(),
    streamBodiesOverBytes: Number.POSITIVE_INFINITY,
  };
}

export function resolveHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return headers;
}
