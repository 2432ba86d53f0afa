/** Several listeners under one name; each hook goes to all of them, in order. */
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';

export class ListenerGroup implements ConnectionListener {
  readonly #members: readonly ConnectionListener[];

  constructor(members: readonly ConnectionListener[]) {
    this.#members = [...members];
  }

  onConnecting(peer: string): void {
    for (const member of this.#members) member.onConnecting?.(peer);
  }

  onConnected(frame: ListenerFrame): void {
    for (const member of this.#members) member.onConnected?.(frame);
  }

  onDisconnecting(): void {
    for (const member of this.#members) member.onDisconnecting?.();
  }

  onDisconnected(error: Error | undefined): void {
    for (const member of this.#members) member.onDisconnected?.(error);
  }

  onClosed(error: Error | undefined): void {
    for (const member of this.#members) member.onClosed?.(error);
  }

  onHeartBeat(): void {
    for (const member of this.#members) member.onHeartBeat?.();
  }

  onHeartBeatSent(): void {
    for (const member of this.#members) member.onHeartBeatSent?.();
  }

  onHeartBeatTimeout(error: Error): void {
    for (const member of this.#members) member.onHeartBeatTimeout?.(error);
  }

  onMessage(frame: ListenerFrame): void {
    for (const member of this.#members) member.onMessage?.(frame);
  }

  onReceipt(frame: ListenerFrame): void {
    for (const member of this.#members) member.onReceipt?.(frame);
  }

  onError(frame: ListenerFrame): void {
    for (const member of this.#members) member.onError?.(frame);
  }

  onSend(frame: ListenerFrame): void {
    for (const member of this.#members) member.onSend?.(frame);
  }
}
