/** What a listener does with its messages, for which AsyncAPI has no fields: the `x-stompbox` of an operation. */
import type { ResolvedListenerOptions } from '../listener/listener-options.js';
import type { Extension } from './async-api-types.js';

/** All that is decided, defaults included; what is not used is left out. */
export function listenerExtension(
  listener: string,
  destination: string,
  options: ResolvedListenerOptions,
): Extension {
  const { concurrency, prefetch, selector, durable, group, rateLimit, batch } = options;
  const { min, max } = concurrency;
  return withoutUndefined({
    listener,
    ack: options.ack,
    concurrency: min === max ? max : `${min}-${max}`,
    prefetch,
    selector,
    durable,
    group,
    rateLimit,
    batch,
    timeoutMs: options.timeoutMs,
    retry: retryExtension(options),
    deadLetter: deadLetterOf(listener, destination, options),
    circuit: options.circuit,
    idempotency: options.idempotency === undefined ? undefined : true,
  });
}

function retryExtension({ retry }: ResolvedListenerOptions): Extension {
  const { immediateMs, delayedMs, jitter, delayBy, unrecoverable } = retry;
  const names = unrecoverable.map((error) => (typeof error === 'string' ? error : error.name));
  return withoutUndefined({
    immediateMs,
    delayedMs,
    jitter,
    delayBy,
    unrecoverable: names.length === 0 ? undefined : names,
  });
}

function deadLetterOf(
  listener: string,
  destination: string,
  { deadLetter }: ResolvedListenerOptions,
): string {
  const queue = destination.replace(/^\/(?:queue|topic)\//, '');
  const name = deadLetter.replaceAll('{queue}', queue).replaceAll('{listener}', listener);
  return name.startsWith('/') ? name : `/queue/${name}`;
}

function withoutUndefined(values: Extension): Extension {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
