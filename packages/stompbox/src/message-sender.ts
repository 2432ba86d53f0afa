/** What sends: the service, a transaction, and the context of a handler. */
import type { Destination } from './destination/destination.js';
import type { MessageOptions } from './message/message-options.js';

export interface MessageSender {
  /**
   * Resolves when the broker has confirmed the message by a RECEIPT (in a transaction: has taken it into
   * the transaction). A text travels as it is, a Uint8Array as bytes, everything else as JSON. A body
   * for a destination with a schema is checked first; what travels is the body as it was given.
   *
   * @throws OptionsError `STOMP_OPT_BODY`, `STOMP_OPT_SCHEMA` before anything is sent, when the body or
   *   an option is wrong; ConnectionError, TimeoutError and BrokerError of the client.
   */
  send<In>(
    destination: Destination<In, unknown>,
    body: In,
    options?: MessageOptions,
  ): Promise<void>;
  send(destination: string, body: unknown, options?: MessageOptions): Promise<void>;
}
