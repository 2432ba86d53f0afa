/** The headers that a message carries through its retries and into its dead letter queue. */

export const FAILURE_HEADERS = {
  /** What the message was sent to, in STOMP's form. */
  originalDestination: 'x-original-destination',
  originalMessageId: 'x-original-message-id',
  originalTimestamp: 'x-original-timestamp',
  /** When the message would have expired; a dead letter never does. */
  originalExpires: 'x-original-expires',
  /** What the sender called the message, so that a repetition could be told. */
  originalDedupId: 'x-original-dedup-id',
  /** Attempts that have failed. */
  attempt: 'x-attempt',
  /** How many of them were followed by a wait at the broker. */
  delayedRetries: 'x-delayed-retries',
  maxAttempts: 'x-max-attempts',
  /** Times are ISO 8601 in UTC. */
  firstFailureAt: 'x-first-failure-at',
  lastFailureAt: 'x-last-failure-at',
  /** When the next try is due, ms since the epoch. */
  retryAt: 'x-retry-at',
  /** Where a message that is held goes then. */
  retryTo: 'x-retry-to',
  failureClass: 'x-failure-class',
  /** The error's `code`, if it has one. */
  failureCode: 'x-failure-code',
  /** At most 1 kB; 200 bytes where the broker did not take more. */
  failureMessage: 'x-failure-message',
  /** At most 8 kB; left out where the broker did not take it. */
  failureStack: 'x-failure-stack',
  failureHost: 'x-failure-host',
  /** Hash of the error's class and the places in the code, to group alike failures. */
  failureFingerprint: 'x-failure-fingerprint',
  listener: 'x-listener',
} as const;

export type FailureHeader = (typeof FAILURE_HEADERS)[keyof typeof FAILURE_HEADERS];
