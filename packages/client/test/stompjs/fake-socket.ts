/** A WebSocket without a network, and the server at its other end, which does what a test says. */
import type { IStompSocket } from '@stompbox/client/stompjs';
import { decodeUtf8, encodeUtf8, type Frame, FrameDecoder } from '@stompbox/protocol';
import { settle } from '../support/fake-clock.js';

interface CloseEventLike {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

export class FakeSocket implements IStompSocket {
  readonly url = 'ws://broker/stomp?token=secret';
  binaryType = 'blob';
  readyState = 0;
  onopen: (() => unknown) | undefined | null;
  onmessage: ((event: { data: unknown }) => unknown) | undefined | null;
  onerror: ((event: { message: string }) => unknown) | undefined | null;
  onclose: ((event: CloseEventLike) => unknown) | undefined | null;
  /** What was sent, message by message. */
  readonly sent: (string | ArrayBuffer)[] = [];
  /** The same as frames. */
  readonly frames: Frame[] = [];
  /** False: it answers neither CONNECT nor receipts nor a close, as a dead link. */
  isAlive = true;
  /** Headers of CONNECTED. */
  connected = 'version:1.2\n';
  readonly #decoder = new FrameDecoder();

  async open(): Promise<void> {
    this.readyState = 1;
    this.onopen?.();
    await settle();
  }

  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
    this.#decoder.push(typeof data === 'string' ? encodeUtf8(data) : new Uint8Array(data));
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
      this.frames.push(frame);
      queueMicrotask(() => this.#answer(frame));
    }
  }

  close(): void {
    this.readyState = 2;
    if (this.isAlive) queueMicrotask(() => this.drop(1000));
  }

  /** The connection breaks, or ends in order. */
  drop(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason: '', wasClean: code === 1000 });
  }

  /** The connection breaks, and everybody knows. */
  async lose(): Promise<void> {
    this.drop();
    await settle();
  }

  /** The server sends this, each as one message. */
  async receive(...messages: (string | Uint8Array)[]): Promise<void> {
    for (const message of messages) {
      const data = typeof message === 'string' ? message : new Uint8Array(message).buffer;
      this.onmessage?.({ data });
    }
    await settle();
  }

  received(command: Frame['command']): Frame[] {
    return this.frames.filter((frame) => frame.command === command);
  }

  get text(): string {
    return this.sent
      .map((data) => (typeof data === 'string' ? data : decodeUtf8(new Uint8Array(data))))
      .join('');
  }

  #answer(frame: Frame): void {
    if (!this.isAlive) return;
    const receipt = frame.headers.get('receipt');
    if (frame.command === 'CONNECT') {
      this.#decoder.version = /version:1\.2/.test(this.connected) ? '1.2' : '1.1';
      this.onmessage?.({ data: `CONNECTED\n${this.connected}\n\0` });
    } else if (receipt !== undefined) {
      this.onmessage?.({ data: `RECEIPT\nreceipt-id:${receipt}\n\n\0` });
    }
  }
}

/** The text of a MESSAGE for a subscription, with more header lines. */
export function messageFor(subscription: string, body: string, more = ''): string {
  const head = `MESSAGE\nsubscription:${subscription}\nmessage-id:m\nack:a\ndestination:/queue/a\n`;
  return `${head}${more}\n${body}\0`;
}
