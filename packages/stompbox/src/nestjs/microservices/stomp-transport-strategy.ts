/**
 * Nest's microservices over STOMP: `@EventPattern` and `@MessagePattern` handlers as listeners.
 *
 *     app.connectMicroservice({ strategy: new StompTransportStrategy({ settings: { url } }) });
 *
 * - the pattern is the destination and the data is the body, so programs without Nest take part; the
 *   option `envelope` gives Nest's `{ pattern, data }` instead
 * - an event whose handler fails follows the listener's retries and ends in the dead letter queue
 * - a request whose handler fails is answered with the error, at once; one that nobody waits for (it has no
 *   reply-to) is treated like an event
 * - of an Observable the last value is the answer; no value is answered as null
 */

import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { reply } from '@stompbox/client';
import { lastValueFrom, type Observable, ReplaySubject } from 'rxjs';
import { type Destination, isDestination } from '../../destination/destination.js';
import { UnrecoverableError } from '../../failure/failure-errors.js';
import { type ListenerDefinition, listener } from '../../listener/listener.js';
import type { ListenerContext } from '../../listener/listener-context.js';
import type { ListenerOptions } from '../../listener/listener-options.js';
import type { Messaging } from '../../messaging.js';
import { type MessagingLifecycle, messagingLifecycle } from '../../rest/messaging-lifecycle.js';
import { nestLogger } from '../nest-logger.js';
import { answerOf, errorOf } from './handler-error.js';
import { type NestPacket, readPacket } from './nest-envelope.js';
import { patternDestination } from './pattern-destination.js';
import { StompContext } from './stomp-context.js';
import {
  type ResolvedTransport,
  resolveTransport,
  type StompTransportOptions,
} from './stomp-transport-options.js';
import { type StompEvents, type StompStatus, statusOf } from './transport-status.js';

/** For handlers of one transport only: `@EventPattern('orders', STOMP_TRANSPORT)`. */
export const STOMP_TRANSPORT = Symbol.for('stompbox.nestjs.transport');

const NAME = 'StompTransportStrategy';

export class StompTransportStrategy
  extends Server<StompEvents, StompStatus>
  implements CustomTransportStrategy
{
  override readonly transportId = STOMP_TRANSPORT;
  readonly #options: ResolvedTransport;
  readonly #status = new ReplaySubject<StompStatus>(1);
  #lifecycle: MessagingLifecycle | undefined;

  /** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`, also of the settings. */
  constructor(options: StompTransportOptions = {}) {
    super();
    this.#options = resolveTransport(options, NAME);
    this.on('connection', ({ status }) => {
      const found = statusOf(status);
      if (found !== undefined) this.#status.next(found);
    });
  }

  override get status(): Observable<StompStatus> {
    return this.#status.asObservable();
  }

  /** Waits for the broker, unless the setting `connection.startup` is `fail`. */
  override listen(callback: (error?: unknown) => void): void {
    this.#start().then(() => callback(), callback);
  }

  /** Takes no more messages and lets running handlers finish. */
  override async close(): Promise<void> {
    const { isOwned, messaging } = this.#options;
    if (isOwned) await (this.#lifecycle ?? messaging).close();
    else await this.#lifecycle?.stopListeners();
  }

  /** Calls back at each event of the message service. */
  override on<Type extends keyof StompEvents>(type: Type, callback: StompEvents[Type]): void {
    this.#options.messaging.onEvent((event) => {
      if (event.type === type) (callback as (event: unknown) => void)(event);
    });
  }

  /** The message service. */
  override unwrap<T = Messaging>(): T {
    return this.#options.messaging as T;
  }

  async #start(): Promise<void> {
    const { messaging } = this.#options;
    const isImpatient = messaging.settings.connection.startup === 'fail';
    this.#lifecycle = messagingLifecycle({
      messaging,
      listeners: this.#listeners(),
      startup: isImpatient ? 'fail' : 'retry',
      logger: nestLogger(NAME),
    });
    await this.#lifecycle.start();
    this.#status.next('connected');
  }

  #listeners(): ListenerDefinition[] {
    const { envelopeQueue, known, listener: defaults } = this.#options;
    if (envelopeQueue !== undefined) {
      const options = { name: envelopeQueue, ...defaults };
      const handle = (body: unknown, context: ListenerContext) => this.#open(body, context);
      return [define(envelopeQueue, options, handle)];
    }
    return [...this.messageHandlers].map(([pattern, handler]) => {
      const extras: ListenerOptions = handler.extras ?? {};
      const options = { name: pattern, ...defaults, ...extras };
      const destination = patternDestination(pattern, known);
      return define(destination, options, (body, context) =>
        this.#handle(handler, body, context, undefined),
      );
    });
  }

  /** Finds the handler of an envelope. */
  async #open(body: unknown, context: ListenerContext): Promise<unknown> {
    const packet = readPacket(body);
    const { pattern } = packet;
    const route = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    const handler = this.getHandlerByPattern(route);
    if (handler !== null) return await this.#handle(handler, packet.data, context, packet);
    const error = new UnrecoverableError(
      `No handler has the pattern ${route}: add one, or send another`,
    );
    if (packet.id === undefined || context.replyTo === undefined) throw error;
    return answerWith(packet, { err: error.message });
  }

  /** @returns what the listener answers; undefined: nothing */
  async #handle(
    handler: MessageHandler,
    data: unknown,
    context: ListenerContext,
    packet: NestPacket | undefined,
  ): Promise<unknown> {
    const isAwaited = !handler.isEventHandler && context.replyTo !== undefined;
    try {
      const result = await this.#run(handler, data, new StompContext([context]));
      if (!isAwaited) return undefined;
      return packet === undefined ? (result ?? null) : answerWith(packet, { response: result });
    } catch (failure) {
      if (!isAwaited) throw errorOf(failure);
      if (packet !== undefined) return answerWith(packet, { err: answerOf(failure) });
      await this.#answerError(failure, context);
      return undefined;
    }
  }

  /** Runs it within the hooks, by which Nest counts what is being processed. */
  #run(handler: MessageHandler, data: unknown, context: StompContext): Promise<unknown> {
    const work = async () => {
      const result: unknown = await handler(data, context);
      // Interceptors make an Observable of everything, which does nothing until somebody subscribes.
      return await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
    };
    // Nest 10 has no such hooks.
    if (typeof this.onProcessingStartHook !== 'function') return work();
    return new Promise((resolve, reject) => {
      this.onProcessingStartHook(this.transportId, context, async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        } finally {
          this.onProcessingEndHook?.(this.transportId, context);
        }
      });
    });
  }

  /** In the words of the client's `respond`, which any requester of ours understands. */
  async #answerError(failure: unknown, context: ListenerContext): Promise<void> {
    const { message, cause } = errorOf(failure);
    const code = failure instanceof Error && 'code' in failure ? String(failure.code) : undefined;
    const said =
      cause === undefined ? message : String(Object(answerOf(failure)).message ?? message);
    try {
      const connection = await this.#options.messaging.getConnection();
      await reply(connection, context, JSON.stringify(answerOf(failure)), {
        contentType: 'application/json',
        contentLength: 'never',
        headers: { 'x-reply-error': oneLine(said), 'x-reply-error-code': code && oneLine(code) },
      });
    } catch (error) {
      // Whoever asked may be gone; handling the request once more helps nobody.
      const why = error instanceof Error ? error.message : String(error);
      this.logger.warn(`the error of message ${context.messageId} could not be answered: ${why}`);
    }
  }
}

function define(
  destination: string | Destination,
  options: ListenerOptions,
  handler: (body: unknown, context: ListenerContext) => unknown,
): ListenerDefinition {
  // Both forms are one call; the overloads only tell the types of the body apart.
  return isDestination(destination)
    ? listener(destination, options, handler)
    : listener(destination, options, handler);
}

function answerWith({ id }: NestPacket, answer: { response?: unknown; err?: unknown }): unknown {
  return { ...(id === undefined ? {} : { id }), ...answer, isDisposed: true };
}

/** A header has one line and, here, at most 1 kB. */
function oneLine(text: string): string {
  return text.replace(/[\0\r\n]+/g, ' ').slice(0, 1_000) || 'no reason given';
}
