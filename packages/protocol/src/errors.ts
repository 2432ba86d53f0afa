/**
 * Every error that stompbox raises on purpose is a `StompError`. Its `code` is its identity and is
 * stable; the English text is not. The class answers one question: who must act?
 *
 *   OptionsError     the programmer, now            thrown at once, before anything happens
 *   FrameError       the peer sent malformed bytes  the connection cannot go on
 *   ProtocolError    the peer sent a well-formed frame at the wrong moment
 *
 * The client and the broker add their own families; all codes are listed in docs/reference/errors.md.
 */
export interface StompErrorOptions {
  /** The lower-level error that led to this one. */
  readonly cause?: unknown;
}

export abstract class StompError extends Error {
  /** Stable identity, for example `STOMP_FRAME_BODY_TOO_LARGE`. */
  readonly code: string;
  /** True when the same operation may succeed if it is simply tried again. */
  readonly retryable: boolean = false;

  constructor(code: string, message: string, options?: StompErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

export type OptionsErrorCode =
  | 'STOMP_OPT_INVALID'
  | 'STOMP_OPT_UNKNOWN'
  | 'STOMP_OPT_BODY'
  | 'STOMP_OPT_PACKAGE'
  | 'STOMP_OPT_UNSAFE'
  | 'STOMP_OPT_UNSUPPORTED'
  | 'STOMP_OPT_NO_CODEC'
  | 'STOMP_OPT_SCHEMA';

/** An option, a setting or an argument is wrong. The message names it and says what to do. */
export class OptionsError extends StompError {
  declare readonly code: OptionsErrorCode;
  constructor(code: OptionsErrorCode, message: string, options?: StompErrorOptions) {
    super(code, message, options);
  }
}

/** What can be wrong with the bytes of a frame; each entry builds the text of its error. */
const frameErrors = {
  STOMP_FRAME_UNKNOWN_COMMAND: (command: string) => `Unknown STOMP command "${command}"`,
  STOMP_FRAME_COMMAND_TOO_LONG: (limit: number) => `The command line is longer than ${limit} bytes`,
  STOMP_FRAME_HEADER_TOO_LONG: (limit: number) => `A header line is longer than ${limit} bytes`,
  STOMP_FRAME_TOO_MANY_HEADERS: (limit: number) => `The frame has more than ${limit} headers`,
  STOMP_FRAME_BODY_TOO_LARGE: (limit: number) => `The body is larger than ${limit} bytes`,
  STOMP_FRAME_TOO_LARGE: (limit: number) => `The frame is larger than ${limit} bytes`,
  STOMP_FRAME_HEADER_WITHOUT_COLON: (line: string) => `The header line "${line}" has no colon`,
  STOMP_FRAME_EMPTY_HEADER_NAME: () => 'A header line has an empty name',
  STOMP_FRAME_NUL_IN_HEADER: () =>
    'NUL inside the headers: the empty line that ends them is missing',
  STOMP_FRAME_BAD_ESCAPE: (sequence: string) =>
    `Undefined escape sequence "${sequence}" in a header`,
  STOMP_FRAME_BAD_UTF8: () => 'A header is not valid UTF-8',
  STOMP_FRAME_BAD_CONTENT_LENGTH: (value: string) =>
    `The content-length "${value}" is not a whole number of bytes`,
  STOMP_FRAME_MISSING_NUL: (length: number) =>
    `The body has more than the ${length} bytes that its content-length announced`,
  STOMP_FRAME_BODY_NEEDS_CONTENT_LENGTH: () =>
    'A body that contains NUL needs a content-length header',
} as const;

export type FrameErrorCode = keyof typeof frameErrors;
type FrameErrorArguments<C extends FrameErrorCode> = Parameters<(typeof frameErrors)[C]>;

/** The bytes are not a STOMP frame, or exceed a limit. The stream cannot be read any further. */
export class FrameError extends StompError {
  declare readonly code: FrameErrorCode;

  static of<C extends FrameErrorCode>(code: C, ...args: FrameErrorArguments<C>): FrameError {
    const text = frameErrors[code] as (...values: unknown[]) => string;
    return new FrameError(code, text(...args));
  }
}

export type ProtocolErrorCode =
  | 'STOMP_PROTO_BAD_HEART_BEAT'
  | 'STOMP_PROTO_VERSION'
  | 'STOMP_PROTO_NOT_CONNECTED'
  | 'STOMP_PROTO_ALREADY_CONNECTED'
  | 'STOMP_PROTO_UNEXPECTED_FRAME'
  | 'STOMP_PROTO_MISSING_HEADER'
  | 'STOMP_PROTO_BAD_HEADER'
  | 'STOMP_PROTO_BAD_DESTINATION'
  | 'STOMP_PROTO_BAD_SELECTOR'
  | 'STOMP_PROTO_BAD_BODY'
  | 'STOMP_PROTO_STREAMED'
  | 'STOMP_PROTO_NO_REPLY_TO'
  | 'STOMP_PROTO_BAD_TRANSFORMATION'
  | 'STOMP_PROTO_DUPLICATE_SUBSCRIPTION'
  | 'STOMP_PROTO_NO_SUBSCRIPTION'
  | 'STOMP_PROTO_NO_MESSAGE'
  | 'STOMP_PROTO_DURABLE_IN_USE'
  | 'STOMP_PROTO_NO_DURABLE'
  | 'STOMP_PROTO_CLIENT_ID_IN_USE'
  | 'STOMP_PROTO_QUEUE_FULL'
  | 'STOMP_PROTO_DUPLICATE_TRANSACTION'
  | 'STOMP_PROTO_NO_TRANSACTION'
  | 'STOMP_PROTO_TRANSACTION_TOO_LARGE'
  | 'STOMP_PROTO_LOGIN_REFUSED'
  | 'STOMP_PROTO_TRY_LATER'
  | 'STOMP_PROTO_NOT_ALLOWED'
  | 'STOMP_PROTO_UNSUPPORTED';

/** A well-formed frame that is not allowed here, or lacks what it needs. */
export class ProtocolError extends StompError {
  declare readonly code: ProtocolErrorCode;
  constructor(code: ProtocolErrorCode, message: string, options?: StompErrorOptions) {
    super(code, message, options);
  }
}

/** All frame error codes, for documentation and tests. */
export const FRAME_ERROR_CODES = Object.keys(frameErrors) as readonly FrameErrorCode[];
