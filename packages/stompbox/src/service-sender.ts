/**
 * Sends for the service: asks the schema, prepares the message, waits for a connection and for the
 * broker's receipt, and tells what came of it.
 */
import { type Clock, type Connection, TimeoutError } from '@stompbox/client';
import { currentCorrelationId } from './correlation/correlation.js';
import { checkBody } from './destination/check-body.js';
import { type Destination, isDestination } from './destination/destination.js';
import {
  type MessageOptions,
  type OutgoingMessage,
  prepareMessage,
} from './message/message-options.js';
import { withDedup } from './message/with-dedup.js';
import type { MessagingEvent } from './messaging-event.js';
import { type Wait, withinWait } from './within-wait.js';

/** What holds for a send that says nothing itself. */
export interface SendDefaults {
  /** How long it waits for a connection, in ms; undefined: as long as connecting takes. */
  readonly connectTimeoutMs: number | undefined;
  /** `persistent` of a queue message; undefined: true. */
  readonly persistent: boolean | undefined;
}

export interface ServiceSenderParts {
  readonly defaults: SendDefaults;
  readonly connect: (what: string) => Promise<Connection>;
  /** The connection that lives now, if there is one. */
  readonly current: () => Connection | undefined;
  readonly clock: Clock;
  readonly now: () => number;
  readonly emit: (event: MessagingEvent) => void;
  readonly isObserved: () => boolean;
  /** Makes a correlation id for messages that have none; undefined: they go without. */
  readonly newCorrelationId: () => string | undefined;
}

/** A message that was checked, and how an error calls its SEND. */
export interface CheckedMessage extends OutgoingMessage {
  readonly what: string;
  readonly given: unknown;
  readonly correlationId: string | undefined;
}

export class ServiceSender {
  readonly #parts: ServiceSenderParts;

  constructor(parts: ServiceSenderParts) {
    this.#parts = parts;
  }

  /**
   * Checks everything about a message, so that nothing is sent when something is wrong. The body is taken
   * as it is at the call. A promise only where a schema is asked.
   *
   * @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_SCHEMA`, `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
   */
  check(
    to: string | Destination<unknown, unknown>,
    body: unknown,
    raw: MessageOptions,
  ): CheckedMessage | Promise<CheckedMessage> {
    const destination = isDestination(to) ? to.destination : to;
    const own = raw.headers?.['correlation-id'];
    const correlationId = raw.correlationId ?? (own === undefined ? this.#newId() : undefined);
    const defaults = { correlationId, persistent: this.#persistentTo(destination, raw) };
    const message = prepareMessage(destination, body, raw, this.#parts.now(), defaults);
    const checked: CheckedMessage = {
      destination,
      body: message.body,
      sendOptions: message.sendOptions,
      what: `SEND to ${destination}`,
      given: body,
      correlationId: correlationId ?? (own === undefined ? undefined : String(own)),
    };
    if (!isDestination(to) || to.schema === undefined) return checked;
    return checkBody(to, body).then(() => checked);
  }

  /** Resolves when the broker has confirmed; the timeout of the message is for connecting, too. */
  send(message: CheckedMessage): Promise<void> {
    return this.observed(message, (begunAtMs) => this.#sendNow(message, begunAtMs));
  }

  /** Does what sends the message, and tells what came of it. */
  async observed<T>(message: CheckedMessage, work: (begunAtMs: number) => Promise<T>): Promise<T> {
    const begunAtMs = this.#parts.clock.now();
    try {
      const result = await work(begunAtMs);
      this.tellSent(message, begunAtMs);
      return result;
    } catch (error) {
      this.#parts.emit({ type: 'send-failed', destination: message.destination, error });
      throw error;
    }
  }

  /** The broker has confirmed it. */
  tellSent(message: CheckedMessage, begunAtMs: number): void {
    const { isObserved, emit, clock } = this.#parts;
    if (!isObserved()) return;
    const { destination, given: body, correlationId, sendOptions } = message;
    const type = sendOptions.contentType ?? sendOptions.headers?.['content-type'];
    const contentType = type === undefined ? undefined : String(type);
    const durationMs = clock.now() - begunAtMs;
    emit({ type: 'sent', destination, body, contentType, correlationId, durationMs });
  }

  async #sendNow(message: CheckedMessage, begunAtMs: number): Promise<void> {
    const { destination, body, sendOptions } = message;
    const { timeoutMs } = sendOptions;
    const connection = this.#parts.current() ?? (await this.connect(message.what, sendOptions));
    const options = withDedup(sendOptions, connection.profile);
    if (timeoutMs === undefined) return await connection.send(destination, body, options);
    const leftMs = Math.ceil(begunAtMs + timeoutMs - this.#parts.clock.now());
    await connection.send(destination, body, { ...options, timeoutMs: Math.max(1, leftMs) });
  }

  /** The connection, waited for no longer than `wait` or the settings say. */
  connect(what: string, wait: Wait = {}): Promise<Connection> {
    const { connect, clock, defaults } = this.#parts;
    const { timeoutMs = defaults.connectTimeoutMs, signal } = wait;
    return withinWait(connect(what), { timeoutMs, signal }, clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [what, ms]),
    );
  }

  /** The default is for queues; what a header says is left to it. */
  #persistentTo(destination: string, { headers }: MessageOptions): boolean | undefined {
    if (headers?.['persistent'] !== undefined || isTopic(destination)) return undefined;
    return this.#parts.defaults.persistent;
  }

  #newId(): string | undefined {
    return currentCorrelationId() ?? this.#parts.newCorrelationId();
  }
}

function isTopic(destination: string): boolean {
  return typeof destination === 'string' && destination.startsWith('/topic/');
}
