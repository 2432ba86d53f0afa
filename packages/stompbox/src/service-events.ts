/** Hands the events of the service to whoever listens. */
import { errorText } from './failure/error-text.js';
import type { Logger } from './logger.js';
import type { MessagingEvent, MessagingEventListener } from './messaging-event.js';

export class ServiceEvents {
  readonly #logger: Logger;
  readonly #listeners = new Set<MessagingEventListener>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  listen(listener: MessagingEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly isObserved = (): boolean => this.#listeners.size > 0;

  /** A listener that throws hurts nobody: it is logged. */
  readonly emit = (event: MessagingEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error(`a listener of the event ${event.type} failed: ${errorText(error)}`);
      }
    }
  };
}
