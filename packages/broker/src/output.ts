/**
 * Bytes on their way out of one connection, gathered so that all frames of a turn leave together.
 * Small pieces are copied into a slab; a large body is handed on as it is.
 */
import type { Transport } from './transport/transport.js';

const SLAB_BYTES = 64 * 1024;

/** From this size on, a copy costs more than one more entry in the write. */
const LARGE_BYTES = 16 * 1024;

export class Output {
  #slab = Buffer.alloc(0);
  /** Written part of the slab; before `#flushed` it is with the transport already. */
  #used = 0;
  #flushed = 0;
  #full: Uint8Array[] = [];
  #pendingBytes = 0;

  /** Bytes that wait for `flush`. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  text(ascii: string): void {
    this.#reserve(ascii.length);
    this.#used += this.#slab.write(ascii, this.#used, ascii.length, 'latin1');
    this.#pendingBytes += ascii.length;
  }

  /** @param from first byte of `bytes` that is meant */
  bytes(bytes: Uint8Array, from = 0): void {
    const length = bytes.length - from;
    this.#pendingBytes += length;
    if (length >= LARGE_BYTES) {
      this.#closePiece();
      this.#full.push(from === 0 ? bytes : bytes.subarray(from));
      return;
    }
    this.#reserve(length);
    this.#slab.set(from === 0 ? bytes : bytes.subarray(from), this.#used);
    this.#used += length;
  }

  /** Hands all to the transport; its answer to the last piece. */
  flush(transport: Transport): boolean {
    this.#closePiece();
    let hasRoom = true;
    for (const piece of this.#full) hasRoom = transport.write(piece);
    this.#full = [];
    this.#pendingBytes = 0;
    return hasRoom;
  }

  /** Ends the piece in the slab, so that something else can follow it. */
  #closePiece(): void {
    if (this.#used === this.#flushed) return;
    this.#full.push(this.#slab.subarray(this.#flushed, this.#used));
    this.#flushed = this.#used;
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#slab.length) return;
    this.#closePiece();
    // A used slab is never written again: the transport may still hold parts of it.
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#used = 0;
    this.#flushed = 0;
  }
}
