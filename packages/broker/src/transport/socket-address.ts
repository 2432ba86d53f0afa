/** Who is at the other end of a socket. */
import type { Socket } from 'node:net';

/** `127.0.0.1:50312` */
export function peerOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** An address of this machine that no other one can use. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1$|(::ffff:)?127\.)/.test(address);
}
