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
  /** `due`: there was no room, and nobody has been told since that there is. */
  #relief: 'none' | 'due' = 'none';

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

  /** True once, when there is room after there was none: whatever has made it. */
  takeRelief(): boolean {
    if (this.#relief === 'none' || !this.hasRoom) return false;
    this.#relief = 'none';
    return true;
  }

  /** Room for so many bytes more in its transactions. */
  hasTransactionRoom(bytes: number): boolean {
    return this.#transactionBytes + bytes <= this.maxBytes;
  }

  addUnsettled(bytes: number): void {
    this.#unsettled += 1;
    this.#unsettledBytes += bytes;
    this.#changed(bytes);
  }

  removeUnsettled(bytes: number): void {
    this.#unsettled -= 1;
    this.#unsettledBytes -= bytes;
    assert(this.#unsettled >= 0 && this.#unsettledBytes >= 0, 'settles what it has not got');
    this.#changed(-bytes);
  }

  changeTransactions(change: number): void {
    this.#transactionBytes += change;
    assert(this.#transactionBytes >= 0, 'ends what has not begun');
    this.#changed(change);
  }

  /** Bytes of a frame that has begun and is not complete. */
  setArriving(bytes: number): void {
    if (bytes === this.#arrivingBytes) return;
    const change = bytes - this.#arrivingBytes;
    this.#arrivingBytes = bytes;
    this.#changed(change);
  }

  /** Bytes that wait in the transport because the client does not read them. */
  setUnread(bytes: number): void {
    if (bytes === this.#unreadBytes) return;
    const change = bytes - this.#unreadBytes;
    this.#unreadBytes = bytes;
    this.#changed(change);
  }

  #changed(change: number): void {
    if (!this.hasRoom) this.#relief = 'due';
    this.#use.change(change);
  }
}
