/**
 * The port of the offline queue: where sends are kept until the broker has confirmed them, so that they
 * outlive the connection or, with a store on disk, the process.
 *
 * - What `append` has confirmed is given by the `load` of a later process, unless it was removed.
 * - `remove` may be forgotten by a crash. So a send can come back that the broker has confirmed; it
 *   carries the same `dedup-id`, by which the broker knows it.
 * - A store knows neither frames nor connections, and decides nothing: who waits, what is dropped and
 *   what is sent is the outbox's business. It is never given credentials.
 */
import type { SendStoreError } from './send-store-error.js';

/** One send, as the outbox hands it over and gets it back. */
export interface SendRecord {
  /** No other record that is stored has it. Not the `dedup-id`: users may give that one twice. */
  readonly id: string;
  readonly destination: string;
  /** The headers of the SEND frame without `destination` and `receipt`, in order. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Uint8Array;
}

export interface LoadedSends {
  /** What an earlier process has left, in the order in which it was appended. */
  readonly records: readonly SendRecord[];
  /** What could not be read, for the status events of the connection. Empty: nothing is damaged. */
  readonly damage: readonly SendStoreError[];
}

export interface SendStore {
  /**
   * Opens the store; to be called once before all else, and again only after `close`.
   * @throws STOMP_OFFLINE_IN_USE, STOMP_OFFLINE_UNWRITABLE, STOMP_OFFLINE_FORMAT
   */
  load(): Promise<LoadedSends>;
  /**
   * Resolves when the record is as durable as this store can make it. The record counts from the call
   * on; its bytes may be changed afterwards. Appends are loaded in the order of these calls.
   * @throws STOMP_OFFLINE_FULL, STOMP_OFFLINE_WRITE_FAILED, STOMP_OFFLINE_CLOSED; it is not stored then
   */
  append(record: SendRecord): Promise<void>;
  /** Forgets a record, if it is there. It may still be loaded after a crash. */
  remove(id: string): void;
  /** Records that are stored or about to be. */
  readonly count: number;
  /** Bytes that they take. */
  readonly bytes: number;
  /** Resolves when all that was appended and removed is written and others may open the store. */
  close(): Promise<void>;
}
