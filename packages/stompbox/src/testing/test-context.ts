/**
 * The context of a handler without a broker, for plain unit tests of a listener:
 *
 *     const context = testContext({ attempt: 3 });
 *     await orderListener.call({ id: 1 }, context);
 *     assert.deepEqual(context.sends, [{ destination: '/queue/invoices', body: { id: 1 }, options: {} }]);
 *
 * It has all that a real one has, and keeps what the handler does with it. Nothing is sent, and nothing
 * happens by itself: a message that the handler does not settle stays unsettled.
 */
import type { Message } from '@stompbox/client';
import { type BodyType, encodeUtf8, FrameHeaders } from '@stompbox/protocol';
import { type Destination, destinationText } from '../destination/destination.js';
import type { ListenerContext, RetryLaterOptions } from '../listener/listener-context.js';
import { decodeBody } from '../message/decode-body.js';
import { encodeBody } from '../message/encode-body.js';
import type { MessageOptions } from '../message/message-options.js';
import type { MessageSender } from '../message-sender.js';
import { RecordingLogger } from './recording-logger.js';

/** What of a context is to be different; all of it may be left out. */
export interface TestContextOverrides
  extends Partial<
    Pick<
      ListenerContext,
      | 'listener'
      | 'attempt'
      | 'maxAttempts'
      | 'correlationId'
      | 'replyTo'
      | 'batch'
      | 'destination'
      | 'messageId'
      | 'isRedelivered'
    >
  > {
  /** Of the message, as somebody would have sent it. Default: none. */
  readonly body?: unknown;
  /** More headers of the message. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the signal of the context, too. */
  readonly signal?: AbortSignal;
}

/** What became of the message; the first that the handler says counts. */
export type TestSettlement =
  | { readonly type: 'ack' | 'nack' }
  | {
      readonly type: 'retry-later';
      readonly delayMs: number | undefined;
      readonly reason: unknown;
    }
  | { readonly type: 'dead-letter'; readonly reason: unknown };

export interface TestSend {
  /** In STOMP's form. */
  readonly destination: string;
  readonly body: unknown;
  readonly options: MessageOptions;
}

export interface TestContext extends ListenerContext {
  /** What the handler has said of the message; undefined: nothing. */
  readonly settlement: TestSettlement | undefined;
  /** What the handler has sent, in order. */
  readonly sends: readonly TestSend[];
  /** What it has logged: `warn: …`. */
  readonly lines: readonly string[];
  /** Aborts its signal, as when its time is over. */
  abort(reason?: unknown): void;
}

/** Tries of a listener whose `retry` is the default. */
const MAX_ATTEMPTS = 6;

/** @throws OptionsError `STOMP_OPT_BODY` for a body that could not have been sent */
export function testContext(overrides: TestContextOverrides = {}): TestContext {
  return new RecordingContext(overrides);
}

class RecordingContext implements TestContext {
  readonly listener: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly correlationId: string;
  readonly replyTo: string | undefined;
  readonly destination: string;
  readonly messageId: string;
  readonly isRedelivered: boolean;
  readonly isStreamed = false;
  readonly headers: FrameHeaders;
  readonly body: Uint8Array;
  readonly bodyType: BodyType;
  readonly batch: readonly ListenerContext[];
  readonly sends: TestSend[] = [];
  readonly log = new RecordingLogger();
  readonly signal: AbortSignal;
  readonly messaging: MessageSender = {
    send: async (
      destination: string | Destination,
      body: unknown,
      options: MessageOptions = {},
    ) => {
      this.sends.push({ destination: destinationText(destination), body, options });
    },
  };
  readonly #abort = new AbortController();
  #settlement: TestSettlement | undefined;

  constructor(overrides: TestContextOverrides) {
    const { attempt = 1, body = '' } = overrides;
    const encoded = encodeBody(body);
    this.listener = overrides.listener ?? 'listener';
    this.attempt = attempt;
    this.maxAttempts = overrides.maxAttempts ?? MAX_ATTEMPTS;
    this.correlationId = overrides.correlationId ?? 'test-correlation-id';
    this.replyTo = overrides.replyTo;
    this.destination = overrides.destination ?? '/queue/test';
    this.messageId = overrides.messageId ?? 'test-message-1';
    this.isRedelivered = overrides.isRedelivered ?? false;
    this.body = typeof encoded.body === 'string' ? encodeUtf8(encoded.body) : encoded.body;
    this.bodyType = encoded.bodyType;
    this.headers = FrameHeaders.from({
      destination: this.destination,
      'message-id': this.messageId,
      'correlation-id': this.correlationId,
      'reply-to': this.replyTo,
      redelivered: this.isRedelivered ? true : undefined,
      'content-type': encoded.contentType,
      'content-length': this.bodyType === 'bytes' ? this.body.length : undefined,
      ...overrides.headers,
    });
    this.batch = overrides.batch ?? [this];
    const { signal } = this.#abort;
    this.signal = overrides.signal ? AbortSignal.any([overrides.signal, signal]) : signal;
  }

  get settlement(): TestSettlement | undefined {
    return this.#settlement;
  }

  get lines(): readonly string[] {
    return this.log.lines;
  }

  abort(reason: unknown = new Error('The test has aborted the handler')): void {
    this.#abort.abort(reason);
  }

  async ack(): Promise<void> {
    this.#settlement ??= { type: 'ack' };
  }

  async nack(): Promise<void> {
    this.#settlement ??= { type: 'nack' };
  }

  async retryLater({ delayMs, reason }: RetryLaterOptions = {}): Promise<void> {
    this.#settlement ??= { type: 'retry-later', delayMs, reason };
  }

  async deadLetter(reason: unknown): Promise<void> {
    this.#settlement ??= { type: 'dead-letter', reason };
  }

  value(): unknown {
    return decodeBody(this.headers, this.body).body;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.body);
  }

  text(): string {
    return new TextDecoder().decode(this.body);
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  async *stream(): ReturnType<Message['stream']> {
    yield this.body;
  }
}
