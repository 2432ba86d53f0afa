/** A STOMP client that sends the bytes it is told and waits for bytes to come. */
import { once } from 'node:events';
import net from 'node:net';

export class RawClient {
  readonly #socket: net.Socket;
  #received = '';
  #onReceived: () => void = () => {};

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    // A broker that is killed resets its connections; whoever waits for bytes learns it from 'close'.
    socket.on('error', () => this.#onReceived());
    socket.on('close', () => this.#onReceived());
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#onReceived();
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new RawClient(socket);
    client.send('CONNECT\naccept-version:1.2\nhost:localhost\n\n');
    await client.receives('CONNECTED');
    return client;
  }

  /** Sends frames, each with its NUL. */
  send(...frames: readonly string[]): void {
    this.#socket.write(frames.map((frame) => `${frame}\0`).join(''));
  }

  /** Everything received so far. */
  get received(): string {
    return this.#received;
  }

  /** Resolves once the text was received. */
  async receives(text: string): Promise<void> {
    while (!this.#received.includes(text)) {
      if (this.#socket.destroyed) throw new Error(`Closed before it sent ${text}`);
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
    }
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  async closed(): Promise<void> {
    if (!this.#socket.destroyed) await once(this.#socket, 'close');
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
