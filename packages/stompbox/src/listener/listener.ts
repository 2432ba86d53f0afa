/**
 * What handles messages: a class in the manner of JMS,
 *
 *     class OrderListener implements MessageListener<Order> {
 *       async onMessage(order: Order, message: Message) { … }
 *       onError(error: unknown, message?: Message) { … }
 *     }
 *
 * a plain function `(order, message) => …`, or a definition that names its own destination and is
 * what a listener module of `stompbox listen` exports:
 *
 *     export default listener('/queue/orders', { concurrency: 4 }, async (order) => { … });
 *
 * The type of the body is the listener's claim; nothing here checks that messages fulfil it.
 */
import type { Message } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { type ListenerOptions, resolveListenerOptions } from './listener-options.js';

export interface MessageListener<Body = unknown> {
  /**
   * Called for each message and awaited: a queue message is acknowledged (ACK) when this has
   * finished, and refused (NACK) when it throws. What a NACK does is the broker's decision: the
   * embedded broker delivers again with back-off and then moves the message to `DLQ.<queue>`;
   * ActiveMQ Classic moves it to its dead letter queue at once; RabbitMQ puts it back into the
   * queue; Artemis discards it, which is warned of once. A topic message is settled in any case.
   *
   * @param body the JSON value, text or bytes (see `decodeBody` for which).
   */
  onMessage(body: Body, message: Message): unknown;
  /**
   * Called and awaited after `onMessage` has thrown, and without a message when the subscription
   * ended by an error. What it throws itself is logged.
   */
  onError?(error: unknown, message?: Message): unknown;
}

export type ListenerFunction<Body = unknown> = (body: Body, message: Message) => unknown;

/** Known by this mark, not by class, so that it also works across two copies of the package. */
const DEFINITION = Symbol.for('stompbox.listener');

export interface ListenerDefinition<Body = unknown> {
  readonly [DEFINITION]: true;
  /** In STOMP's form: `/queue/orders`. */
  readonly destination: string;
  readonly options: ListenerOptions;
  readonly handler: ListenerFunction<Body>;
}

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function listener<Body = unknown>(
  destination: string,
  options: ListenerOptions,
  handler: ListenerFunction<Body>,
): ListenerDefinition<Body> {
  if (typeof destination !== 'string' || destination.trim() === '') {
    throw invalid('listener() needs a destination first, for example /queue/orders');
  }
  if (typeof handler !== 'function') {
    throw invalid('listener() needs the handler, a function (body, message) => …, last');
  }
  resolveListenerOptions(options);
  return { [DEFINITION]: true, destination, options, handler };
}

export function isListenerDefinition(value: unknown): value is ListenerDefinition {
  return typeof value === 'object' && value !== null && DEFINITION in value;
}

export function isMessageListener(value: unknown): value is MessageListener {
  return (
    typeof value === 'object' &&
    value !== null &&
    'onMessage' in value &&
    typeof value.onMessage === 'function'
  );
}

/** A class whose instances are listeners. */
export function isListenerClass(value: unknown): value is new () => MessageListener {
  return typeof value === 'function' && isMessageListener(value.prototype);
}

/** A listener in any of its forms, ready to be called. */
export interface ResolvedListener {
  /** For the log: the name of the class or function. */
  readonly name: string;
  readonly target: MessageListener;
  /** What the definition says about itself. */
  readonly destination?: string;
  readonly options?: ListenerOptions;
}

/**
 * @throws OptionsError `STOMP_OPT_INVALID` when it is none of the forms.
 */
export function resolveListener(value: unknown): ResolvedListener {
  if (isListenerDefinition(value)) {
    const { destination, options, handler } = value;
    const name = nameOf(handler, destination);
    return { name, target: { onMessage: handler }, destination, options };
  }
  if (isMessageListener(value)) {
    return { name: nameOf(value.constructor), target: value };
  }
  if (isListenerClass(value)) {
    throw invalid(`consume() needs an instance of ${value.name}: pass new ${value.name}()`);
  }
  if (typeof value === 'function') {
    const handler = value as ListenerFunction;
    return { name: nameOf(value), target: { onMessage: handler } };
  }
  throw invalid(
    'consume() needs an object with onMessage(body, message), a function or a listener(…) definition',
  );
}

/** What compilers call a default export that has no name of its own. */
const NAMELESS = new Set(['', 'default', '_default', 'Object']);

function nameOf(made: { readonly name: string } | undefined, otherwise = 'listener'): string {
  return made === undefined || NAMELESS.has(made.name) ? otherwise : made.name;
}

function invalid(message: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', message);
}
