/**
 * Stands between clients and a broker, and passes frame after frame, until a rule says to cut: then
 * the frame is passed or not, and its connection ends without a word.
 */
import { once } from 'node:events';
import net from 'node:net';
import type { TestContext } from 'node:test';
import { FrameSplitter, type RawFrame } from './frame-splitter.js';

export interface PassedFrame extends RawFrame {
  readonly from: 'client' | 'broker';
}

/** `cut-before`: the frame never arrives. `cut-after`: it arrives, and no answer to it. */
export type Verdict = 'pass' | 'cut-before' | 'cut-after';

export class CuttingProxy {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #target: URL;
  /** Asked for each frame. */
  rule: (frame: PassedFrame) => Verdict = () => 'pass';
  cuts = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = net.createServer((socket) => this.#accept(socket));
  }

  /** It is closed after the test. */
  static async start(test: Pick<TestContext, 'after'>, target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    test.after(() => proxy.close());
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('It is closed');
    return `stomp://127.0.0.1:${address.port}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(client: net.Socket): void {
    const broker = net.connect(Number(this.#target.port), this.#target.hostname);
    const cut = () => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
      // The other end resets when it is cut; `close` follows.
      socket.on('error', cut);
    }
    this.#pass(client, broker, 'client', cut);
    this.#pass(broker, client, 'broker', cut);
  }

  #pass(from: net.Socket, to: net.Socket, side: PassedFrame['from'], cut: () => void): void {
    const splitter = new FrameSplitter();
    from.on('data', (chunk) => {
      for (const frame of splitter.push(chunk)) {
        if (to.destroyed) return;
        const verdict = this.rule({ ...frame, from: side });
        if (verdict === 'cut-before') {
          this.cuts += 1;
          cut();
          return;
        }
        to.write(frame.bytes);
        if (verdict === 'cut-after') {
          this.cuts += 1;
          // What was passed must leave before the end, or it would be as if it was not.
          to.end(() => cut());
          return;
        }
      }
    });
  }
}
