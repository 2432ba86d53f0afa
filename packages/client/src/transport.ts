/**
 * The transport port: a duplex pipe of bytes. What opens them for URLs is in the folder transport;
 * tests and the in-process broker bring their own.
 */
export interface Transport {
  /** Who is at the other end, for messages and logs: "127.0.0.1:61613", "memory". */
  readonly peer: string;
  /** Begins to deliver. Called once; nothing is delivered before. */
  start(handlers: TransportHandlers): void;
  /**
   * Takes the bytes, which are never changed afterwards. False: the buffer is over its mark, wait
   * for `onDrain` before writing much more.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops reading, to slow the peer down. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Writes what is buffered, then closes. */
  end(): void;
  /** Closes at once. `onClose` follows. */
  destroy(error?: Error): void;
}

export interface TransportHandlers {
  onData(chunk: Uint8Array): void;
  onDrain(): void;
  /** Exactly once, last; with the error if one ended it. */
  onClose(error?: Error): void;
}

/** Where a broker listens. It never holds credentials. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Of `ws://` and `wss://` servers alone: path and query of the request, at least "/". */
  readonly webSocketPath?: string;
  /** Of `stomp+unix://` servers alone: the file of the socket. Host and port then lead nowhere. */
  readonly unixPath?: string;
}

/**
 * Opens a transport. It rejects with the error of the system (`code` ECONNREFUSED and so on), and
 * gives up when the signal aborts; a transport that comes later than that is destroyed.
 */
export type TransportFactory = (server: ServerAddress, signal: AbortSignal) => Promise<Transport>;

/**
 * What names a server in events and errors: "host:port" with brackets around an IPv6 address,
 * "ws://host:port/path", "unix:/path". A query may hold a token and is left out.
 */
export function formatAddress(server: ServerAddress): string {
  const { host, port, unixPath, webSocketPath } = server;
  if (unixPath !== undefined) return `unix:${unixPath}`;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (webSocketPath === undefined) return place;
  return `${server.isTls ? 'wss' : 'ws'}://${place}${webSocketPath.split('?', 1)[0]}`;
}
