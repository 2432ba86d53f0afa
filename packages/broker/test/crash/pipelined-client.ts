/**
 * A STOMP client with many frames on their way at once. It notes what is confirmed as it comes; that
 * the broker may be gone at any moment is its daily business.
 */
import assert from 'node:assert/strict';
import type { Transport } from '@stompbox/broker';
import { encodeFrame, encodeUtf8, type Frame, FrameDecoder } from '@stompbox/protocol';

/** Frames that may wait for their receipts before `room` makes a producer wait. */
const WINDOW = 64;

export interface Received {
  /** What an ACK names it by. */
  readonly ack: string;
  readonly body: string;
}

export class PipelinedClient {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  readonly #transport: Transport;
  readonly #onMessage: (message: Received) => void;
  readonly #decoder = new FrameDecoder();
  readonly #open: Array<{ readonly receipt: string; readonly onConfirmed: () => void }> = [];
  #state: 'connecting' | 'connected' | 'closed' = 'connecting';
  #count = 0;
  #onChange: () => void = () => {};

  constructor(transport: Transport, onMessage: (message: Received) => void = () => {}) {
    this.#transport = transport;
    this.#onMessage = onMessage;
    this.#decoder.version = '1.2';
    this.closed = new Promise((resolve) => {
      transport.start({
        onData: (chunk) => this.#read(chunk),
        onDrain: () => this.#onChange(),
        onClose: () => {
          this.#state = 'closed';
          this.#onChange();
          resolve();
        },
      });
    });
    this.tells('CONNECT', { 'accept-version': '1.2', host: 'test' });
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Writes a frame that nobody confirms. */
  tells(command: Frame['command'], headers: Readonly<Record<string, string>>, body = ''): void {
    if (this.isClosed) return;
    const frame = { command, headers: Object.entries(headers), body: encodeUtf8(body) };
    this.#transport.write(encodeFrame(frame, '1.2'));
  }

  /** Writes a frame and calls back when its receipt comes, which may be never. */
  asks(
    command: Frame['command'],
    headers: Readonly<Record<string, string>>,
    body: string,
    onConfirmed: () => void,
  ): void {
    this.#count += 1;
    const receipt = String(this.#count);
    this.#open.push({ receipt, onConfirmed });
    this.tells(command, { ...headers, receipt }, body);
  }

  /** Resolves when another frame may be on its way, or none ever again. */
  async room(): Promise<void> {
    while (this.#open.length >= WINDOW && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  #read(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) this.#take(frame);
    this.#onChange();
  }

  #take({ command, headers, body }: Frame): void {
    if (command === 'MESSAGE') {
      this.#onMessage({ ack: headers.get('ack') ?? '', body: Buffer.from(body).toString('utf8') });
    } else if (command === 'RECEIPT') {
      const first = this.#open.shift();
      assert.equal(headers.get('receipt-id'), first?.receipt, 'receipts come in order');
      first?.onConfirmed();
    } else {
      assert.equal(command, 'CONNECTED', headers.get('message'));
      this.#state = 'connected';
    }
  }
}
