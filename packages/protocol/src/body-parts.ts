/**
 * The bytes of one body that arrives in several chunks.
 *
 * - A large part stays a view of its chunk; a body of one part is never copied.
 * - Small parts are copied together, so that a peer that sends single bytes costs memory in
 *   proportion to its bytes and not one object (and one chunk kept alive) for each.
 */
import { EMPTY_BYTES, joinBytes } from './bytes.js';

/** From this size on a part is worth an object of its own. */
const LARGE_PART_BYTES = 4096;
/** Room for small parts; a new one is taken when it is full. */
const POOL_BYTES = 16_384;

export class BodyParts {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #pool: Uint8Array = EMPTY_BYTES;
  /** Bytes `#pool[#pooledFrom .. #pooledTo)` follow the last part. */
  #pooledFrom = 0;
  #pooledTo = 0;

  /** Number of bytes kept. */
  get bytes(): number {
    return this.#bytes;
  }

  add(part: Uint8Array): void {
    if (part.length === 0) return;
    const isFirst = this.#bytes === 0;
    this.#bytes += part.length;
    if (isFirst || part.length >= LARGE_PART_BYTES) {
      this.#closePooled();
      this.#parts.push(part);
      return;
    }
    if (this.#pooledTo + part.length > this.#pool.length) {
      this.#closePooled();
      this.#pool = new Uint8Array(POOL_BYTES);
      this.#pooledFrom = 0;
      this.#pooledTo = 0;
    }
    this.#pool.set(part, this.#pooledTo);
    this.#pooledTo += part.length;
  }

  /** The whole body; then this is empty again. */
  take(): Uint8Array {
    this.#closePooled();
    const [first, second] = this.#parts;
    const body = second ? joinBytes(this.#parts, this.#bytes) : (first ?? EMPTY_BYTES);
    this.clear();
    return body;
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#pool = EMPTY_BYTES;
    this.#pooledFrom = 0;
    this.#pooledTo = 0;
  }

  #closePooled(): void {
    if (this.#pooledTo === this.#pooledFrom) return;
    this.#parts.push(this.#pool.subarray(this.#pooledFrom, this.#pooledTo));
    this.#pooledFrom = this.#pooledTo;
  }
}
