/**
 * What stands for the protocol's errors.ts in browsers: the code is the identity, and says where the
 * sentence stands that is left out.
 */
import type {
  FrameErrorCode,
  OptionsErrorCode,
  ProtocolErrorCode,
  StompErrorOptions,
} from '@stompbox/protocol';

/** Codes after which the same call may simply be made again. */
const RETRYABLE =
  /NET_(REFUSED|UNREACHABLE|NOT_STOMP|LOST|HEART_BEAT|QUEUE_FULL|TIMEOUT_(CONNECT|NOT_SENT|EVENT))$/;

export abstract class StompError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: StompErrorOptions) {
    super(`${code}: ${message} (see docs/reference/errors.md of stompbox)`, options);
    this.code = code;
  }

  get retryable(): boolean {
    return RETRYABLE.test(this.code);
  }

  /** That of the class would be what the minifier calls it. */
  override get name(): string {
    return 'StompError';
  }
}

export class OptionsError extends StompError {
  declare readonly code: OptionsErrorCode;
}

export class FrameError extends StompError {
  declare readonly code: FrameErrorCode;

  static of(code: FrameErrorCode, ...values: readonly unknown[]): FrameError {
    return new FrameError(code, values.join(' '));
  }
}

export class ProtocolError extends StompError {
  declare readonly code: ProtocolErrorCode;
}

/** A page that does not ask for them does not load them. */
export const FRAME_ERROR_CODES: readonly FrameErrorCode[] = [
  'STOMP_FRAME_UNKNOWN_COMMAND',
  'STOMP_FRAME_COMMAND_TOO_LONG',
  'STOMP_FRAME_HEADER_TOO_LONG',
  'STOMP_FRAME_TOO_MANY_HEADERS',
  'STOMP_FRAME_BODY_TOO_LARGE',
  'STOMP_FRAME_TOO_LARGE',
  'STOMP_FRAME_HEADER_WITHOUT_COLON',
  'STOMP_FRAME_EMPTY_HEADER_NAME',
  'STOMP_FRAME_NUL_IN_HEADER',
  'STOMP_FRAME_BAD_ESCAPE',
  'STOMP_FRAME_BAD_UTF8',
  'STOMP_FRAME_BAD_CONTENT_LENGTH',
  'STOMP_FRAME_MISSING_NUL',
  'STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH',
];
