/** The headers that a message carries through its retries and into its dead letter queue. */

export const FAILURE_HEADERS = {
  /** What the message was sent to, in STOMP's form. */
  originalDestination: 'x-original-destination',
  originalMessageId: 'x-original-message-id',
  originalTimestamp: 'x-original-timestamp',
  /** When the message would have expired; a dead letter never does. */
  originalExpires: 'x-original-expires',
  /** Attempts that have failed. */
  attempt: 'x-attempt',
  maxAttempts: 'x-max-attempts',
  /** Times are ISO 8601 in UTC. */
  firstFailureAt: 'x-first-failure-at',
  lastFailureAt: 'x-last-failure-at',
  /** When the next try is due, ms since the epoch. */
  retryAt: 'x-retry-at',
  failureClass: 'x-failure-class',
  /** The error's `code`, if it has one. */
  failureCode: 'x-failure-code',
  /** At most 1 kB. */
  failureMessage: 'x-failure-message',
  /** At most 8 kB. */
  failureStack: 'x-failure-stack',
  failureHost: 'x-failure-host',
  /** Hash of the error's class and the places in the code, to group alike failures. */
  failureFingerprint: 'x-failure-fingerprint',
  listener: 'x-listener',
} as const;

export type FailureHeader = (typeof FAILURE_HEADERS)[keyof typeof FAILURE_HEADERS];
