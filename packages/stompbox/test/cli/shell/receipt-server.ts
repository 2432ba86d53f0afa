/**
 * A STOMP server that keeps the receipts of SEND back until it is told, and gives all others. It may
 * refuse subscriptions.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { encodeFrame, type Frame, FrameDecoder } from '@stompbox/protocol';
import { gate } from '../../support/events.js';

export interface ReceiptServer {
  readonly url: string;
  /** Resolves when a SEND has arrived. */
  sent(): Promise<void>;
  /** Confirms it. */
  confirm(): void;
  /** From now on no subscription is allowed. */
  refuseSubscriptions(): void;
  /** Breaks all connections. */
  drop(): void;
}

export async function receiptServer(context: Pick<TestContext, 'after'>): Promise<ReceiptServer> {
  const arrived = gate();
  const sockets = new Set<Socket>();
  let confirm = () => {};
  let isRefusing = false;
  const answer = (socket: Socket, frame: Frame) => {
    const receipt = () => {
      const id = frame.headers.get('receipt');
      if (id !== undefined) write(socket, 'RECEIPT', { 'receipt-id': id });
    };
    if (frame.command === 'CONNECT') write(socket, 'CONNECTED', { version: '1.2' });
    else if (frame.command === 'SUBSCRIBE' && isRefusing) {
      const id = frame.headers.get('receipt') ?? '';
      write(socket, 'ERROR', { message: 'no longer allowed', 'receipt-id': id });
      socket.end();
    } else if (frame.command !== 'SEND') receipt();
    else {
      confirm = receipt;
      arrived.open();
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    const decoder = new FrameDecoder();
    socket.on('data', (chunk) => {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame; frame = decoder.next()) answer(socket, frame);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  context.after(() => {
    drop();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const url = `stomp://127.0.0.1:${port}`;
  const refuseSubscriptions = () => {
    isRefusing = true;
  };
  return {
    url,
    sent: () => arrived.promise,
    confirm: () => confirm(),
    refuseSubscriptions,
    drop,
  };
}

function write(
  socket: Socket,
  command: Frame['command'],
  headers: Readonly<Record<string, string>>,
): void {
  const body = new Uint8Array();
  socket.write(encodeFrame({ command, headers: Object.entries(headers), body }, '1.2'));
}
