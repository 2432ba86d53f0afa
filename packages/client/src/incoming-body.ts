/** A body that the decoder hands out in parts: passed on to its stream, or gathered where there is none. */
import {
  type Command,
  type Frame,
  type FrameDecoder,
  FrameError,
  type FrameHeaders,
  joinBytes,
  type StreamedFrame,
} from '@stompbox/protocol';
import type { StreamedBody } from './streamed-body.js';

/** More than any broker says in an ERROR. */
const MAX_GATHERED_BYTES = 64 * 1024 * 1024;

export class IncomingBody {
  readonly #command: Command;
  readonly #headers: FrameHeaders;
  readonly #stream: StreamedBody | undefined;
  readonly #gathered: Uint8Array[] = [];
  #bytes = 0;

  /** @param stream nothing for frames that nobody can be given before they are complete */
  constructor(command: Command, headers: FrameHeaders, stream?: StreamedBody) {
    this.#command = command;
    this.#headers = headers;
    this.#stream = stream;
  }

  /** Takes what there is; the frame, if it was gathered and is complete. */
  read(decoder: FrameDecoder<StreamedFrame>): Frame | undefined {
    for (let part = decoder.nextPart(); part !== undefined; part = decoder.nextPart()) {
      if (this.#stream) this.#stream.push(part);
      else this.#gather(part);
    }
    if (!decoder.isBodyComplete) return undefined;
    this.#stream?.complete();
    if (this.#stream) return undefined;
    const body = joinBytes(this.#gathered, this.#bytes);
    return { command: this.#command, headers: this.#headers, body };
  }

  fail(error: Error): void {
    this.#stream?.fail(error);
  }

  /** A copy: the part is a view of what the transport may reuse. */
  #gather(part: Uint8Array): void {
    this.#gathered.push(new Uint8Array(part));
    this.#bytes += part.length;
    if (this.#bytes > MAX_GATHERED_BYTES) {
      throw FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', MAX_GATHERED_BYTES);
    }
  }
}
