/** What a server of a failover list is called in events: where it is, without the passcode. */
import type { ConnectOptions } from './connect.js';

export interface ServerAddressInfo {
  /** The options of the server. They may hold a passcode, so they are not printed. */
  readonly connectArgs: ConnectOptions;
  readonly transport: 'tcp' | 'ssl' | 'unix';
  /** "host:port", or the path. */
  readonly transportPath: string;
  readonly path: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** "stomp+tcp://login@host:port/virtual-host" */
  readonly pseudoUri: string;
}

export function describeServer(options: ConnectOptions): ServerAddressInfo {
  const { path, host, port, ssl, connectHeaders } = options;
  const transport = path === undefined ? (ssl ? 'ssl' : 'tcp') : 'unix';
  const transportPath = path ?? `${host}:${port}`;
  const login = connectHeaders?.['login'] ? `${connectHeaders['login']}@` : '';
  const virtualHost = connectHeaders?.['host'] ? `/${connectHeaders['host']}` : '';
  const info = {
    transport,
    transportPath,
    path,
    host,
    port,
    pseudoUri: `stomp+${transport}://${login}${transportPath}${virtualHost}`,
  } as const;
  return Object.defineProperty({ ...info, connectArgs: options }, 'connectArgs', {
    enumerable: false,
  });
}
