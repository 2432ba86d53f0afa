/** A listener as the service will run it, without a broker. */
import { type Destination, destinationText, isDestination } from '../../destination/destination.js';
import { resolveListener } from '../../listener/listener.js';
import {
  type ConsumeOptions,
  type ResolvedConsumption,
  resolveConsumption,
} from '../../listener/listener-options.js';
import type { Settings } from '../../settings/settings.js';
import type { LoadedListener } from '../listen/listener-modules.js';

export interface DescribedListener {
  readonly name: string;
  /** In STOMP's form, as the application names them. */
  readonly destinations: readonly string[];
  /** Undefined where the listener names none of its own, or only a text. */
  readonly typed: Destination | undefined;
  readonly options: ResolvedConsumption;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function describeListener(
  listener: LoadedListener,
  settings: Settings,
  flags: ConsumeOptions = {},
): DescribedListener {
  const { name, destination, options: own = {} } = resolveListener(listener);
  const { queue, topic } = settings;
  const fallback = destination === undefined ? [queue, topic] : [destinationText(destination)];
  const options = resolveConsumption(flags, own, fallback, settings.listener);
  const typed = isDestination(destination) ? destination : undefined;
  return { name, destinations: options.destinations, typed, options };
}

/** What the dead letter queue of a listener is called, without `/queue/`. */
export function deadLetterNameOf({ name, options }: DescribedListener, queue: string): string {
  return options.deadLetter.replaceAll('{queue}', queue).replaceAll('{listener}', name);
}
