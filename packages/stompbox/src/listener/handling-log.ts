/** What the log says about messages that were not simply handled. Never a body. */

import { carriedCorrelationId } from '../correlation/message-correlation.js';
import { errorText } from '../failure/error-text.js';
import type { Logger } from '../logger.js';
import type { AfterFailure } from '../messaging-event.js';
import type { Delivery } from './delivery.js';

const NEXT_WORDS: Readonly<Record<AfterFailure, string>> = {
  'immediate-retry': 'at once again',
  'delayed-retry': 'later again',
  'dead-letter': 'the dead letter queue',
  nothing: 'nothing, it is settled',
};

export class HandlingLog {
  readonly #listener: string;
  readonly #logger: Logger;

  constructor(listener: string, logger: Logger) {
    this.#listener = listener;
    this.#logger = logger;
  }

  failure(delivery: Delivery, error: unknown, next: AfterFailure): void {
    const { message, failedAttempts, maxAttempts } = delivery;
    const what =
      `${this.#listener} failed on message ${message.messageId} from ${message.destination} ` +
      `(attempt ${failedAttempts} of ${maxAttempts}, then ${NEXT_WORDS[next]}): ${errorText(error)}`;
    const logger = this.#about(delivery);
    if (next === 'dead-letter') logger.error(what);
    else logger.warn(what);
  }

  /** The broker delivers it again. */
  unsettled(delivery: Delivery, error: unknown): void {
    const { messageId, destination } = delivery.message;
    delivery.tell({ type: 'settle-failed', error });
    const why = error instanceof Error ? error.message : String(error);
    this.#about(delivery).warn(
      `message ${messageId} from ${destination} could not be settled and may be delivered again: ${why}`,
    );
  }

  forgotten(delivery: Delivery): void {
    this.#about(delivery).warn(
      `${this.#listener} has not settled message ${delivery.message.messageId}: with ack: 'manual' each ` +
        'handler must call ack, retryLater or deadLetter, or the broker sends no more',
    );
  }
  /** With the fields by which the log of a handler is found; the texts say the same for other loggers. */
  #about({ message }: Delivery): Logger {
    const { destination, messageId } = message;
    const correlationId = carriedCorrelationId(message);
    const fields = { listener: this.#listener, destination, messageId, correlationId };
    return this.#logger.child?.(fields) ?? this.#logger;
  }
}
