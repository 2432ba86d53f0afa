/** Options of responders, and the checks that fill in their defaults. */
import type { Message } from '../message.js';
import {
  checkChoice,
  checkFunction,
  checkKeys,
  checkObject,
  checkWhole,
} from '../option-checks.js';
import type { SendOptions } from '../send-options.js';
import { warn } from '../status-feed.js';
import type { SubscribeOptions } from '../subscribe-options.js';
import type { RequestBody } from './request-options.js';

/** A reply with more than a body. */
export interface ReplyMessage
  extends Pick<SendOptions, 'headers' | 'contentType' | 'contentLength' | 'persistent'> {
  readonly body: RequestBody;
}

/** What a handler answers; nothing is an empty body. */
export type ReplyResult = string | Uint8Array | ReplyMessage | undefined;

export type RequestHandler = (message: Message) => ReplyResult | Promise<ReplyResult>;

/** What the requester learns of an error. */
export interface ErrorReply {
  /** The header `x-reply-error`. */
  readonly text: string;
  /** The header `x-reply-error-code`. */
  readonly code?: string | undefined;
}

export interface RespondOptions
  extends Pick<SubscribeOptions, 'selector' | 'headers' | 'timeoutMs' | 'signal'> {
  /** Handlers at once, which is the prefetch, too. Default 1. */
  readonly concurrency?: number;
  /**
   * What becomes of a request whose handler throws. `reply`: it is answered with an error and
   * acked.
   * `redeliver`: it is nacked, and the broker decides (see the profile). Default `reply`.
   */
  readonly whenFailed?: 'reply' | 'redeliver';
  /** What of an error goes to the requester. Default: its message and its `code`. */
  readonly describeError?: (error: unknown) => ErrorReply;
  /**
   * Told of each failure: a handler that threw, a reply that the broker refused, a request that
   * could not be settled. Default: a warning of the process, except for what the requester is told.
   */
  readonly onError?: (error: unknown, message: Message) => void;
}

export interface ResolvedRespond {
  readonly concurrency: number;
  readonly whenFailed: 'reply' | 'redeliver';
  readonly describeError: (error: unknown) => ErrorReply;
  readonly onError: ((error: unknown, message: Message) => void) | undefined;
  readonly subscribe: SubscribeOptions;
}

const KEYS: ReadonlySet<string> = new Set([
  'concurrency',
  'whenFailed',
  'describeError',
  'onError',
  'selector',
  'headers',
  'timeoutMs',
  'signal',
]);

export function resolveRespond(raw: RespondOptions): ResolvedRespond {
  checkKeys('respond', checkObject('options', raw), KEYS);
  const { concurrency = 1, whenFailed = 'reply', describeError = describe, onError } = raw;
  const { selector, headers, timeoutMs, signal } = raw;
  checkWhole('concurrency', concurrency, 1, 2 ** 31 - 1);
  return {
    concurrency,
    whenFailed: checkChoice('whenFailed', whenFailed, ['reply', 'redeliver']),
    describeError: checkFunction('describeError', describeError),
    onError: onError === undefined ? undefined : checkFunction('onError', onError),
    subscribe: {
      ack: 'client-individual',
      prefetch: concurrency,
      concurrency,
      ...(selector !== undefined && { selector }),
      ...(headers !== undefined && { headers }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal !== undefined && { signal }),
      // Its handler settles everything itself, so what comes here is our own mistake.
      onError: (error) => warn(error),
    },
  };
}

/** As much of a text as a header line takes at any broker. */
const MAX_TEXT = 1000;

/** STOMP 1.0 has no escapes, so that a line feed would end the header. */
export function headerText(text: string): string {
  return text.replace(/[\0\r\n]+/g, ' ').slice(0, MAX_TEXT);
}

function describe(error: unknown): ErrorReply {
  if (!(error instanceof Error)) return { text: String(error) };
  const code: unknown = 'code' in error ? error.code : undefined;
  return { text: error.message || error.name, code: typeof code === 'string' ? code : undefined };
}
