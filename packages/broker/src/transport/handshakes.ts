/**
 * Connections that are open and have not become a transport yet: TLS, or the upgrade to WebSocket, is
 * still going on. Each has a time for that; none outlives its connector.
 *
 * What lies on top of a socket does not say which socket it lies on, so both are matched by their peer.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../clock.js';
import { peerOf } from './socket-address.js';

interface Handshake {
  readonly socket: Socket;
  readonly cancelTimer: () => void;
}

export class Handshakes {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #underWay = new Map<string, Handshake>();

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** How many are under way. */
  get count(): number {
    return this.#underWay.size;
  }

  /** The socket was accepted. */
  begin(socket: Socket): void {
    const peer = peerOf(socket);
    const cancelTimer = this.#clock.setTimer(
      // The error reaches the server's handler of failed handshakes, which tells of it.
      () => socket.destroy(new Error(`it was not done in ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    this.#underWay.set(peer, { socket, cancelTimer });
    socket.once('close', () => {
      if (this.#underWay.get(peer)?.socket === socket) this.#end(peer);
    });
  }

  /** @param socket the one that was accepted, or what lies on top of it */
  done(socket: Socket): void {
    this.#end(peerOf(socket));
  }

  destroyAll(): void {
    for (const { socket } of this.#underWay.values()) socket.destroy();
  }

  #end(peer: string): void {
    this.#underWay.get(peer)?.cancelTimer();
    this.#underWay.delete(peer);
  }
}
