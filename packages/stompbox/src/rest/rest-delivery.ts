/**
 * Carries out what a request wants: sends and waits for the broker's RECEIPT, or sends and waits for
 * the reply of a listener. The answer never says more than is known: 202 only after the RECEIPT.
 */
import { type Connection, ConnectionError, profileOf, TimeoutError } from '@stompbox/client';
import {
  type DestinationLike,
  destinationText,
  isDestination,
} from '../destination/destination.js';
import type { MessageOptions } from '../message/message-options.js';
import type { Messaging } from '../messaging.js';
import { withinWait } from '../within-wait.js';
import { type Delivered, digest } from './idempotency-key.js';
import { LateReplies } from './late-replies.js';
import { problem } from './problem.js';
import { codeOf, type ProblemContext, problemOfError } from './problem-of-error.js';
import type { RequestContent } from './request-content.js';
import type { ResolvedRest } from './rest-options.js';
import { jsonResponse, type RestResponse } from './rest-response.js';

export interface Delivery {
  readonly to: DestinationLike;
  readonly content: RequestContent;
  readonly options: MessageOptions;
  readonly correlationId: string;
  /** Caller and destination: what keys and late replies belong to. */
  readonly owner: string;
  readonly idempotencyKey: string | undefined;
  /** What the broker may tell a repetition by; undefined: nothing does. */
  readonly identity: string | undefined;
  /** How long to wait for a reply; undefined: none is wanted. */
  readonly replyWaitMs: number | undefined;
  /** Where late replies are read; the id follows. */
  readonly repliesPath: string;
}

/** The message was sent all the same, so it must not be sent again. */
const SENT_ALL_THE_SAME = new Set([
  'STOMP_REQUEST_TIMEOUT',
  'STOMP_REQUEST_FAILED',
  'STOMP_LISTEN_UNREADABLE',
]);

export class RestDelivery {
  readonly #messaging: Messaging;
  readonly #options: ResolvedRest;
  readonly lateReplies: LateReplies;

  constructor(messaging: Messaging, options: ResolvedRest) {
    this.#messaging = messaging;
    this.#options = options;
    const { reply, clock, newId } = options;
    this.lateReplies = new LateReplies(reply ?? { lateMs: 1, maxLate: 1 }, clock, newId);
  }

  /** Rejects with errors that no caller can be told about. */
  async deliver(delivery: Delivery): Promise<Delivered> {
    const { replyWaitMs } = delivery;
    return replyWaitMs === undefined
      ? await this.#send(delivery)
      : await this.#request(delivery, replyWaitMs);
  }

  async #send(delivery: Delivery): Promise<Delivered> {
    const { to, content, correlationId, options, identity } = delivery;
    let isDeduplicated = false;
    try {
      isDeduplicated = identity !== undefined && (await this.#brokerDeduplicates());
      const dedupId = isDeduplicated ? await digest(delivery.owner, identity ?? '') : undefined;
      const messageOptions = {
        timeoutMs: this.#options.sendTimeoutMs,
        ...(dedupId === undefined ? {} : { dedupId }),
        ...options,
        ...headersOf(delivery),
      };
      await (isDestination(to)
        ? this.#messaging.send(to, content.body, messageOptions)
        : this.#messaging.send(to, content.body, messageOptions));
    } catch (error) {
      return this.#problem(error, delivery, isDeduplicated);
    }
    const answer = jsonResponse(202, { correlationId, destination: destinationText(to) });
    return { answer, isFinal: true };
  }

  async #request(delivery: Delivery, waitMs: number): Promise<Delivered> {
    const { to, content, options } = delivery;
    try {
      await this.#connected();
    } catch (error) {
      return this.#problem(error, delivery, false);
    }
    const lateMs = this.#options.reply?.lateMs ?? 0;
    const answering = this.#messaging
      .request(to, content.body, {
        ...options,
        ...headersOf(delivery),
        timeoutMs: waitMs + lateMs,
      })
      .then(replied, (error: unknown) => this.#problem(error, delivery, false));
    const isOver = {};
    try {
      return await withinWait(answering, { timeoutMs: waitMs }, this.#options.clock, () =>
        Object.assign(new Error('the wait for the reply is over'), { isOver }),
      );
    } catch (error) {
      if (!(error instanceof Error) || !('isOver' in error) || error.isOver !== isOver) throw error;
    }
    const id = this.lateReplies.keep(delivery.owner, handled(answering, this.#options.logger));
    const location = `${delivery.repliesPath}/${encodeURIComponent(id)}`;
    const detail = `No reply came within ${waitMs} ms. A late one can be read at the Location.`;
    const members = { reply: location };
    return {
      answer: problem('no-reply', { detail, members, headers: { location } }),
      isFinal: true,
    };
  }

  /** Only the connection tells which broker it is. */
  async #brokerDeduplicates(): Promise<boolean> {
    const { profile } = this.#messaging.snapshot().connection;
    if (profile !== undefined) return profileOf(profile).dedup !== undefined;
    return (await this.#connect()).profile.dedup !== undefined;
  }

  /** A request that waits for a broker would end as one that was sent and got no reply. */
  async #connected(): Promise<void> {
    await this.#connect();
    const { state } = this.#messaging.snapshot().connection;
    if (state !== 'connected') throw ConnectionError.of('STOMP_NET_NOT_CONNECTED', ['SEND', state]);
  }

  async #connect(): Promise<Connection> {
    const { sendTimeoutMs, clock } = this.#options;
    const connecting = this.#messaging.getConnection();
    return await withinWait(connecting, { timeoutMs: sendTimeoutMs }, clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', ['SEND', ms]),
    );
  }

  #problem(error: unknown, { idempotencyKey, to }: Delivery, isDeduplicated: boolean): Delivered {
    const { retryAfterS, logger } = this.#options;
    const context: ProblemContext = { retryAfterS, idempotencyKey, isDeduplicated };
    const answer = problemOfError(error, context);
    if (answer === undefined) throw error;
    if (answer.status >= 500) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn(
        `a request for ${destinationText(to)} was answered with ${answer.status}: ${why}`,
      );
    }
    return { answer, isFinal: SENT_ALL_THE_SAME.has(codeOf(error)) };
  }
}

/** A late error that no caller can be told about still has to be told to somebody. */
async function handled(
  answering: Promise<Delivered>,
  logger: ResolvedRest['logger'],
): Promise<RestResponse> {
  try {
    return (await answering).answer;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    logger.error(`a late reply could not be answered: ${why}`);
    return problem('responder-failed', { detail: 'The reply cannot be read.' });
  }
}

function headersOf({ content, options, correlationId, idempotencyKey }: Delivery): MessageOptions {
  const key = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const headers = { ...options.headers, ...content.headers, ...key };
  return {
    correlationId,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

function replied(reply: unknown): Delivered {
  return { answer: replyResponse(reply), isFinal: true };
}

/** What a handler returned: a text and bytes as they are, everything else as JSON. */
function replyResponse(reply: unknown): RestResponse {
  if (typeof reply === 'string') {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: reply };
  }
  if (reply instanceof Uint8Array) {
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: reply };
  }
  return jsonResponse(200, reply ?? null);
}
