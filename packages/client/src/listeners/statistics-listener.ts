/** Counts what happens on a connection. Messages sent are SEND frames, and nothing else is. */
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';

export interface ConnectionCounts {
  /** ERROR frames of the broker. */
  readonly errors: number;
  /** CONNECTED frames: the first connection and each one after a loss. */
  readonly connections: number;
  readonly disconnects: number;
  /** MESSAGE frames received. */
  readonly messages: number;
  /** SEND frames, those in transactions too. */
  readonly messagesSent: number;
  /** Heart-beats received. */
  readonly heartBeats: number;
  readonly heartBeatTimeouts: number;
}

export class StatisticsListener implements ConnectionListener {
  readonly #counts = {
    errors: 0,
    connections: 0,
    disconnects: 0,
    messages: 0,
    messagesSent: 0,
    heartBeats: 0,
    heartBeatTimeouts: 0,
  };

  /** A copy of what was counted until now. */
  get counts(): ConnectionCounts {
    return { ...this.#counts };
  }

  /** What was counted until now, one line each, for people. */
  summary(): string {
    const { errors, connections, disconnects, messages, messagesSent } = this.#counts;
    return [
      `Connections: ${connections}`,
      `Disconnects: ${disconnects}`,
      `Messages sent: ${messagesSent}`,
      `Messages received: ${messages}`,
      `Heart-beats received: ${this.#counts.heartBeats}`,
      `Heart-beat timeouts: ${this.#counts.heartBeatTimeouts}`,
      `Errors: ${errors}`,
    ].join('\n');
  }

  onConnected(): void {
    this.#counts.connections += 1;
  }

  onDisconnected(): void {
    this.#counts.disconnects += 1;
  }

  onHeartBeat(): void {
    this.#counts.heartBeats += 1;
  }

  onHeartBeatTimeout(): void {
    this.#counts.heartBeatTimeouts += 1;
  }

  onMessage(): void {
    this.#counts.messages += 1;
  }

  onError(): void {
    this.#counts.errors += 1;
  }

  onSend(frame: ListenerFrame): void {
    if (frame.command === 'SEND') this.#counts.messagesSent += 1;
  }
}
