/**
 * One frame that the user waits for: SEND, SUBSCRIBE, ACK …, from the call until it is settled.
 *
 *   waiting ──handed to a transport──▶ written ──RECEIPT, ERROR──▶ settled
 *      ▲                                  │
 *      └────── session lost (loss.ts) ────┘      timeout and abort settle it from any state …
 *
 * - … but not what the broker must be told although nobody waits any more: an ACK that is never
 *   written leaves its message with us for ever. Such a frame stays waiting, abandoned, and is
 *   settled by being written, or by the loss of its session.
 * - It is encoded when it is made, so that bytes which the caller changes later do not matter and a
 *   frame that cannot be encoded fails the call; again only if a reconnect agrees on another version.
 * - Without a receipt it is settled by being written.
 */
import { type Command, encodeHead, encodeUtf8, type StompVersion } from '@stompbox/protocol';
import type { Expirable } from './deadlines.js';
import { TimeoutError } from './errors.js';
import { type ObservedFrame, observedHeaders } from './frame-feed.js';
import { type LossRule, mustReachBroker } from './loss.js';

export type HeaderPair = readonly [name: string, value: string];

export interface OperationRequest {
  readonly command: Command;
  /** The operation takes the array over. */
  readonly headers: HeaderPair[];
  /** A text travels as it is; whether there is a content-length header is decided before. */
  readonly body?: string | Uint8Array;
  /** What it is about, for messages: the destination, the message id. */
  readonly subject: string;
  /** What the loss of the session means for it. */
  readonly whenLost: LossRule;
}

/** Who must forget an operation that is settled. */
export interface OperationKeeper {
  forget(operation: Operation): void;
}

export type OperationState = 'waiting' | 'written' | 'settled';

const LF = 10;

export class Operation implements Expirable {
  readonly command: Command;
  readonly subject: string;
  readonly whenLost: LossRule;
  readonly receiptId: string | undefined;
  readonly timeoutMs: number;
  dueAt = 0;
  readonly #keeper: OperationKeeper;
  readonly #head: readonly HeaderPair[];
  #body: string | Uint8Array;
  #version: StompVersion;
  #bytes: Uint8Array;
  #state: OperationState = 'waiting';
  #wasWritten = false;
  #isAbandoned = false;
  #resolve: (() => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    request: OperationRequest,
    receiptId: string | undefined,
    timeoutMs: number,
    version: StompVersion,
    keeper: OperationKeeper,
  ) {
    this.command = request.command;
    this.subject = request.subject;
    this.whenLost = request.whenLost;
    this.receiptId = receiptId;
    this.timeoutMs = timeoutMs;
    this.#keeper = keeper;
    this.#head = request.headers;
    if (receiptId !== undefined) request.headers.push(['receipt', receiptId]);
    this.#body = request.body ?? '';
    this.#version = version;
    this.#bytes = this.#encode();
  }

  get state(): OperationState {
    return this.#state;
  }

  /** True when the last session was given its bytes, also after it was settled. */
  get wasWritten(): boolean {
    return this.#wasWritten;
  }

  /** True when it waits only to be written: whoever waited for its outcome has given up. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  describe(): string {
    return this.subject === '' ? this.command : `${this.command} ${this.subject}`;
  }

  /** The promise of its outcome. Asked for at most once; an operation without needs no care. */
  promise(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (signal === undefined) return;
      this.#signal = signal;
      this.#onAbort = () => this.#giveUp(signal.reason);
      signal.addEventListener('abort', this.#onAbort, { once: true });
    });
  }

  /** The frame for listeners. */
  observed(): ObservedFrame {
    return { command: this.command, headers: observedHeaders(this.#head), body: this.#body };
  }

  bytesFor(version: StompVersion): Uint8Array {
    if (version !== this.#version) {
      this.#version = version;
      this.#bytes = this.#encode();
    }
    return this.#bytes;
  }

  /** Its bytes are about to be handed to a transport. */
  markWritten(): void {
    if (this.#state !== 'waiting') throw new Error(`Operation: written while ${this.#state}`);
    this.#state = 'written';
    this.#wasWritten = true;
  }

  /** Back to the beginning, to be written to another session. */
  markWaiting(): void {
    if (this.#state === 'settled') throw new Error('Operation: waiting after it was settled');
    this.#state = 'waiting';
    this.#wasWritten = false;
  }

  confirm(): void {
    if (this.#state === 'settled') return;
    this.#settle();
    this.#resolve?.();
  }

  reject(error: unknown): void {
    if (this.#state === 'settled') return;
    this.#settle();
    this.#reject?.(error);
  }

  expire(): void {
    // What will be written all the same may still be done, and must not be asked for twice.
    const isOnItsWay = this.#state === 'written' || mustReachBroker(this.whenLost);
    const code = isOnItsWay ? 'STOMP_NET_TIMEOUT_RECEIPT' : 'STOMP_NET_TIMEOUT_NOT_SENT';
    this.#giveUp(TimeoutError.of(code, [this.describe(), this.timeoutMs]));
  }

  /** The wait for it is over. */
  #giveUp(error: unknown): void {
    if (this.#state !== 'waiting' || !mustReachBroker(this.whenLost)) this.reject(error);
    else if (!this.#isAbandoned) {
      this.#isAbandoned = true;
      this.#ignoreSignal();
      this.#reject?.(error);
    }
  }

  #settle(): void {
    this.#state = 'settled';
    this.#ignoreSignal();
    this.#keeper.forget(this);
  }

  #ignoreSignal(): void {
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #encode(): Uint8Array {
    const head = encodeHead(this.command, this.#head, this.#version);
    const body = this.#body;
    // One conversion of the whole frame is much cheaper than one of the head, one of the body and
    // a copy of both.
    if (typeof body === 'string') return encodeUtf8(`${head}${body}\0\n`);
    const headBytes = encodeUtf8(head);
    const bytes = new Uint8Array(headBytes.length + body.length + 2);
    bytes.set(headBytes, 0);
    bytes.set(body, headBytes.length);
    bytes[bytes.length - 1] = LF;
    this.#body = bytes.subarray(headBytes.length, bytes.length - 2);
    return bytes;
  }
}
