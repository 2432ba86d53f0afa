/** One server of a failover, as its events show it. */
import { OptionsError } from '@stompbox/protocol';
import type { ConnectOptions } from './connect.js';
import { parseServerUri } from './failover-uri.js';
import { describeServer, type ServerAddressInfo } from './server-address.js';

export interface ServerProperties {
  readonly connectOptions: ConnectOptions;
  readonly remoteAddress: ServerAddressInfo;
}

/** How one call of `connect` fares with a server. */
export class FailoverServer {
  readonly serverProperties: ServerProperties;
  /** In a row, up to now. */
  failedConnects = 0;
  #blacklistError: Error | undefined;

  constructor(serverProperties: ServerProperties) {
    this.serverProperties = serverProperties;
  }

  /** It is not tried again; the first reason counts. */
  blacklist(error: Error): void {
    this.#blacklistError ??= error;
  }

  isBlacklisted(): boolean {
    return this.#blacklistError !== undefined;
  }

  getBlacklistError(): Error | null {
    return this.#blacklistError ?? null;
  }
}

/** @throws OptionsError */
export function serverProperties(
  server: ConnectOptions | string,
  shared: ConnectOptions,
): ServerProperties {
  if (typeof server !== 'string' && (typeof server !== 'object' || server === null)) {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      'A server of a failover list must be an object with options, or a text such as "host:61613"',
    );
  }
  const own = typeof server === 'string' ? parseServerUri(server) : server;
  const connectHeaders = { ...shared.connectHeaders, ...own.connectHeaders };
  const isPath = own.path !== undefined;
  const connectOptions = {
    ...(isPath ? {} : { host: 'localhost', port: 61613 }),
    ...shared,
    ...own,
    connectHeaders,
  };
  return { connectOptions, remoteAddress: describeServer(connectOptions) };
}
