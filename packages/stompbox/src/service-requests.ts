/** Requests of the service: one requester per connection, replies as values. */
import { type Connection, type Message, type Requester, requester } from '@stompbox/client';
import { UnreadableBodyError } from './failure/failure-errors.js';
import { decodeBody } from './message/decode-body.js';
import type { CheckedMessage } from './service-sender.js';

const DEFAULT_TIMEOUT_MS = 15_000;

export class ServiceRequests {
  readonly #requesters = new WeakMap<Connection, Requester>();
  readonly #logger: { warn(message: string): void };

  constructor(logger: { warn(message: string): void }) {
    this.#logger = logger;
  }

  async request(connection: Connection, message: CheckedMessage): Promise<unknown> {
    const { destination, body, sendOptions, correlationId } = message;
    const {
      timeoutMs = DEFAULT_TIMEOUT_MS,
      signal,
      headers,
      contentType,
      contentLength,
    } = sendOptions;
    // A request has an id of its own, by which its reply is found.
    const { 'correlation-id': _own, ...rest } = headers ?? {};
    const reply = await this.#of(connection).request(destination, body, {
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...rest,
        ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
      },
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentLength === undefined ? {} : { contentLength }),
    });
    return replyValue(reply);
  }

  async close(connection: Connection): Promise<void> {
    await this.#requesters.get(connection)?.close();
  }

  #of(connection: Connection): Requester {
    const known = this.#requesters.get(connection);
    if (known !== undefined) return known;
    const made = requester(connection, {
      onStatus: (status) => {
        if (status.type === 'unclaimed-reply') {
          this.#logger.warn(`a reply came that nobody waits for: ${status.message.messageId}`);
        } else {
          this.#logger.warn(`the reply queue could not be restored: ${status.error.message}`);
        }
      },
    });
    this.#requesters.set(connection, made);
    return made;
  }
}

function replyValue(reply: Message): unknown {
  const { body, warning } = decodeBody(reply.headers, reply.body);
  if (warning !== undefined) throw new UnreadableBodyError(`${reply.messageId} ${warning}`);
  return body;
}
