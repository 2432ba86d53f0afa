/**
 * TLS: its handshake has a time-out, its certificates are read again when their files change, and those of
 * clients are asked for and verified if the options say so.
 */
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { ResolvedTls } from '../connector-options.js';
import { CertificateWatch, readCertificates } from './certificates.js';
import type { ServerParts } from './connector.js';
import { peerOf } from './socket-address.js';
import { SOCKET_BUFFER_BYTES, TcpTransport } from './tcp-transport.js';

export function createTlsServer(tls: ResolvedTls, parts: ServerParts): Server {
  const server = createServer({ ...tlsOptionsOf(tls), allowHalfOpen: true });
  guardHandshakes(server, tls, parts);
  server.on('tlsClientError', (error, socket) => {
    parts.refusals.add('STOMP_CONNECTOR_HANDSHAKE', handshakeFailed('TLS', error), error);
    socket.destroy();
  });
  server.on('secureConnection', (socket) => {
    if (socket.destroyed) return;
    parts.handshakes.done(socket);
    parts.handOver(new TcpTransport(socket, certificateNameOf(socket)));
  });
  return server;
}

export function tlsOptionsOf(tls: ResolvedTls): TlsOptions & { highWaterMark: number } {
  return {
    ...readCertificates(tls),
    requestCert: tls.requestCertificate !== 'no',
    rejectUnauthorized: tls.requestCertificate === 'demand',
    highWaterMark: SOCKET_BUFFER_BYTES,
  };
}

/** What a TLS server does beside serving: called before it has other listeners. */
export function guardHandshakes(server: Server, tls: ResolvedTls, parts: ServerParts): void {
  const { clock, handshakes, refusals } = parts;
  const watch = new CertificateWatch({
    sources: tls,
    clock,
    onChange: (certificates) => server.setSecureContext(certificates),
    onError: (error) =>
      refusals.add(
        'STOMP_CONNECTOR_CERTIFICATE',
        `goes on with its old certificate, because the new one cannot be used (${textOf(error)}): replace key and certificate together`,
        error,
      ),
  });
  // Before Node's own listener, which begins the handshake with the certificate of that moment.
  server.prependListener('connection', (socket) => {
    watch.look();
    handshakes.begin(socket);
  });
  server.on('secureConnection', (socket) => {
    // With `ask`, Node lets in whoever shows any certificate.
    if (socket.authorized || !hasCertificate(socket)) return;
    const reason = String(socket.authorizationError);
    refusals.add(
      'STOMP_CONNECTOR_HANDSHAKE',
      `refused the certificate of ${peerOf(socket)} (${reason}): it must be valid and signed by the ca of the connector`,
    );
    socket.destroy();
  });
}

/** @param what `TLS` or `WebSocket` */
export function handshakeFailed(what: string, error: Error): string {
  return `gave up a ${what} handshake (${textOf(error)}): check that the client speaks ${what} and knows what this connector asks for`;
}

/**
 * The name (subject CN) in the client's certificate, if it was verified and has exactly one: with two,
 * each reader might take another one.
 */
export function certificateNameOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized || !hasCertificate(socket)) return undefined;
  const name: unknown = socket.getPeerCertificate().subject.CN;
  return typeof name === 'string' ? name : undefined;
}

function hasCertificate(socket: TLSSocket): boolean {
  const certificate = socket.getPeerCertificate();
  return certificate !== null && Object.keys(certificate).length > 0;
}

/** Of OpenSSL's texts (`…:error:<code>:<library>:<function>:<reason>:<line of C>`) only the reason. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, reason] = /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(error.message) ?? [];
  return (reason ?? error.message).trim();
}
