/** A port of a test broker, for clients of other processes: each socket becomes a connection like those in memory. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { duplexTransport, type Transport } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';

export class TcpDoor {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /**
   * @param onTransport gets what each client writes to
   * @throws OptionsError `STOMP_OPT_INVALID` when the port is taken or not allowed
   */
  static async open(port: number, onTransport: (transport: Transport) => void): Promise<TcpDoor> {
    const server = createServer({ noDelay: true });
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new OptionsError(
        'STOMP_OPT_INVALID',
        `The option port of testBroker() cannot be used: ${why}; 0 takes any free port`,
        { cause },
      );
    }
    const address = server.address();
    const door = new TcpDoor(server, typeof address === 'object' ? (address?.port ?? 0) : 0);
    server.on('connection', (socket) => void door.#accept(socket, onTransport));
    return door;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #accept(socket: Socket, onTransport: (transport: Transport) => void): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const host = socket.remoteAddress ?? '127.0.0.1';
    const server = { host, port: socket.remotePort ?? 0, isTls: false };
    onTransport(await duplexTransport(socket)(server, new AbortController().signal));
  }
}
