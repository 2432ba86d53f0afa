/** A message as a stream of its body, which is already here as a whole. */
import { Readable } from 'node:stream';
import type { ReceivedHeaders } from './frame-headers.js';

/** Who delivered it; only there an acknowledgement means something. */
export interface MessageOwner {
  ack(message: IncomingMessage): void;
  nack(message: IncomingMessage): void;
}

export class IncomingMessage extends Readable {
  readonly command = 'MESSAGE';
  readonly headers: ReceivedHeaders;
  readonly #body: Uint8Array;
  readonly #owner: MessageOwner;

  constructor(headers: ReceivedHeaders, body: Uint8Array, owner: MessageOwner) {
    super();
    this.headers = headers;
    this.#body = body;
    this.#owner = owner;
  }

  /** True when this client delivered it. */
  isFrom(owner: MessageOwner): boolean {
    return this.#owner === owner;
  }

  /** Reads the whole body as text. */
  readString(
    encoding: BufferEncoding,
    callback: (error: Error | null, text?: string) => void,
  ): void {
    const chunks: Buffer[] = [];
    this.on('data', (chunk: Buffer) => chunks.push(chunk));
    this.on('end', () => callback(null, Buffer.concat(chunks).toString(encoding)));
    this.on('error', callback);
  }

  /** Reads the body and tells whether there was none. */
  readEmptyBody(callback: (isEmpty: boolean) => void = () => {}): void {
    this.once('end', () => callback(this.#body.length === 0));
    this.resume();
  }

  /** @deprecated Use `client.ack(message)`. */
  ack(): void {
    this.#owner.ack(this);
  }

  /** @deprecated Use `client.nack(message)`. */
  nack(): void {
    this.#owner.nack(this);
  }

  override _read(): void {
    const { buffer, byteOffset, byteLength } = this.#body;
    if (byteLength > 0) this.push(Buffer.from(buffer, byteOffset, byteLength));
    this.push(null);
  }
}
