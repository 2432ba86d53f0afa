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
import { withinWait } from './within-wait.js';

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
  readonly clock: Clock;
  readonly now: () => number;
  readonly emit: (event: MessagingEvent) => void;
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
   * Checks everything about a message, so that nothing is sent when something is wrong.
   * @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_SCHEMA`, `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
   */
  async check(
    to: string | Destination<unknown, unknown>,
    body: unknown,
    raw: MessageOptions,
  ): Promise<CheckedMessage> {
    const destination = isDestination(to) ? to.destination : to;
    const correlationId = raw.correlationId ?? this.#inheritedId(raw);
    const { persistent = this.#persistentTo(destination, raw) } = raw;
    const options = { ...raw, persistent, correlationId };
    const message = prepareMessage(destination, body, options, this.#parts.now());
    if (isDestination(to)) await checkBody(to, body);
    const own = raw.headers?.['correlation-id'];
    return {
      ...message,
      what: `SEND to ${destination}`,
      given: body,
      correlationId: correlationId ?? (own === undefined ? undefined : String(own)),
    };
  }

  /** Resolves when the broker has confirmed; the timeout of the message is for connecting, too. */
  send(message: CheckedMessage): Promise<void> {
    return this.observed(message, (begunAtMs) => this.#sendNow(message, begunAtMs));
  }

  /** Does what sends the message, and tells what came of it. */
  async observed<T>(message: CheckedMessage, work: (begunAtMs: number) => Promise<T>): Promise<T> {
    const begunAtMs = this.#parts.clock.now();
    let result: T;
    try {
      result = await work(begunAtMs);
    } catch (error) {
      this.#parts.emit({ type: 'send-failed', destination: message.destination, error });
      throw error;
    }
    this.tellSent(message, begunAtMs);
    return result;
  }

  /** The broker has confirmed it. */
  tellSent({ destination, given, correlationId }: CheckedMessage, begunAtMs: number): void {
    const durationMs = this.#parts.clock.now() - begunAtMs;
    this.#parts.emit({ type: 'sent', destination, body: given, correlationId, durationMs });
  }

  async #sendNow(message: CheckedMessage, begunAtMs: number): Promise<void> {
    const { what, destination, body, sendOptions } = message;
    const { timeoutMs, signal } = sendOptions;
    const { clock } = this.#parts;
    const connecting = this.#parts.connect(what);
    const wait = { timeoutMs: timeoutMs ?? this.#parts.defaults.connectTimeoutMs, signal };
    const connection = await withinWait(connecting, wait, clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [what, ms]),
    );
    const options = withDedup(sendOptions, connection.profile);
    if (timeoutMs === undefined) return await connection.send(destination, body, options);
    const leftMs = Math.ceil(begunAtMs + timeoutMs - clock.now());
    await connection.send(destination, body, { ...options, timeoutMs: Math.max(1, leftMs) });
  }

  /** The default is for queues; what a header says is left to it. */
  #persistentTo(destination: string, { headers }: MessageOptions): boolean | undefined {
    if (headers?.['persistent'] !== undefined || isTopic(destination)) return undefined;
    return this.#parts.defaults.persistent;
  }

  #inheritedId({ headers }: MessageOptions): string | undefined {
    if (headers?.['correlation-id'] !== undefined) return undefined;
    return currentCorrelationId() ?? this.#parts.newCorrelationId();
  }
}

function isTopic(destination: string): boolean {
  return typeof destination === 'string' && destination.startsWith('/topic/');
}
