/**
 * The labels of a service's metrics. Each set of values is a time series that is kept for ever, and an
 * application may send to as many destinations as it has users; so temporary destinations are one, and
 * of all others the first `MOST_VALUES` keep their names, and so do listeners.
 */
import { destinationLabel } from '../tracing/destination-label.js';

export const MOST_VALUES = 200;
export const OTHER = '(other)';

export class ServiceLabels {
  readonly #destinations = new Set<string>();
  readonly #listeners = new Set<string>();

  destination(destination: string): string {
    return limited(this.#destinations, destinationLabel(destination).text);
  }

  listener(of: { readonly listener: string; readonly subscribedTo: string }): {
    readonly listener: string;
    readonly destination: string;
  } {
    return {
      listener: limited(this.#listeners, of.listener),
      destination: this.destination(of.subscribedTo),
    };
  }
}

function limited(known: Set<string>, value: string): string {
  if (known.has(value)) return value;
  if (known.size >= MOST_VALUES) return OTHER;
  known.add(value);
  return value;
}
