/**
 * The other side of a requester: subscribes, lets a handler answer, and acknowledges a request when
 * the broker has confirmed its reply.
 *
 * So a request whose responder dies is delivered again, to this or another responder; a handler may
 * see a request twice. A request without reply-to wants no answer and is only handled.
 */
import { OptionsError } from '@stompbox/protocol';
import { BrokerError, ConnectionError } from '../errors.js';
import type { Message } from '../message.js';
import type { CloseOptions } from '../operation-options.js';
import type { BrokerProfile } from '../profile/broker-profile.js';
import { assertSafeNack } from '../profile/unsafe.js';
import { warn } from '../status-feed.js';
import type { Subscription } from '../subscription.js';
import { reply } from './reply.js';
import { profileFinder, type RequestConnection } from './request-options.js';
import {
  headerText,
  type ReplyMessage,
  type ReplyResult,
  type RequestHandler,
  type ResolvedRespond,
  type RespondOptions,
  resolveRespond,
} from './respond-options.js';

export interface Responder extends AsyncDisposable {
  readonly subscription: Subscription;
  /** Requests whose handler has finished without an error. */
  readonly handledRequests: number;
  /** Requests whose handler threw. */
  readonly failedRequests: number;
  /** Takes no more requests, lets running handlers answer, then unsubscribes. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Resolves when the broker has confirmed the subscription.
 *
 * @throws OptionsError `STOMP_OPT_UNSAFE` whenFailed `redeliver` where NACK discards the message
 * @throws what `subscribe` throws
 */
export async function respond(
  connection: RequestConnection,
  destination: string,
  handler: RequestHandler,
  options: RespondOptions = {},
): Promise<Responder> {
  const resolved = resolveRespond(options);
  const profile = profileFinder(connection, undefined);
  if (resolved.whenFailed === 'redeliver') assertSafeNack(profile(), {});
  const work = new RequestWork(connection, handler, resolved, profile);
  const subscription = await connection.subscribe(destination, resolved.subscribe, (message) =>
    work.handle(message),
  );
  return {
    subscription,
    get handledRequests() {
      return work.handled;
    },
    get failedRequests() {
      return work.failed;
    },
    close: (wait) => subscription.drain(wait),
    [Symbol.asyncDispose]: () => subscription.drain(),
  };
}

class RequestWork {
  handled = 0;
  failed = 0;
  readonly #connection: RequestConnection;
  readonly #handler: RequestHandler;
  readonly #options: ResolvedRespond;
  readonly #profile: () => BrokerProfile;

  constructor(
    connection: RequestConnection,
    handler: RequestHandler,
    options: ResolvedRespond,
    profile: () => BrokerProfile,
  ) {
    this.#connection = connection;
    this.#handler = handler;
    this.#options = options;
    this.#profile = profile;
  }

  /** Never rejects. What could not be answered is given back to the broker. */
  async handle(message: Message): Promise<void> {
    const wantsReply = message.headers.has('reply-to');
    try {
      let answer: ReplyMessage;
      try {
        answer = messageOf(await this.#handler(message));
        this.handled++;
      } catch (error) {
        this.failed++;
        const isTold = wantsReply && this.#options.whenFailed === 'reply';
        this.#report(error, message, isTold);
        if (!isTold) return await this.#refuse(message);
        answer = this.#errorReply(error);
      }
      if (wantsReply) await this.#answer(message, answer);
      await message.ack();
    } catch (error) {
      this.#report(error, message, false);
      await this.#giveBack(message);
    }
  }

  async #answer(message: Message, answer: ReplyMessage): Promise<void> {
    try {
      await this.#reply(message, answer);
    } catch (error) {
      // What cannot be sent, cannot be sent the next time either; its requester is told.
      if (error instanceof OptionsError) await this.#reply(message, this.#errorReply(error));
      // Its requester has gone (ActiveMQ), or we may not write there. Handling it again helps
      // nobody.
      else if (!(error instanceof BrokerError)) throw error;
      this.#report(error, message, false);
    }
  }

  async #reply(message: Message, { body, ...options }: ReplyMessage): Promise<void> {
    await reply(this.#connection, message, body, options);
  }

  /** A request that stays with us would take the place of others as long as the connection lives. */
  async #giveBack(message: Message): Promise<void> {
    try {
      await this.#refuse(message);
    } catch (error) {
      // The loss of the connection has given it back.
      const isBack = error instanceof ConnectionError && error.code === 'STOMP_NET_STALE_MESSAGE';
      if (!isBack) this.#report(error, message, false);
    }
  }

  async #refuse(message: Message): Promise<void> {
    // A NACK would lose it without a trace, so it stays ours until the connection ends.
    if (this.#profile().nack === 'discards') return;
    await message.nack();
  }

  #errorReply(error: unknown): ReplyMessage {
    const { text, code } = this.#options.describeError(error);
    return {
      body: text,
      headers: {
        'x-reply-error': headerText(text) || 'no reason given',
        ...(code !== undefined && { 'x-reply-error-code': headerText(code) }),
      },
    };
  }

  #report(error: unknown, message: Message, isTold: boolean): void {
    const { onError } = this.#options;
    if (!onError) {
      if (!isTold) warn(error);
      return;
    }
    try {
      onError(error, message);
    } catch (nested) {
      warn(nested);
    }
  }
}

function messageOf(result: ReplyResult): ReplyMessage {
  if (result === undefined) return { body: '' };
  if (typeof result === 'string' || result instanceof Uint8Array) return { body: result };
  return result;
}
