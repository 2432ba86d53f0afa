/**
 * What stands for frame-batch.ts in browsers: each frame is a chunk of its own, and so a message of
 * the WebSocket. That costs a page little, and is all that ActiveMQ Classic reads.
 */
import { encodeUtf8, joinBytes } from '@stompbox/protocol';

const FRAME_END = '\0\n';

export class FrameBatch {
  #chunks: Uint8Array[] = [];

  add(head: string, body: string | Uint8Array): void {
    const parts =
      typeof body === 'string'
        ? [encodeUtf8(head + body + FRAME_END)]
        : [encodeUtf8(head), body, encodeUtf8(FRAME_END)];
    this.#chunks.push(
      joinBytes(
        parts,
        parts.reduce((sum, { length }) => sum + length, 0),
      ),
    );
  }

  take(): readonly Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}
