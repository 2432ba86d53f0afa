/**
 * A MESSAGE frame as the application sees it. Thousands of these are made per second, so it holds
 * the frame as it is and reads from it when asked; nothing is decoded that nobody looks at.
 */
import {
  type BodyType,
  bodyTypeOf,
  copyBytes,
  decodeUtf8,
  type Frame,
  type FrameHeaders,
} from '@stompbox/protocol';
import type { Acknowledger } from './acknowledger.js';
import type { Message } from './message.js';
import type { AckOptions } from './operation-options.js';
import type { Session } from './session.js';
import type { StompTransaction } from './transaction.js';

export class ReceivedMessage implements Message {
  /** Where its acknowledgement must go; on any other it would mean nothing, or worse. */
  readonly session: Session;
  readonly #frame: Frame;
  readonly #acknowledger: Acknowledger;
  #text: string | undefined;
  /** How it was settled: for good, or unless this transaction is aborted or fails. */
  #settlement: 'none' | 'final' | StompTransaction = 'none';

  constructor(frame: Frame, session: Session, acknowledger: Acknowledger) {
    this.#frame = frame;
    this.session = session;
    this.#acknowledger = acknowledger;
  }

  get destination(): string {
    return this.#frame.headers.get('destination') ?? '';
  }

  get messageId(): string {
    return this.#frame.headers.get('message-id') ?? '';
  }

  get headers(): FrameHeaders {
    return this.#frame.headers;
  }

  get body(): Uint8Array {
    return this.#frame.body;
  }

  get bodyType(): BodyType {
    return bodyTypeOf(this.#frame.headers);
  }

  get isRedelivered(): boolean {
    return this.#frame.headers.get('redelivered') === 'true';
  }

  /** True when a second acknowledgement would be one too many. */
  get isSettled(): boolean {
    const settlement = this.#settlement;
    if (settlement === 'none' || settlement === 'final') return settlement === 'final';
    // After a failed COMMIT the session may live on, and with it the broker's wait for this message.
    return settlement.state !== 'aborted' && settlement.state !== 'failed';
  }

  markSettled(transaction: StompTransaction | undefined): void {
    this.#settlement = transaction ?? 'final';
  }

  bytes(): Uint8Array {
    return copyBytes(this.#frame.body);
  }

  text(): string {
    this.#text ??= decodeUtf8(this.#frame.body);
    return this.#text;
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  ack(options?: AckOptions): Promise<void> {
    return this.#acknowledger.settle(this, 'ACK', options);
  }

  nack(options?: AckOptions): Promise<void> {
    return this.#acknowledger.settle(this, 'NACK', options);
  }
}
