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

export interface ServiceSenderParts {
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
    const options = correlationId === undefined ? raw : { ...raw, correlationId };
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
  async send(message: CheckedMessage): Promise<void> {
    const { clock, emit } = this.#parts;
    const { destination, given, correlationId } = message;
    const begunAtMs = clock.now();
    try {
      await this.#sendNow(message, begunAtMs);
    } catch (error) {
      emit({ type: 'send-failed', destination, error });
      throw error;
    }
    const durationMs = clock.now() - begunAtMs;
    emit({ type: 'sent', destination, body: given, correlationId, durationMs });
  }

  async #sendNow(message: CheckedMessage, begunAtMs: number): Promise<void> {
    const { what, destination, body, sendOptions } = message;
    const { timeoutMs, signal } = sendOptions;
    const { clock } = this.#parts;
    const connecting = this.#parts.connect(what);
    const connection = await withinWait(connecting, { timeoutMs, signal }, clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [what, ms]),
    );
    const options = withDedup(sendOptions, connection.profile);
    if (timeoutMs === undefined) return await connection.send(destination, body, options);
    const leftMs = Math.ceil(begunAtMs + timeoutMs - clock.now());
    await connection.send(destination, body, { ...options, timeoutMs: Math.max(1, leftMs) });
  }

  #inheritedId({ headers }: MessageOptions): string | undefined {
    if (headers?.['correlation-id'] !== undefined) return undefined;
    return currentCorrelationId() ?? this.#parts.newCorrelationId();
  }
}
