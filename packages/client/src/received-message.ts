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
  ProtocolError,
} from '@stompbox/protocol';
import type { Acknowledger } from './acknowledger.js';
import type { Codec } from './codec/codec.js';
import type { CodecRegistry } from './codec/codec-registry.js';
import { decodeValue, decodeWith } from './codec/encode-value.js';
import type { Message } from './message.js';
import type { AckOptions } from './operation-options.js';
import type { Session } from './session.js';
import type { StreamedBody } from './streamed-body.js';
import type { StompTransaction } from './transaction.js';

/** What all messages of a subscription share. */
export interface MessageReader {
  readonly acknowledger: Acknowledger;
  readonly codecs: CodecRegistry;
  /** The subscription's own; without it the content type chooses. */
  readonly codec: Codec<unknown> | undefined;
}

export class ReceivedMessage<T = unknown> implements Message<T> {
  /** Where its acknowledgement must go; on any other it would mean nothing, or worse. */
  readonly session: Session;
  /** Its place in the order of arrival at its subscription. */
  readonly arrival: number;
  readonly #frame: Frame;
  readonly #reader: MessageReader;
  readonly #stream: StreamedBody | undefined;
  #text: string | undefined;
  /** How it was settled: for good, or unless this transaction is aborted or fails. */
  #settlement: 'none' | 'final' | StompTransaction = 'none';

  constructor(
    frame: Frame,
    session: Session,
    reader: MessageReader,
    stream: StreamedBody | undefined,
  ) {
    this.#frame = frame;
    this.session = session;
    this.#reader = reader;
    this.arrival = reader.acknowledger.nextArrival();
    this.#stream = stream;
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
    if (this.#stream !== undefined) throw isStreamed(this.messageId);
    return this.#frame.body;
  }

  get isStreamed(): boolean {
    return this.#stream !== undefined;
  }

  stream(): AsyncIterable<Uint8Array> {
    return this.#stream ?? oneChunk(this.#frame.body);
  }

  /** The application is done with it, so nobody will read what is left of its body. */
  discardBody(): void {
    this.#stream?.discard();
  }

  value(): T {
    const { codec, codecs } = this.#reader;
    if (codec !== undefined) return decodeWith(codec, this.headers, this.body) as T;
    return decodeValue(codecs, this.headers, this.body);
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
    return copyBytes(this.body);
  }

  text(): string {
    this.#text ??= decodeUtf8(this.body);
    return this.#text;
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  ack(options?: AckOptions): Promise<void> {
    return this.#reader.acknowledger.settle(this, 'ACK', options);
  }

  nack(options?: AckOptions): Promise<void> {
    return this.#reader.acknowledger.settle(this, 'NACK', options);
  }
}

async function* oneChunk(body: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (body.length > 0) yield body;
}

function isStreamed(messageId: string): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_STREAMED',
    `The body of message ${messageId} is still arriving: read message.stream(), or raise the option ` +
      'streamBodiesOverBytes',
  );
}
