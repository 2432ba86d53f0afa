/**
 * Joins frames into few byte arrays. Texts are joined as texts and converted at once, which is much
 * cheaper than one conversion per frame. Bytes that are not borrowed go out as they are if they are
 * large; others are copied, once.
 */
import { encodeUtf8, joinBytes } from '@stompbox/protocol';

/** Copying less is cheaper than one write more. */
const LARGE_BYTES = 16 * 1024;

const FRAME_END = '\0\n';

export class FrameBatch {
  #text = '';
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #chunks: Uint8Array[] = [];

  /** A whole frame. */
  add(head: string, body: string | Uint8Array, isBorrowed: boolean): void {
    if (typeof body === 'string') {
      this.#text += head + body + FRAME_END;
      return;
    }
    this.#text += head;
    if (body.length > 0) {
      this.#closeText();
      if (body.length >= LARGE_BYTES && !isBorrowed) {
        this.#closeParts();
        this.#chunks.push(body);
      } else this.#push(body);
    }
    this.#text += FRAME_END;
  }

  /** The beginning of a frame whose body follows later. */
  addHead(head: string): void {
    this.#text += head;
  }

  /** What there is, in order; the batch is empty afterwards. */
  take(): readonly Uint8Array[] {
    this.#closeText();
    this.#closeParts();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #closeText(): void {
    if (this.#text === '') return;
    this.#push(encodeUtf8(this.#text));
    this.#text = '';
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#partBytes += part.length;
  }

  #closeParts(): void {
    const [only] = this.#parts;
    if (only === undefined) return;
    this.#chunks.push(this.#parts.length === 1 ? only : joinBytes(this.#parts, this.#partBytes));
    this.#parts = [];
    this.#partBytes = 0;
  }
}
