/** Who is at the other end of a socket. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';

/** `127.0.0.1:50312` */
export function peerOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** An address of this machine that no other one can use. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1$|(::ffff:)?127\.)/.test(address);
}

/**
 * Whether a request was made by a program on this machine for itself. A proxy on this machine speaks for
 * clients from anywhere, and says so.
 */
export function isLocalRequest(address: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (headers['x-forwarded-for'] !== undefined) return false;
  return headers.forwarded === undefined && headers.via === undefined && isLoopback(address);
}
