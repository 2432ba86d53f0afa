/**
 * A destination that knows what travels through it:
 *
 *     const orders = queue('orders', { schema: Order });       // zod, valibot, arktype …
 *     const prices = topic<Price>('prices');                   // a claim, nothing is checked
 *
 * Sender, listener, REST router and tests take their types from it. On the wire travels what the schema
 * takes in (`In`); a listener gets what it gives out (`Out`), with defaults and transformations applied.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { OptionsError } from '@stompbox/protocol';
import * as v from 'valibot';
import { aNonEmptyText, expected, parseOptions, show } from '../options.js';
import { queueDestination, topicDestination } from '../settings/destination-name.js';

/** Known by this mark, not by class, so that it also works across two copies of the package. */
const DESTINATION = Symbol.for('stompbox.destination');

export interface Destination<In = unknown, Out = In> {
  readonly [DESTINATION]: true;
  readonly kind: 'queue' | 'topic';
  /** In STOMP's form: `/queue/orders`. */
  readonly destination: string;
  /** Without the prefix: `orders`. */
  readonly name: string;
  readonly schema: StandardSchemaV1<In, Out> | undefined;
  /** For people, in the AsyncAPI document. */
  readonly description: string | undefined;
}

export interface DestinationOptions<Schema = StandardSchemaV1> {
  /** Checks messages when they are sent and when they are received. Default: nothing is checked. */
  readonly schema?: Schema | undefined;
  readonly description?: string | undefined;
}

/** Where a call takes a destination: `/queue/orders`, or what `queue()` and `topic()` give. */
export type DestinationLike<In = unknown, Out = unknown> = string | Destination<In, Out>;

type Input<S> = S extends StandardSchemaV1<infer In, unknown> ? In : never;
type Output<S> = S extends StandardSchemaV1<unknown, infer Out> ? Out : never;

const destinationOptions = v.strictObject({
  schema: v.optional(
    expected<StandardSchemaV1>(
      'a schema of zod, valibot, arktype or another library of the Standard Schema',
      isSchema,
    ),
  ),
  description: v.optional(aNonEmptyText),
});

/**
 * A queue: each message goes to one consumer and is kept until it took it.
 *
 * @param name `orders` or `/queue/orders`
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function queue<S extends StandardSchemaV1>(
  name: string,
  options: DestinationOptions<S> & { readonly schema: S },
): Destination<Input<S>, Output<S>>;
export function queue<T = unknown>(
  name: string,
  options?: DestinationOptions<undefined>,
): Destination<T>;
export function queue(name: string, options: DestinationOptions<unknown> = {}): Destination<never> {
  return destinationOf('queue', name, options);
}

/**
 * A topic: each message goes to all who listen now, and to durable subscriptions.
 *
 * @param name `news` or `/topic/news`
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function topic<S extends StandardSchemaV1>(
  name: string,
  options: DestinationOptions<S> & { readonly schema: S },
): Destination<Input<S>, Output<S>>;
export function topic<T = unknown>(
  name: string,
  options?: DestinationOptions<undefined>,
): Destination<T>;
export function topic(name: string, options: DestinationOptions<unknown> = {}): Destination<never> {
  return destinationOf('topic', name, options);
}

export function isDestination(value: unknown): value is Destination {
  return typeof value === 'object' && value !== null && DESTINATION in value;
}

/** STOMP's form of either. */
export function destinationText(destination: DestinationLike): string {
  return isDestination(destination) ? destination.destination : destination;
}

function destinationOf(
  kind: 'queue' | 'topic',
  name: string,
  raw: DestinationOptions<unknown>,
): Destination<never> {
  if (typeof name !== 'string' || name.trim() === '') {
    throw new OptionsError(
      'STOMP_OPT_INVALID',
      `${kind}() needs a name first, for example ${kind}('orders'), not ${show(name)}`,
    );
  }
  const { schema, description } = parseOptions(destinationOptions, raw, {
    describe: (key) => (key === '' ? `The options of ${kind}()` : `The option ${key} of ${kind}()`),
    aliases: { validator: 'schema', type: 'schema' },
  });
  const toText = kind === 'queue' ? queueDestination : topicDestination;
  const destination = toText(name, `argument of ${kind}()`);
  const prefix = `/${kind}/`;
  return Object.freeze({
    [DESTINATION]: true as const,
    kind,
    destination,
    name: destination.startsWith(prefix) ? destination.slice(prefix.length) : destination,
    schema: schema as StandardSchemaV1<never, never> | undefined,
    description,
  });
}

/** A schema of arktype is a function, the others are objects. */
function isSchema(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  return (
    typeof standard === 'object' &&
    standard !== null &&
    typeof Reflect.get(standard, 'validate') === 'function'
  );
}
