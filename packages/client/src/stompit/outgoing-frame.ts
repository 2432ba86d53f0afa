/**
 * A frame that is being written: `write()` and `end()` its body, or pipe into it.
 *
 * The body is collected and the frame is sent as a whole at `end`, so a frame that is destroyed
 * before has never begun and does not harm the connection. It finishes when its bytes are handed to
 * the transport.
 */
import { Writable } from 'node:stream';

export interface FrameStreamOptions {
  readonly highWaterMark?: number;
  readonly defaultEncoding?: BufferEncoding;
}

/** Takes the whole frame; resolves when it is handed to the transport. */
export type FrameSender = (frame: OutgoingFrame, body: Uint8Array) => Promise<void>;

export class OutgoingFrame extends Writable {
  readonly command: string;
  /** May be changed until the body has ended. */
  readonly headers: Record<string, string>;
  readonly #send: FrameSender;
  #chunks: Buffer[] = [];

  constructor(
    command: string,
    headers: Record<string, string>,
    options: FrameStreamOptions,
    send: FrameSender,
  ) {
    const { highWaterMark, defaultEncoding } = options;
    super({
      ...(highWaterMark === undefined ? {} : { highWaterMark }),
      ...(defaultEncoding === undefined ? {} : { defaultEncoding }),
    });
    this.command = command;
    this.headers = headers;
    this.#send = send;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    const [only] = this.#chunks;
    const isOne = only !== undefined && this.#chunks.length === 1;
    const body = isOne ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#send(this, body).then(() => done(), done);
  }
}
