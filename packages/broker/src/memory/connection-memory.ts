/**
 * What one connection makes the broker hold: messages that the client has not settled, what its
 * transactions have gathered, the frame that is arriving, and what it was sent and has not read.
 *
 * Invariant: all that is counted here is part of the broker's `MemoryUse`.
 */
import { strict as assert } from 'node:assert';
import type { MemoryUse } from './memory-use.js';

export class ConnectionMemory {
  readonly maxBytes: number;
  readonly #use: MemoryUse;
  #unsettled = 0;
  #unsettledBytes = 0;
  #transactionBytes = 0;
  #arrivingBytes = 0;
  #unreadBytes = 0;

  constructor(use: MemoryUse, maxBytes: number) {
    this.#use = use;
    this.maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#unsettledBytes + this.#transactionBytes + this.#arrivingBytes + this.#unreadBytes;
  }

  get transactionBytes(): number {
    return this.#transactionBytes;
  }

  get arrivingBytes(): number {
    return this.#arrivingBytes;
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** The client owes an acknowledgement, which must get through. */
  get hasUnsettled(): boolean {
    return this.#unsettled > 0;
  }

  /** May it be given one more message to settle? */
  get hasRoom(): boolean {
    return this.usedBytes < this.maxBytes;
  }

  /** Room for so many bytes more in its transactions. */
  hasTransactionRoom(bytes: number): boolean {
    return this.#transactionBytes + bytes <= this.maxBytes;
  }

  addUnsettled(bytes: number): void {
    this.#unsettled += 1;
    this.#unsettledBytes += bytes;
    this.#use.change(bytes);
  }

  removeUnsettled(bytes: number): void {
    this.#unsettled -= 1;
    this.#unsettledBytes -= bytes;
    assert(this.#unsettled >= 0 && this.#unsettledBytes >= 0, 'settles what it has not got');
    this.#use.change(-bytes);
  }

  changeTransactions(change: number): void {
    this.#transactionBytes += change;
    assert(this.#transactionBytes >= 0, 'ends what has not begun');
    this.#use.change(change);
  }

  /** Bytes of a frame that has begun and is not complete. */
  setArriving(bytes: number): void {
    if (bytes === this.#arrivingBytes) return;
    this.#use.change(bytes - this.#arrivingBytes);
    this.#arrivingBytes = bytes;
  }

  /** Bytes that wait in the transport because the client does not read them. */
  setUnread(bytes: number): void {
    if (bytes === this.#unreadBytes) return;
    this.#use.change(bytes - this.#unreadBytes);
    this.#unreadBytes = bytes;
  }
}
