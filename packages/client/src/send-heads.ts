/**
 * Heads of plain sends by destination: most sends go to few destinations without further headers,
 * and escaping the same text again for each was a tenth of their cost.
 */
import { encodeHeaderLine, type StompVersion } from '@stompbox/protocol';

/** Applications that make up destinations must not fill the memory. */
const MAX_HEADS = 256;

export class SendHeads {
  readonly #heads = new Map<string, string>();
  #version: StompVersion = '1.2';

  /** @throws FrameError `STOMP_FRAME_NUL_IN_HEADER` */
  get(destination: string, version: StompVersion): string {
    if (version !== this.#version) {
      this.#version = version;
      this.#heads.clear();
    }
    let head = this.#heads.get(destination);
    if (head === undefined) {
      head = `SEND\n${encodeHeaderLine('destination', destination, version)}`;
      if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
      this.#heads.set(destination, head);
    }
    return head;
  }
}
