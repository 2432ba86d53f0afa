/**
 * Whether the bytes of one client are read. Each reason not to is independent of the others; while there
 * is one, the transport is paused, and the client's own flow control slows the client.
 */
import type { Transport } from '../transport/transport.js';

/**
 * disk, memory: what the client sends cannot be taken as fast. client: it does not read its answers.
 * login: frames behind CONNECT wait until it is known whose they are.
 */
export type PauseReason = 'disk' | 'memory' | 'client' | 'login';

export interface ReadingListener {
  /** From now on the client's silence is the broker's doing. */
  onSilenced(): void;
  /** From now on it is the client's again. */
  onHeard(): void;
}

export class Reading {
  readonly #transport: Transport;
  readonly #listener: ReadingListener;
  readonly #reasons = new Set<PauseReason>();

  constructor(transport: Transport, listener: ReadingListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  isPausedFor(reason: PauseReason): boolean {
    return this.#reasons.has(reason);
  }

  /** The broker has its own reasons: what the client has sent may wait unread for any time. */
  get isSilenced(): boolean {
    return this.#reasons.has('disk') || this.#reasons.has('memory');
  }

  pause(reason: PauseReason): void {
    const wasSilenced = this.isSilenced;
    if (this.#reasons.size === 0) this.#transport.pause();
    this.#reasons.add(reason);
    if (!wasSilenced && this.isSilenced) this.#listener.onSilenced();
  }

  resume(reason: PauseReason): void {
    const wasSilenced = this.isSilenced;
    if (!this.#reasons.delete(reason)) return;
    if (wasSilenced && !this.isSilenced) this.#listener.onHeard();
    if (this.#reasons.size === 0) this.#transport.resume();
  }

  /** Nothing that comes counts any more, so nothing has to wait: the client's end is among it. */
  resumeForGood(): void {
    for (const reason of this.#reasons) this.resume(reason);
  }
}
