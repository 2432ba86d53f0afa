/**
 * The transport over TCP, and over TLS with certificates verified unless told otherwise.
 *
 * Nagle's algorithm is off: the outbox already joins the frames of a turn, and what it then writes
 * must not wait for the acknowledgement of earlier bytes.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  formatAddress,
  type ServerAddress,
  type Transport,
  type TransportFactory,
  type TransportHandlers,
} from './transport.js';

/** How a `stomp+ssl://` server is verified and how we prove who we are; as in `node:tls`. */
export interface TlsOptions {
  /** Certificates (PEM) of the authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** Our certificate chain (PEM), for mutual TLS. */
  readonly cert?: string | Uint8Array;
  /** The private key (PEM) of our certificate. */
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  /** The name to verify the server's certificate against. Default: the host of the URL. */
  readonly servername?: string;
  /** False switches verification off, which lets anybody in the middle read. Default true. */
  readonly rejectUnauthorized?: boolean;
}

/** Opens TCP connections, and TLS ones to servers whose URL asks for it. */
export function tcpTransportFactory(tls: TlsOptions): TransportFactory {
  return (server, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const socket = server.isTls ? openTls(server, tls) : openTcp(server);
      const settle = () => {
        signal.removeEventListener('abort', onAbort);
        socket.off('error', onError);
      };
      const onAbort = () => {
        settle();
        // Closing reports no error here, but a socket may still have one on its way.
        socket.on('error', ignoreLateError);
        socket.destroy();
        reject(signal.reason);
      };
      const onError = (error: Error) => {
        settle();
        reject(error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('error', onError);
      socket.once(server.isTls ? 'secureConnect' : 'connect', () => {
        settle();
        resolve(new TcpTransport(socket, formatAddress(server)));
      });
    });
}

function openTcp(server: ServerAddress): Socket {
  return connectTcp({ host: server.host, port: server.port, noDelay: true, keepAlive: true });
}

function openTls(server: ServerAddress, tls: TlsOptions): Socket {
  const { ca, cert, key, ...plain } = tls;
  const socket = connectTls({
    host: server.host,
    port: server.port,
    // An IP address is not a legal SNI name; verification then uses the address itself.
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    ...plain,
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? ca.map(asPem) : asPem(ca as Pem) }),
    ...(cert === undefined ? {} : { cert: asPem(cert) }),
    ...(key === undefined ? {} : { key: asPem(key) }),
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

type Pem = string | Uint8Array;

function asPem(pem: Pem): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** The attempt was given up and its caller has been told why; this error tells nobody anything. */
function ignoreLateError(): void {}

class TcpTransport implements Transport {
  readonly peer: string;
  readonly #socket: Socket;
  #error: Error | undefined;

  constructor(socket: Socket, peer: string) {
    this.#socket = socket;
    this.peer = peer;
    // From here on an error is always followed by 'close', which carries it to the handlers.
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  start(handlers: TransportHandlers): void {
    const socket = this.#socket;
    socket.on('drain', () => handlers.onDrain());
    socket.on('data', (chunk: Uint8Array) => handlers.onData(chunk));
    if (socket.closed) handlers.onClose(this.#error);
    else socket.once('close', () => handlers.onClose(this.#error));
  }

  write(bytes: Uint8Array): boolean {
    // Writing after the end is an error event of the socket, which closes; the bytes are lost
    // either way and the session finds out by onClose.
    return this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
