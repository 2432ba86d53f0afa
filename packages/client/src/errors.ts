/**
 * Every error that the client raises on purpose, in one table per family.
 *
 *   ConnectionError  STOMP_NET_…          the network or the life of the connection
 *   TimeoutError     STOMP_NET_TIMEOUT_…  a wait was over before its answer came
 *   BrokerError      STOMP_BROKER_…       the broker answered with an ERROR frame
 *
 * `OptionsError`, `FrameError` and `ProtocolError` come from @stompbox/protocol. The table is the
 * only place that builds texts, so that no text can name a passcode: nothing here is given one.
 */
import { decodeUtf8, type Frame, type FrameHeaders, StompError } from '@stompbox/protocol';

interface ErrorEntry {
  /** True when the same call may succeed if it is simply made again, without risk. */
  readonly isRetryable: boolean;
  readonly text: (...values: never[]) => string;
}

const connectionErrors = {
  STOMP_NET_REFUSED: {
    isRetryable: true,
    text: (peer: string) =>
      `${peer} refused the connection: the broker may be down, or its STOMP connector (port 61613) ` +
      'is off. Start one with "npx stompbox broker"; in ActiveMQ, enable the stomp ' +
      'transportConnector in conf/activemq.xml',
  },
  STOMP_NET_UNREACHABLE: {
    isRetryable: true,
    text: (peer: string, reason: string) =>
      `${peer} cannot be reached (${reason}): check host, port, DNS and firewall`,
  },
  STOMP_NET_NOT_STOMP: {
    isRetryable: true,
    text: (peer: string, reason: string) =>
      `${peer} did not answer in STOMP (${reason}): check the port; STOMP is usually 61613, while ` +
      '61616 is OpenWire, 5672 is AMQP and a TLS port needs stomp+ssl://',
  },
  STOMP_NET_LOST: {
    isRetryable: true,
    text: (peer: string, reason: string) => `The connection to ${peer} was lost: ${reason}`,
  },
  STOMP_NET_HEART_BEAT: {
    isRetryable: true,
    text: (peer: string, silentMs: number) =>
      `${peer} sent nothing for ${silentMs} ms although it promised heart-beats, so the connection ` +
      'is taken for dead; raise heartBeat.incomingMs or heartBeat.toleranceFactor if it is only slow',
  },
  STOMP_NET_CLOSED: {
    isRetryable: false,
    text: (what: string) =>
      `${what} was not sent because the connection is closed for good: connect again to repeat it`,
  },
  STOMP_NET_NOT_CONNECTED: {
    isRetryable: false,
    text: (what: string, state: string) =>
      `${what} is not possible because the connection is ${state}: use a connection that is open`,
  },
  // Not retryable: a blind second try may do the work twice.
  STOMP_NET_MAYBE_DELIVERED: {
    isRetryable: false,
    text: (what: string) =>
      `The connection was lost before the broker confirmed ${what}: the broker may have it. Send ` +
      'again only if a duplicate does no harm (option resend: true does that)',
  },
  STOMP_NET_STALE_MESSAGE: {
    isRetryable: false,
    text: (command: string, messageId: string) =>
      `${command} of message ${messageId} came after the loss of the connection that delivered it, ` +
      'or after the end of its subscription: the broker may deliver the message again, acknowledge ' +
      'that delivery instead',
  },
  STOMP_NET_TRANSACTION_LOST: {
    isRetryable: false,
    text: (id: string) =>
      `Transaction ${id} ended with its connection, and the broker rolled back what was not ` +
      'committed: begin a new transaction and repeat its work',
  },
  STOMP_NET_QUEUE_FULL: {
    isRetryable: true,
    text: (maxMessages: number, maxBytes: number) =>
      `As many sends as may (${maxMessages}, ${maxBytes} bytes) wait for the connection to come ` +
      'back: send less, await each send, raise offline.maxMessages or offline.maxBytes, or choose ' +
      'another offline.whenFull',
  },
  STOMP_NET_DROPPED: {
    isRetryable: false,
    text: (what: string) =>
      `${what} was given up unsent, because younger sends needed its place while there was no ` +
      'connection (offline.whenFull is drop-oldest): raise offline.maxMessages, or choose block',
  },
  // Not retryable: it will be sent, and again would be twice.
  STOMP_NET_KEPT: {
    isRetryable: false,
    text: (what: string) =>
      `${what} was not confirmed before the connection closed and is kept in the store of offline: ` +
      'the next connection with that store sends it',
  },
  STOMP_NET_BODY: {
    isRetryable: false,
    text: (what: string) =>
      `The body of ${what} was not written to its end, so the frame was torn and the connection ` +
      'is made anew: look at the cause, and send the message again from its beginning',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ConnectionErrorCode = keyof typeof connectionErrors;

/** The connection could not be made, was lost, or its loss decided the fate of an operation. */
export class ConnectionError extends StompError {
  declare readonly code: ConnectionErrorCode;
  override readonly retryable: boolean;

  private constructor(code: ConnectionErrorCode, text: string, cause: unknown) {
    super(code, text, cause === undefined ? undefined : { cause });
    this.retryable = connectionErrors[code].isRetryable;
  }

  static of<C extends ConnectionErrorCode>(
    code: C,
    values: Parameters<(typeof connectionErrors)[C]['text']>,
    cause?: unknown,
  ): ConnectionError {
    const text = connectionErrors[code].text as (...all: readonly unknown[]) => string;
    return new ConnectionError(code, text(...values), cause);
  }
}

const timeoutErrors = {
  STOMP_NET_TIMEOUT_CONNECT: {
    isRetryable: true,
    text: (peer: string, timeoutMs: number) =>
      `${peer} did not accept the STOMP connection within ${timeoutMs} ms: check that the port ` +
      'speaks STOMP, or raise connectTimeoutMs',
  },
  // Not retryable: the broker may have done it and only be slow to say so.
  STOMP_NET_TIMEOUT_RECEIPT: {
    isRetryable: false,
    text: (what: string, timeoutMs: number) =>
      `The broker did not confirm ${what} within ${timeoutMs} ms: it may still do it. Look at the ` +
      "broker's load, or raise timeoutMs or receiptTimeoutMs",
  },
  STOMP_NET_TIMEOUT_NOT_SENT: {
    isRetryable: true,
    text: (what: string, timeoutMs: number) =>
      `${what} was given up after ${timeoutMs} ms without having been sent: there was no ` +
      'connection to the broker, or it did not take more bytes',
  },
  STOMP_NET_TIMEOUT_EVENT: {
    isRetryable: true,
    text: (what: string, timeoutMs: number) =>
      `Waiting for ${what} was given up after ${timeoutMs} ms: it may still come. Wait again, or ` +
      'raise timeoutMs',
  },
  STOMP_NET_TIMEOUT_CLOSE: {
    isRetryable: false,
    text: (what: string, timeoutMs: number, left: string) =>
      `${what} did not close in order within ${timeoutMs} ms and was cut; still open: ${left}. ` +
      'Raise timeoutMs or closeTimeoutMs, or let handlers finish sooner',
  },
} as const satisfies Record<string, ErrorEntry>;

export type TimeoutErrorCode = keyof typeof timeoutErrors;

/** A wait was over before its answer came. */
export class TimeoutError extends StompError {
  declare readonly code: TimeoutErrorCode;
  override readonly retryable: boolean;

  private constructor(code: TimeoutErrorCode, text: string) {
    super(code, text);
    this.retryable = timeoutErrors[code].isRetryable;
  }

  static of<C extends TimeoutErrorCode>(
    code: C,
    values: Parameters<(typeof timeoutErrors)[C]['text']>,
  ): TimeoutError {
    const text = timeoutErrors[code].text as (...all: readonly unknown[]) => string;
    return new TimeoutError(code, text(...values));
  }
}

export type BrokerErrorCode = 'STOMP_BROKER_REFUSED' | 'STOMP_BROKER_LOGIN';

/** How much of a broker's text goes into a message; ActiveMQ sends whole Java stack traces. */
const QUOTED_CHARACTERS = 300;

/** The broker answered with an ERROR frame. What it sent is kept whole in `headers` and `body`. */
export class BrokerError extends StompError {
  declare readonly code: BrokerErrorCode;
  readonly headers: FrameHeaders;
  /** The text of the ERROR frame's body, which may be a stack trace. */
  readonly body: string;

  private constructor(code: BrokerErrorCode, text: string, frame: Frame) {
    super(code, text);
    this.headers = frame.headers;
    this.body = decodeUtf8(frame.body);
  }

  /** The `code` header of stompbox brokers, a stable identity of the reason. */
  get brokerCode(): string | undefined {
    return this.headers.get('code');
  }

  /** @param what the operation that was refused, or `undefined` when the broker did not say */
  static refused(what: string | undefined, frame: Frame): BrokerError {
    const text = `The broker refused ${what ?? 'something (it did not say what)'}: ${reasonOf(frame)}`;
    return new BrokerError('STOMP_BROKER_REFUSED', text, frame);
  }

  static login(peer: string, frame: Frame): BrokerError {
    const text = `${peer} refused the login (${reasonOf(frame)}): check login and passcode`;
    return new BrokerError('STOMP_BROKER_LOGIN', text, frame);
  }
}

function reasonOf(frame: Frame): string {
  const stated = frame.headers.get('message')?.trim();
  // RabbitMQ's words for everything that is wrong with CONNECT; the body says what.
  const isEmpty = stated === undefined || stated === '' || stated === 'Bad CONNECT';
  const reason = isEmpty ? firstLine(frame) || stated : stated;
  return reason?.slice(0, QUOTED_CHARACTERS) || 'no reason given';
}

function firstLine({ body }: Frame): string {
  return decodeUtf8(body).trim().split('\n', 1)[0] ?? '';
}

/** All codes of the tables above, for documentation and tests. */
export const CLIENT_ERROR_CODES = [
  ...Object.keys(connectionErrors),
  ...Object.keys(timeoutErrors),
  'STOMP_BROKER_REFUSED',
  'STOMP_BROKER_LOGIN',
] as readonly (ConnectionErrorCode | TimeoutErrorCode | BrokerErrorCode)[];
