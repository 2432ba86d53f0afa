/** The context of a handler: a message, and what may be done about it. */
import type { Message } from '@stompbox/client';
import type { BodyType, FrameHeaders } from '@stompbox/protocol';
import { withCorrelationId } from '../correlation/correlation.js';
import type { Destination } from '../destination/destination.js';
import type { Logger } from '../logger.js';
import { handlerLogger } from '../logging/child-logger.js';
import type { MessageOptions } from '../message/message-options.js';
import type { MessageSender } from '../message-sender.js';
import type { Delivery } from './delivery.js';
import type { HandlerSignal } from './handler-signal.js';
import {
  checkRetryLater,
  type ListenerContext,
  type RetryLaterOptions,
} from './listener-context.js';
import type { ListenerRuntime } from './listener-runtime.js';

export class DeliveryContext implements ListenerContext {
  readonly correlationId: string;
  readonly #delivery: Delivery;
  readonly #runtime: ListenerRuntime;
  readonly #signal: HandlerSignal;
  readonly #message: Message;
  readonly #body: unknown;
  #batch: readonly ListenerContext[] | undefined;
  #log: Logger | undefined;

  constructor(
    delivery: Delivery,
    runtime: ListenerRuntime,
    signal: HandlerSignal,
    correlationId: string,
    body: unknown,
  ) {
    this.#delivery = delivery;
    this.#runtime = runtime;
    this.#signal = signal;
    this.#message = delivery.message;
    this.#body = body;
    this.correlationId = correlationId;
  }

  get log(): Logger {
    const { listener, destination, messageId, correlationId, attempt } = this;
    const fields = { listener, destination, messageId, correlationId, attempt };
    this.#log ??= handlerLogger(this.#runtime.logger, fields);
    return this.#log;
  }

  get listener(): string {
    return this.#runtime.listener.name;
  }

  get attempt(): number {
    return this.#delivery.attempt;
  }

  get maxAttempts(): number {
    return this.#delivery.maxAttempts;
  }

  get replyTo(): string | undefined {
    return this.#message.headers.get('reply-to');
  }

  get signal(): AbortSignal {
    return this.#signal.signal;
  }

  get batch(): readonly ListenerContext[] {
    return this.#batch ?? [this];
  }

  get messaging(): MessageSender {
    const { sender } = this.#runtime;
    const { correlationId } = this;
    // Also where the handler has left its asynchronous course, as in a timer of a library.
    return {
      send: (destination: string | Destination, body: unknown, options?: MessageOptions) =>
        withCorrelationId(correlationId, () => sender.send(destination as string, body, options)),
    };
  }

  joinBatch(batch: readonly ListenerContext[]): void {
    this.#batch = batch;
  }

  ack(): Promise<void> {
    return this.#delivery.ack(() => this.#delivery.consumed(this.#body));
  }

  async retryLater(options: RetryLaterOptions = {}): Promise<void> {
    const { delayMs, reason } = checkRetryLater(options);
    const delivery = this.#delivery;
    if (delivery.state !== 'open') return await delivery.ack();
    delivery.countFailure();
    await delivery.retry(reason ?? 'the listener asked for another try later', delayMs);
  }

  async deadLetter(reason: unknown): Promise<void> {
    const delivery = this.#delivery;
    if (delivery.state !== 'open') return await delivery.ack();
    delivery.countFailure();
    await delivery.deadLetter(reason);
  }

  get destination(): string {
    return this.#message.destination;
  }

  get messageId(): string {
    return this.#message.messageId;
  }

  get headers(): FrameHeaders {
    return this.#message.headers;
  }

  get body(): Uint8Array {
    return this.#message.body;
  }

  get isStreamed(): boolean {
    return this.#message.isStreamed;
  }

  get bodyType(): BodyType {
    return this.#message.bodyType;
  }

  get isRedelivered(): boolean {
    return this.#message.isRedelivered;
  }

  stream(): AsyncIterable<Uint8Array> {
    return this.#message.stream();
  }

  value(): unknown {
    return this.#message.value();
  }

  bytes(): Uint8Array {
    return this.#message.bytes();
  }

  text(): string {
    return this.#message.text();
  }

  json<T = unknown>(): T {
    return this.#message.json<T>();
  }

  /** As the broker means it (see the client's profiles); `retryLater` and `deadLetter` mean one thing everywhere. */
  nack(): Promise<void> {
    return this.#delivery.nack();
  }
}
