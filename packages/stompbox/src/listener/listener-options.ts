/** How a listener takes its messages, checked and complete. */
import * as v from 'valibot';
import { aNonEmptyText, aWholeNumber, expected, parseOptions } from '../options.js';
import { queueDestination, topicDestination } from '../settings/destination-name.js';

export interface ListenerOptions {
  /** Messages handled at the same time, per subscription. Default 1: one after the other. */
  readonly concurrency?: number | undefined;
  /** Messages that the broker may send ahead, per subscription. Default: as many as `concurrency`. */
  readonly prefetch?: number | undefined;
  /** Only messages that match, in the syntax of JMS: `priority > 5 AND region = 'EU'`. */
  readonly selector?: string | undefined;
}

/** With none of the three destinations given, the queue and the topic of the settings. */
export interface ConsumeOptions extends ListenerOptions {
  /** `orders` or `/queue/orders`. */
  readonly queue?: string | undefined;
  /** `news` or `/topic/news`. */
  readonly topic?: string | undefined;
  /** Any number of others, in STOMP's form. */
  readonly destinations?: readonly string[] | undefined;
}

export interface ResolvedListenerOptions {
  readonly concurrency: number;
  readonly prefetch: number;
  readonly selector: string | undefined;
}

const MAX_CONCURRENCY = 10_000;

const listenerEntries = {
  concurrency: v.optional(aWholeNumber(1, MAX_CONCURRENCY)),
  prefetch: v.optional(aWholeNumber(1, 1_000_000)),
  selector: v.optional(aNonEmptyText),
};
const listenerOptions = v.strictObject(listenerEntries);
const consumeOptions = v.strictObject({
  ...listenerEntries,
  queue: v.optional(aNonEmptyText),
  topic: v.optional(aNonEmptyText),
  destinations: v.optional(
    expected<readonly string[]>(
      'a list of destinations such as /queue/orders, at least one',
      (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((item) => typeof item === 'string' && item.trim() !== ''),
    ),
  ),
});

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function resolveListenerOptions(raw: ListenerOptions): ResolvedListenerOptions {
  return complete(parseOptions(listenerOptions, raw, placeOf('listener()')), {});
}

export interface ResolvedConsumption extends ResolvedListenerOptions {
  /** In STOMP's form, at least one, each once. */
  readonly destinations: readonly string[];
}

/**
 * @param fallback the destinations when the options name none.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function resolveConsumption(
  raw: ConsumeOptions,
  own: ListenerOptions,
  fallback: readonly string[],
): ResolvedConsumption {
  const { queue, topic, destinations, ...given } = parseOptions(
    consumeOptions,
    raw,
    placeOf('consume()'),
  );
  const named = [
    ...(queue === undefined ? [] : [queueDestination(queue, 'option of consume()')]),
    ...(topic === undefined ? [] : [topicDestination(topic, 'option of consume()')]),
    ...(destinations ?? []),
  ];
  return {
    ...complete(given, own),
    destinations: [...new Set(named.length > 0 ? named : fallback)],
  };
}

function complete(given: ListenerOptions, own: ListenerOptions): ResolvedListenerOptions {
  const concurrency = given.concurrency ?? own.concurrency ?? 1;
  return {
    concurrency,
    prefetch: given.prefetch ?? own.prefetch ?? concurrency,
    selector: given.selector ?? own.selector,
  };
}

function placeOf(call: string) {
  return {
    describe: (key: string) =>
      key === '' ? `The options of ${call}` : `The option ${key} of ${call}`,
    aliases: { destination: 'destinations', prefetchSize: 'prefetch' },
  };
}
