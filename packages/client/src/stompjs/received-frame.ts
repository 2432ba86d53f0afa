/**
 * A frame that arrived. Body and headers are made when they are looked at: most programs look at one
 * of the two forms of the body only.
 */
import { decodeUtf8, type FrameHeaders } from '@stompbox/protocol';
import type { IFrame } from './frame-types.js';
import type { StompHeaders } from './stomp-headers.js';

export class ReceivedFrame implements IFrame {
  command: string;
  headers: StompHeaders;
  isBinaryBody = true;
  readonly #bytes: Uint8Array;
  #text: string | undefined;
  #copy: Uint8Array | undefined;

  constructor(command: string, headers: FrameHeaders, body: Uint8Array) {
    this.command = command;
    const first = new Map<string, string>();
    for (const [name, value] of headers) if (!first.has(name)) first.set(name, value);
    // Made so that no name reaches a prototype.
    this.headers = Object.fromEntries(first);
    this.#bytes = body;
  }

  get body(): string {
    this.#text ??= decodeUtf8(this.#bytes);
    return this.#text;
  }

  get binaryBody(): Uint8Array {
    // What arrived may be a view of a larger chunk; programs pass `binaryBody.buffer` on.
    this.#copy ??= new Uint8Array(this.#bytes);
    return this.#copy;
  }

  /** Command and headers, for logs. */
  toString(): string {
    const lines = Object.entries(this.headers).map(([name, value]) => `${name}:${value}\n`);
    return `${this.command}\n${lines.join('')}\n`;
  }
}
