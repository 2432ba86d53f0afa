/** Requests of the service: one requester per connection, replies as values. */
import {
  type Clock,
  type Connection,
  type Message,
  type Requester,
  requester,
} from '@stompbox/client';
import { UnreadableBodyError } from './failure/failure-errors.js';
import { decodeBody } from './message/decode-body.js';
import { withDedup } from './message/with-dedup.js';
import type { CheckedMessage } from './service-sender.js';
import type { Wait } from './within-wait.js';

const DEFAULT_TIMEOUT_MS = 15_000;

export interface ServiceRequestsParts {
  readonly connect: (what: string, wait: Wait) => Promise<Connection>;
  readonly clock: Clock;
  readonly logger: { warn(message: string): void };
}

export class ServiceRequests {
  readonly #requesters = new WeakMap<Connection, Requester>();
  readonly #parts: ServiceRequestsParts;

  constructor(parts: ServiceRequestsParts) {
    this.#parts = parts;
  }

  /** The timeout of the message is for connecting, too. */
  async request(message: CheckedMessage): Promise<unknown> {
    const { destination, body, sendOptions, correlationId, what } = message;
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, contentType, contentLength } = sendOptions;
    const { connect, clock } = this.#parts;
    const begunAtMs = clock.now();
    const connection = await connect(what, { timeoutMs, signal });
    const { profile } = connection;
    const { headers, dedupId } = withDedup(sendOptions, profile);
    // A request has an id of its own, by which its reply is found.
    const { 'correlation-id': _own, ...rest } = headers ?? {};
    const leftMs = Math.ceil(begunAtMs + timeoutMs - clock.now());
    const reply = await this.#of(connection).request(destination, body, {
      timeoutMs: Math.max(1, leftMs),
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...rest,
        ...(dedupId !== undefined && profile.dedup !== undefined && { [profile.dedup]: dedupId }),
        ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
      },
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentLength === undefined ? {} : { contentLength }),
    });
    return replyValue(reply);
  }

  #of(connection: Connection): Requester {
    const known = this.#requesters.get(connection);
    if (known !== undefined) return known;
    const { logger } = this.#parts;
    const made = requester(connection, {
      onStatus: (status) => {
        if (status.type === 'unclaimed-reply') {
          logger.warn(`a reply came that nobody waits for: ${status.message.messageId}`);
        } else {
          logger.warn(`the reply queue could not be restored: ${status.error.message}`);
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
