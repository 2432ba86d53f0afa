/** The labels of a service's metrics, bounded; temporary destinations are one. */
import { destinationLabel } from '../tracing/destination-label.js';
import { LimitedNames } from './limited-names.js';

export class ServiceLabels {
  readonly #destinations = new LimitedNames();
  readonly #listeners = new LimitedNames();

  destination(destination: string): string {
    return this.#destinations.of(destinationLabel(destination).text);
  }

  listener(of: { readonly listener: string; readonly subscribedTo: string }): {
    readonly listener: string;
    readonly destination: string;
  } {
    return {
      listener: this.#listeners.of(of.listener),
      destination: this.destination(of.subscribedTo),
    };
  }
}
