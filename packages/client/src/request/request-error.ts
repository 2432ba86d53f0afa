/**
 * Why a request got no answer. Whether it was handled is never known, so none is retryable blindly.
 */
import { StompError } from '@stompbox/protocol';
import type { Message } from '../message.js';

const requestErrors = {
  STOMP_REQUEST_TIMEOUT: (destination: string, timeoutMs: number) =>
    `No reply to the request to ${destination} came within ${timeoutMs} ms: it may have been handled, ` +
    'or may be yet. Check that somebody responds there, or raise timeoutMs; repeat it only if ' +
    'handling it twice does no harm',
  STOMP_REQUEST_LOST: (destination: string) =>
    `The connection was lost while the request to ${destination} waited for its reply, which cannot ` +
    'come any more: the request may have been handled. Repeat it only if handling it twice does no ' +
    'harm (option resend: true does that)',
  STOMP_REQUEST_CLOSED: (destination: string) =>
    `The request to ${destination} ended because its requester was closed: close it when all replies ` +
    'are there, or make another one',
  STOMP_REQUEST_FAILED: (destination: string, reason: string) =>
    `The responder of ${destination} could not handle the request: ${reason}. Correct the request, ` +
    "or look into the responder's log",
} as const;

export type RequestErrorCode = keyof typeof requestErrors;

export interface RequestErrorDetails {
  readonly cause?: unknown;
  /** The reply that reports the failure. */
  readonly reply?: Message | undefined;
  /** Its header `x-reply-error-code`. */
  readonly remoteCode?: string | undefined;
}

/** A request ended without the answer it was for. */
export class RequestError extends StompError {
  declare readonly code: RequestErrorCode;
  /** The error reply of `STOMP_REQUEST_FAILED`. */
  readonly reply: Message | undefined;
  /** What the responder's error had as `code`. */
  readonly remoteCode: string | undefined;

  private constructor(code: RequestErrorCode, text: string, details: RequestErrorDetails) {
    super(code, text, details.cause === undefined ? undefined : { cause: details.cause });
    this.reply = details.reply;
    this.remoteCode = details.remoteCode;
  }

  static of<C extends RequestErrorCode>(
    code: C,
    values: Parameters<(typeof requestErrors)[C]>,
    details: RequestErrorDetails = {},
  ): RequestError {
    const text = requestErrors[code] as (...all: readonly unknown[]) => string;
    return new RequestError(code, text(...values), details);
  }
}
