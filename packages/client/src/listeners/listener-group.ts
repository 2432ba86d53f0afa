/** Several listeners under one name; each hook goes to all of them, in order, whatever one throws. */
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';
import { tellListeners } from './tell-listeners.js';

export class ListenerGroup implements ConnectionListener {
  readonly #members: readonly ConnectionListener[];

  constructor(members: readonly ConnectionListener[]) {
    this.#members = [...members];
  }

  onConnecting(peer: string): void {
    tellListeners(this.#members, (member) => member.onConnecting?.(peer));
  }

  onConnected(frame: ListenerFrame): void {
    tellListeners(this.#members, (member) => member.onConnected?.(frame));
  }

  onDisconnecting(): void {
    tellListeners(this.#members, (member) => member.onDisconnecting?.());
  }

  onDisconnected(error: Error | undefined): void {
    tellListeners(this.#members, (member) => member.onDisconnected?.(error));
  }

  onClosed(error: Error | undefined): void {
    tellListeners(this.#members, (member) => member.onClosed?.(error));
  }

  onHeartBeat(): void {
    tellListeners(this.#members, (member) => member.onHeartBeat?.());
  }

  onHeartBeatSent(): void {
    tellListeners(this.#members, (member) => member.onHeartBeatSent?.());
  }

  onHeartBeatTimeout(error: Error): void {
    tellListeners(this.#members, (member) => member.onHeartBeatTimeout?.(error));
  }

  onMessage(frame: ListenerFrame): void {
    tellListeners(this.#members, (member) => member.onMessage?.(frame));
  }

  onReceipt(frame: ListenerFrame): void {
    tellListeners(this.#members, (member) => member.onReceipt?.(frame));
  }

  onError(frame: ListenerFrame): void {
    tellListeners(this.#members, (member) => member.onError?.(frame));
  }

  onSend(frame: ListenerFrame): void {
    tellListeners(this.#members, (member) => member.onSend?.(frame));
  }
}
