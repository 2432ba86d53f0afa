/**
 * The transport over TCP, over TLS with certificates verified unless told otherwise, and over the
 * socket of a file (`stomp+unix://`).
 *
 * Nagle's algorithm is off: the outbox already joins the frames of a turn, and what it then writes
 * must not wait for the acknowledgement of earlier bytes.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as NodeTlsOptions } from 'node:tls';
import { formatAddress, type ServerAddress, type TransportFactory } from '../transport.js';
import { StreamTransport } from './stream-transport.js';
import type { TlsOptions } from './tls-options.js';

/**
 * Bytes that may wait in a socket before it asks for a pause. With Node's 16 KiB a single message of
 * 64 KiB would wait for the one before to be gone.
 */
const BUFFERED_BYTES = 256 * 1024;

/** Opens sockets: of TCP, of TLS where the URL asks for it, of a file. */
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
        resolve(new StreamTransport(socket, formatAddress(server)));
      });
    });
}

function openTcp(server: ServerAddress): Socket {
  const buffered = { writableHighWaterMark: BUFFERED_BYTES };
  if (server.unixPath !== undefined) return connectTcp({ path: server.unixPath, ...buffered });
  return connectTcp({
    host: server.host,
    port: server.port,
    noDelay: true,
    keepAlive: true,
    ...buffered,
  });
}

function openTls(server: ServerAddress, tls: TlsOptions): Socket {
  const options = {
    host: server.host,
    port: server.port,
    // An IP address is not a legal SNI name; verification then uses the address itself.
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    ...toNodeTls(tls),
    // Of both directions: sockets of TLS do not look at one for writing alone.
    highWaterMark: BUFFERED_BYTES,
  };
  const socket = connectTls(options);
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket;
}

/** The options as `node:tls` takes them: texts and buffers. */
export function toNodeTls({ ca, cert, key, ...plain }: TlsOptions): NodeTlsOptions {
  return {
    ...plain,
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? ca.map(asPem) : asPem(ca as Pem) }),
    ...(cert === undefined ? {} : { cert: asPem(cert) }),
    ...(key === undefined ? {} : { key: asPem(key) }),
  };
}

type Pem = string | Uint8Array;

function asPem(pem: Pem): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** The attempt was given up and its caller has been told why; this error tells nobody anything. */
function ignoreLateError(): void {}
