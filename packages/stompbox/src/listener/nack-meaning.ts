/**
 * What a broker does with a message that a handler failed on. STOMP leaves the meaning of NACK to it:
 *
 *   the embedded broker   delivers it again, with back-off, at most 6 times, then DLQ.<queue>
 *   ActiveMQ Classic      moves it to its dead letter queue at once; one not persistent is gone
 *   RabbitMQ              puts it back into the queue and delivers it again at once
 *   Artemis               discards it
 *
 * A loss is worth a warning; the rest is for the documentation.
 */
import type { Logger } from '../logger.js';

/** Gives a function that warns, the first time only, when the broker discards what is nacked. */
export function discardWarning(logger: Logger): (server: string | undefined) => void {
  let isGiven = false;
  return (server) => {
    if (isGiven || server === undefined || !/artemis/i.test(server)) return;
    isGiven = true;
    logger.warn(
      `${server} discards a message when its handler fails (that is what NACK means there): ` +
        'handle errors inside onMessage, for example by sending the message to another queue',
    );
  };
}
