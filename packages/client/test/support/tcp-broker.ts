/**
 * A STOMP server on a real port of the loopback, or on the socket of a file. It confirms what asks for a receipt, and hands each
 * SEND to the subscriptions of its connection to that destination; it keeps nothing.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { encodeFrame, type Frame, FrameDecoder } from '@stompbox/protocol';

export interface TcpBroker {
  readonly port: number;
  readonly sockets: Socket[];
  /** Frames of all connections, in order. */
  readonly frames: Frame[];
  /** True: frames are read and not answered. */
  isSilent: boolean;
  close(): Promise<void>;
}

export async function startTcpBroker(
  tls?: TlsOptions,
  onSecureSocket: (socket: TLSSocket) => void = () => {},
  file?: string,
): Promise<TcpBroker> {
  const sockets: Socket[] = [];
  const frames: Frame[] = [];
  const serve = (socket: Socket) => {
    sockets.push(socket);
    // A client that is cut in a test resets the connection; its close is all that matters here.
    socket.on('error', () => socket.destroy());
    const decoder = new FrameDecoder();
    decoder.version = '1.2';
    const subscriptions = new Map<string, string>();
    socket.on('data', (chunk) => {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) {
        frames.push(frame);
        if (!broker.isSilent) answer(socket, frame, subscriptions);
      }
    });
  };
  const server: Server = tls ? createTlsServer(tls, serve) : createServer(serve);
  server.on('secureConnection', onSecureSocket);
  if (file === undefined) server.listen(0, '127.0.0.1');
  else server.listen(file);
  await once(server, 'listening');
  const broker: TcpBroker = {
    port: file === undefined ? (server.address() as AddressInfo).port : 0,
    sockets,
    frames,
    isSilent: false,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return broker;
}

/** @param subscriptions destinations by subscription id */
function answer(socket: Socket, frame: Frame, subscriptions: Map<string, string>): void {
  const write = (command: Frame['command'], headers: [string, string][], body?: Uint8Array) =>
    socket.write(encodeFrame({ command, headers, ...(body ? { body } : {}) }, '1.2'));
  const header = (name: string) => frame.headers.get(name) ?? '';
  if (frame.command === 'CONNECT') write('CONNECTED', [['version', '1.2']]);
  if (frame.command === 'SUBSCRIBE') subscriptions.set(header('id'), header('destination'));
  if (frame.headers.has('receipt')) write('RECEIPT', [['receipt-id', header('receipt')]]);
  if (frame.command !== 'SEND') return;
  for (const [id, destination] of subscriptions) {
    if (destination !== header('destination')) continue;
    const headers: [string, string][] = [
      ['subscription', id],
      ['message-id', header('receipt')],
      ['ack', header('receipt')],
      ['destination', destination],
      ['content-length', String(frame.body.length)],
    ];
    const contentType = frame.headers.get('content-type');
    if (contentType !== undefined) headers.push(['content-type', contentType]);
    write('MESSAGE', headers, frame.body);
  }
}
