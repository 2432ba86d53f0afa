/**
 * An ordered list of listeners with names, and the translation of what a connection tells into their
 * hooks.
 *
 * - they are called in the order in which their names were first set
 * - `onDisconnected` is called once for each CONNECTED, and only then
 * - it keeps no frames and does not know the connection
 */
import { decodeUtf8 } from '@stompbox/protocol';
import type { FrameEvent, FrameListener, ObservedFrame } from '../frame-feed.js';
import type { ConnectionStatus } from '../status.js';
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';
import { tellListeners } from './tell-listeners.js';

/** Goes into the options of `connect`, so that listeners hear of everything from the first attempt on. */
export interface ListenerHooks {
  readonly onStatus: (status: ConnectionStatus) => void;
  readonly onFrame: FrameListener;
}

export class NamedListeners {
  readonly #listeners = new Map<string, ConnectionListener>();
  #isConnected: boolean;
  readonly hooks: ListenerHooks = {
    onStatus: (status) => this.#handleStatus(status),
    onFrame: (event) => this.#handleFrame(event),
  };

  /** @param isConnected whether CONNECTED has been before it listens */
  constructor(isConnected: boolean) {
    this.#isConnected = isConnected;
  }

  get size(): number {
    return this.#listeners.size;
  }

  /** A name that is set again keeps its place. */
  set(name: string, listener: ConnectionListener): void {
    this.#listeners.set(name, listener);
  }

  get(name: string): ConnectionListener | undefined {
    return this.#listeners.get(name);
  }

  /** False when there was none of that name. */
  remove(name: string): boolean {
    return this.#listeners.delete(name);
  }

  #handleStatus(status: ConnectionStatus): void {
    switch (status.type) {
      case 'connecting':
        this.#tell((listener) => listener.onConnecting?.(status.peer));
        break;
      case 'closing':
        this.#tell((listener) => listener.onDisconnecting?.());
        break;
      case 'connect-failed':
      case 'reconnecting':
        this.#disconnected(status.error);
        break;
      case 'closed':
        this.#disconnected(status.error);
        this.#tell((listener) => listener.onClosed?.(status.error));
        break;
    }
  }

  #disconnected(error: Error | undefined): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    if (error !== undefined && isHeartBeatTimeout(error)) {
      this.#tell((listener) => listener.onHeartBeatTimeout?.(error));
    }
    this.#tell((listener) => listener.onDisconnected?.(error));
  }

  #handleFrame({ direction, frame }: FrameEvent): void {
    const isOut = direction === 'out';
    if (frame === undefined) {
      this.#tell((listener) => (isOut ? listener.onHeartBeatSent?.() : listener.onHeartBeat?.()));
      return;
    }
    const heard = listenerFrame(frame);
    if (isOut) this.#tell((listener) => listener.onSend?.(heard));
    else this.#received(heard);
  }

  #received(frame: ListenerFrame): void {
    switch (frame.command) {
      case 'CONNECTED':
        this.#isConnected = true;
        this.#tell((listener) => listener.onConnected?.(frame));
        break;
      case 'MESSAGE':
        this.#tell((listener) => listener.onMessage?.(frame));
        break;
      case 'RECEIPT':
        this.#tell((listener) => listener.onReceipt?.(frame));
        break;
      case 'ERROR':
        this.#tell((listener) => listener.onError?.(frame));
        break;
    }
  }

  #tell(call: (listener: ConnectionListener) => unknown): void {
    // A copy, because a hook may set or remove listeners.
    tellListeners([...this.#listeners.values()], call);
  }
}

function listenerFrame(frame: ObservedFrame): ListenerFrame {
  const { command, headers, body } = frame;
  return {
    command,
    headers,
    body,
    text: () => (typeof body === 'string' ? body : decodeUtf8(body)),
  };
}

/** The loss may be told as the cause of what it led to. */
function isHeartBeatTimeout(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && cause.code === 'STOMP_NET_HEART_BEAT') return true;
  }
  return false;
}
