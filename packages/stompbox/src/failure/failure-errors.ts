/**
 * What can be wrong with a message itself, so that another try is no use. A listener throws
 * `UnrecoverableError` for what only it can know; the others are thrown for it.
 */
import { OptionsError, StompError } from '@stompbox/protocol';

export interface BodyIssue {
  /** `items.0.price`; empty for the whole body. */
  readonly path: string;
  readonly message: string;
}

/** A body that the schema of its destination refuses. `STOMP_OPT_SCHEMA` */
export class InvalidBodyError extends OptionsError {
  readonly destination: string;
  readonly issues: readonly BodyIssue[];

  constructor(destination: string, issues: readonly BodyIssue[]) {
    const texts = issues.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    );
    super(
      'STOMP_OPT_SCHEMA',
      `The body does not fit the schema of ${destination}: ${texts.join('; ')}. Correct the body or the schema`,
    );
    this.destination = destination;
    this.issues = issues;
  }
}

/** A body that says it is JSON and is not, or text that is not UTF-8. `STOMP_LISTEN_UNREADABLE` */
export class UnreadableBodyError extends StompError {
  constructor(what: string) {
    super(
      'STOMP_LISTEN_UNREADABLE',
      `The message ${what}: correct its sender, or its content-type`,
    );
  }
}

/**
 * Thrown by a listener: no further try, the message goes to its dead letter queue at once.
 * `STOMP_LISTEN_UNRECOVERABLE`
 */
export class UnrecoverableError extends StompError {
  constructor(message: string, options?: ErrorOptions) {
    super('STOMP_LISTEN_UNRECOVERABLE', message, options);
  }
}

/** The handler was not finished within `timeoutMs` of its listener. `STOMP_LISTEN_TIMEOUT` */
export class HandlerTimeoutError extends StompError {
  constructor(listener: string, timeoutMs: number) {
    super(
      'STOMP_LISTEN_TIMEOUT',
      `${listener} did not finish within ${timeoutMs} ms: let it obey context.signal, or raise timeoutMs`,
    );
  }
}

/**
 * Thrown by a batch listener that could handle some of its messages: those named here failed, the
 * others are acknowledged. `STOMP_LISTEN_BATCH`
 */
export class BatchError extends StompError {
  /** The error of each message that failed, by its index in the batch. */
  readonly failures: ReadonlyMap<number, unknown>;

  constructor(failures: ReadonlyMap<number, unknown>) {
    super('STOMP_LISTEN_BATCH', `${failures.size} of the messages of a batch failed: see failures`);
    this.failures = failures;
  }
}
