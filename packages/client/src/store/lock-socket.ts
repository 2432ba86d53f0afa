/** The socket of one who wants the lock of a folder, or has it; it tells which to all who ask. */
import { createServer, type Server, type Socket } from 'node:net';

export class LockSocket {
  readonly #server: Server;
  /** Those of a candidate wait for its decision. */
  readonly #asking = new Set<Socket>();
  #state: 'candidate' | 'owner' | 'released' = 'candidate';

  private constructor() {
    this.#server = createServer((socket) => this.#answer(socket));
    this.#server.unref();
  }

  /** Rejects with the error of the system. */
  static listen(path: string): Promise<LockSocket> {
    return new Promise((resolve, reject) => {
      const socket = new LockSocket();
      socket.#server.once('error', reject);
      // Otherwise the main process of a cluster would listen, and be asked what is decided here.
      socket.#server.listen({ path, exclusive: true }, () => resolve(socket));
    });
  }

  becomeOwner(): void {
    this.#state = 'owner';
    for (const socket of this.#asking) socket.end(`owner ${process.pid}\n`);
  }

  /** Gives the lock up, or withdraws the wish for it. */
  release(): Promise<void> {
    this.#state = 'released';
    for (const socket of this.#asking) socket.destroy();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }

  #answer(socket: Socket): void {
    socket.unref();
    // One who asks may vanish at any time.
    socket.on('error', () => socket.destroy());
    this.#asking.add(socket);
    socket.once('close', () => this.#asking.delete(socket));
    if (this.#state === 'released') socket.destroy();
    else if (this.#state === 'owner') socket.end(`owner ${process.pid}\n`);
    else socket.write(`candidate ${process.pid}\n`);
  }
}
