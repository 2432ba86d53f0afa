/**
 * What handles messages: a class in the manner of JMS,
 *
 *     class OrderListener implements MessageListener<Order> {
 *       async onMessage(order: Order, context: ListenerContext) { … }
 *       onError(error: unknown, message?: Message) { … }
 *     }
 *
 * a plain function `(order, context) => …`, or a definition that names its own destination and is
 * what a listener module of `stompbox listen` exports:
 *
 *     export default listener(orders, { concurrency: 4 }, async (order) => { … });
 *
 * With a destination that has a schema, the type of the body is what the schema gives out, and a
 * message that it refuses never reaches the handler. Without, it is the listener's claim.
 */
import type { Message } from '@stompbox/client';
import { OptionsError } from '@stompbox/protocol';
import { type Destination, destinationText, isDestination } from '../destination/destination.js';
import type { ListenerContext } from './listener-context.js';
import {
  type BatchOptions,
  type ListenerOptions,
  resolveListenerOptions,
} from './listener-options.js';

export interface MessageListener<Body = unknown> {
  /**
   * Called for each message and awaited: a queue message is acknowledged when this has finished. When
   * it throws, the message is tried again at once, then later, and ends in its dead letter queue (the
   * option `retry`). What it returns answers a message that has a `reply-to`.
   *
   * @param body the JSON value, text or bytes (see `decodeBody` for which).
   */
  onMessage(body: Body, context: ListenerContext): unknown;
  /**
   * Called and awaited after `onMessage` has thrown, and without a message when the subscription
   * ended by an error. What it throws itself is logged.
   */
  onError?(error: unknown, message?: Message): unknown;
}

export type ListenerFunction<Body = unknown> = (body: Body, context: ListenerContext) => unknown;

/** Known by this mark, not by class, so that it also works across two copies of the package. */
const DEFINITION = Symbol.for('stompbox.listener');

export interface ListenerDefinition<Body = unknown> {
  readonly [DEFINITION]: true;
  readonly destination: string | Destination;
  readonly options: ListenerOptions;
  readonly handler: ListenerFunction<Body>;
  /** The handler as it is, for a plain unit test: `definition.call(body, { attempt: 2 })`. */
  call(body: Body, context?: Partial<ListenerContext>): Promise<unknown>;
}

/**
 * @param destination `/queue/orders`, or what `queue()` and `topic()` give
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function listener<Out>(
  destination: Destination<unknown, Out>,
  options: ListenerOptions & { readonly batch: BatchOptions },
  handler: ListenerFunction<readonly Out[]>,
): ListenerDefinition<readonly Out[]>;
export function listener<Out>(
  destination: Destination<unknown, Out>,
  options: ListenerOptions,
  handler: ListenerFunction<Out>,
): ListenerDefinition<Out>;
export function listener<Body = unknown>(
  destination: string,
  options: ListenerOptions,
  handler: ListenerFunction<Body>,
): ListenerDefinition<Body>;
export function listener(
  destination: string | Destination,
  options: ListenerOptions,
  handler: ListenerFunction<never>,
): ListenerDefinition<never> {
  const isNamed = typeof destination === 'string' && destination.trim() !== '';
  if (!isNamed && !isDestination(destination)) {
    throw invalid(
      "listener() needs a destination first, for example /queue/orders or queue('orders')",
    );
  }
  if (typeof handler !== 'function') {
    throw invalid('listener() needs the handler, a function (body, context) => …, last');
  }
  resolveListenerOptions(options);
  return {
    [DEFINITION]: true,
    destination,
    options,
    handler,
    call: async (body, context = {}) => handler(body, context as ListenerContext),
  };
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
  readonly destination?: string | Destination;
  readonly options?: ListenerOptions;
}

/**
 * @throws OptionsError `STOMP_OPT_INVALID` when it is none of the forms.
 */
export function resolveListener(value: unknown): ResolvedListener {
  if (isListenerDefinition(value)) {
    const { destination, options, handler } = value;
    const name = options.name ?? nameOf(handler, destinationText(destination));
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
    'consume() needs an object with onMessage(body, context), a function or a listener(…) definition',
  );
}

/** What compilers call a default export that has no name of its own. */
const NAMELESS = new Set(['', 'default', '_default', 'Object']);

/** What a listener is called that nobody has named. */
export const NAMELESS_LISTENER = 'listener';

function nameOf(
  made: { readonly name: string } | undefined,
  otherwise: string = NAMELESS_LISTENER,
): string {
  return made === undefined || NAMELESS.has(made.name) ? otherwise : made.name;
}

function invalid(message: string): OptionsError {
  return new OptionsError('STOMP_OPT_INVALID', message);
}
