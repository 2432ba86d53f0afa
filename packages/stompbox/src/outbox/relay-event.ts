/** What a relay tells of itself, as it happens: for metrics, logs and tests. */
import type { RelayState } from './relay-state.js';

export interface RelayMessage {
  readonly id: string;
  readonly destination: string;
  readonly orderKey: string | undefined;
}

export type RelayEvent =
  | { readonly type: 'state'; readonly state: RelayState }
  /** Messages now belong to this relay. */
  | { readonly type: 'claimed'; readonly count: number }
  /** The broker has confirmed it, and the table says so. */
  | ({
      readonly type: 'sent';
      /** From when it was put in until it was claimed. */
      readonly waitedMs: number;
      /** From the SEND to its RECEIPT. */
      readonly durationMs: number;
    } & RelayMessage)
  /** It will be tried again after the pause. */
  | ({
      readonly type: 'attempt-failed';
      readonly error: unknown;
      /** Attempts that have failed, this one included. */
      readonly attempts: number;
      readonly delayMs: number;
    } & RelayMessage)
  /** It was given up and stays in the table as `failed`. */
  | ({
      readonly type: 'failed';
      readonly error: unknown;
      readonly attempts: number;
    } & RelayMessage)
  /** Broker or database cannot be worked with now, whatever the message; tried again after the pause. */
  | {
      readonly type: 'trouble';
      readonly with: 'broker' | 'database';
      readonly error: unknown;
      readonly delayMs: number;
    }
  /** No more notices will come, so new messages wait for the next poll. */
  | { readonly type: 'wake-up-failed'; readonly error: unknown }
  /** Rows of messages that were sent long ago were deleted. */
  | { readonly type: 'deleted'; readonly count: number };

export type RelayEventListener = (event: RelayEvent) => void;
