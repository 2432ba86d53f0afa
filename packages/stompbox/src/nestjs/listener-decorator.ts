/**
 * `@Listener(orders)` on a method of a provider or controller makes it a listener:
 *
 *     @Injectable()
 *     export class OrderService {
 *       @Listener(orders, { concurrency: 4 })
 *       async handle(order: Order, context: ListenerContext) { … }
 *     }
 *
 * The compiler checks that the method takes what the destination gives out. The mark is on the function
 * itself, so a decorator that replaces the function must stand below this one.
 */
import { type Destination, destinationText } from '../destination/destination.js';
import { type ListenerDefinition, listener } from '../listener/listener.js';
import type { ListenerContext } from '../listener/listener-context.js';
import type { BatchOptions, ListenerOptions } from '../listener/listener-options.js';

/** By the registry of symbols, so that it also works across two copies of the package. */
const MARKS = Symbol.for('stompbox.nestjs.listeners');

/** What one decorator says. */
export interface ListenerMark {
  readonly destination: string | Destination;
  readonly options: ListenerOptions;
}

/** A decorator for methods that take such a body. */
export type ListenerDecorator<Body> = <
  Method extends (body: Body, context: ListenerContext) => unknown,
>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * @param destination `/queue/orders`, or what `queue()` and `topic()` give
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function Listener<Out>(
  destination: Destination<unknown, Out>,
  options: ListenerOptions & { readonly batch: BatchOptions },
): ListenerDecorator<readonly Out[]>;
export function Listener<Out>(
  destination: Destination<unknown, Out>,
  options?: ListenerOptions,
): ListenerDecorator<Out>;
export function Listener(destination: string, options?: ListenerOptions): ListenerDecorator<never>;
export function Listener(
  destination: string | Destination,
  options: ListenerOptions = {},
): ListenerDecorator<never> {
  definition({ destination, options }, () => undefined);
  return (_target, _key, descriptor) => {
    const method: unknown = descriptor.value;
    if (typeof method !== 'function') return;
    const marks = [...listenerMarks(method), { destination, options }];
    Object.defineProperty(method, MARKS, { value: marks, configurable: true });
  };
}

/** What the decorators of a method say; empty for any other value. */
export function listenerMarks(method: unknown): readonly ListenerMark[] {
  if (typeof method !== 'function') return [];
  return (Reflect.get(method, MARKS) as readonly ListenerMark[] | undefined) ?? [];
}

/** A listener as `consume` takes it. */
export function definition(
  { destination, options }: ListenerMark,
  handler: (body: unknown, context: ListenerContext) => unknown,
): ListenerDefinition {
  // Both forms are one call; the overloads only tell the types of the body apart.
  return typeof destination === 'string'
    ? listener(destination, options, handler)
    : listener(destination, options, handler);
}

/** For the log: `orders` of `/queue/orders`. */
export function markText({ destination }: ListenerMark): string {
  return destinationText(destination);
}
