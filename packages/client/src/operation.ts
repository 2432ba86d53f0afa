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
 * - Its head is made when it is made, so that a frame that cannot be encoded fails the call; again
 *   only if a reconnect agrees on another version. Borrowed bytes are copied if they are not written
 *   at once, so that what the caller changes later does not matter. The text of the head is all it keeps of its headers.
 * - Without a receipt it is settled by being written.
 */
import { type Command, copyBytes, encodeHead, type StompVersion } from '@stompbox/protocol';
import { BodySource } from './body-source.js';
import type { Expirable } from './deadlines.js';
import { TimeoutError } from './errors.js';
import type { ObservedFrame } from './frame-feed.js';
import { headersOfHead, observedHead, translateHead } from './frame-head.js';
import { type LossRule, mustReachBroker } from './loss.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import { headWithKind } from './profile/destination-kind.js';

export type HeaderPair = readonly [name: string, value: string];

export interface OperationRequest {
  readonly command: Command;
  readonly headers?: readonly HeaderPair[];
  /**
   * Instead of `headers`, for those who made it before: command and header lines, each with its line
   * feed, in the version of the outbox.
   */
  readonly head?: string;
  /**
   * A text travels as it is; whether there is a content-length header is decided before. Bytes are
   * taken over, unless they are borrowed.
   */
  readonly body?: string | Uint8Array | BodySource;
  /** True when the caller may change the bytes as soon as it has got the promise. */
  readonly isBorrowed?: boolean;
  /** What it is about, for messages: the destination, the message id. */
  readonly subject: string;
  /** What the loss of the session means for it. */
  readonly whenLost: LossRule;
  /** Its record in the store of unsent messages, if it has one. */
  readonly storeId?: string;
  /** True: its caller is told as soon as that record is safe. */
  readonly isResolvedWhenStored?: boolean;
}

/** Who must forget an operation that is settled. */
export interface OperationKeeper {
  /** @param failure nothing when it was confirmed */
  forget(operation: Operation, failure: unknown): void;
  /** Nobody waits for it any more, and it goes on. */
  endWait(operation: Operation): void;
}

/** What a session asks of a head. */
export interface HeadRules {
  readonly version: StompVersion;
  readonly profile: Pick<BrokerProfile, 'kinds'>;
}

export type OperationState = 'waiting' | 'written' | 'settled';

export class Operation implements Expirable {
  readonly command: Command;
  readonly subject: string;
  readonly whenLost: LossRule;
  readonly receiptId: string | undefined;
  readonly timeoutMs: number;
  readonly storeId: string | undefined;
  isBorrowed: boolean;
  /** For the queue that it is in. */
  isQueued = false;
  next: Operation | undefined;
  previous: Operation | undefined;
  /** For the line of waits that it is in. */
  dueAt = 0;
  later: Expirable | undefined;
  earlier: Expirable | undefined;
  readonly #keeper: OperationKeeper;
  #body: string | Uint8Array | BodySource;
  #version: StompVersion;
  #head: string;
  #state: OperationState = 'waiting';
  #wasWritten = false;
  #mayBeKnown = false;
  #isAbandoned = false;
  #isReleased = false;
  readonly #isResolvedWhenStored: boolean;
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
    this.storeId = request.storeId;
    this.#isResolvedWhenStored = request.isResolvedWhenStored ?? false;
    this.#keeper = keeper;
    this.#body = request.body ?? '';
    this.isBorrowed = request.isBorrowed ?? false;
    this.#version = version;
    const lines =
      request.head ?? encodeHead(request.command, request.headers ?? [], version).slice(0, -1);
    this.#head = receiptId === undefined ? `${lines}\n` : `${lines}receipt:${receiptId}\n\n`;
  }

  get state(): OperationState {
    return this.#state;
  }

  /** True when the last session was given its bytes, also after it was settled. */
  get wasWritten(): boolean {
    return this.#wasWritten;
  }

  /** True when some session was given its bytes: then the broker may have it. */
  get mayBeKnown(): boolean {
    return this.#mayBeKnown;
  }

  /** True when it waits only to be written: whoever waited for its outcome has given up. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  get body(): string | Uint8Array | BodySource {
    return this.#body;
  }

  /** Names and values as they were given, the receipt included. */
  get headers(): readonly HeaderPair[] {
    return headersOfHead(this.#head, this.#version);
  }

  /** Its record is to be what its caller waits for. */
  get isResolvedWhenStored(): boolean {
    return this.#isResolvedWhenStored;
  }

  /** True when its caller was told before it was settled. */
  get isReleased(): boolean {
    return this.#isReleased;
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

  /** The frame for listeners, as it is written. */
  observed(rules: HeadRules): ObservedFrame {
    const body = this.#body instanceof BodySource ? '' : this.#body;
    const headers = observedHead(this.headFor(rules), rules.version);
    return { command: this.command, headers, body };
  }

  /** Command, headers and empty line. */
  headFor({ version, profile: { kinds } }: HeadRules): string {
    if (version !== this.#version) {
      this.#head = translateHead(this.#head, this.#version, version);
      this.#version = version;
    }
    // A frame of somebody's own goes as it is.
    if (kinds === undefined || this.whenLost === 'raw') return this.#head;
    return headWithKind(this.#head, kinds);
  }

  /** Roughly how many bytes it takes, a streamed body left out. */
  get size(): number {
    const body = this.#body;
    return this.#head.length + (body instanceof BodySource ? 0 : body.length);
  }

  /** Its bytes are about to be handed to a transport. */
  markWritten(): void {
    if (this.#state !== 'waiting') throw new Error(`Operation: written while ${this.#state}`);
    this.#state = 'written';
    this.#wasWritten = true;
    this.#mayBeKnown = true;
  }

  /** Its body becomes its own. */
  own(): void {
    if (this.isBorrowed && this.#body instanceof Uint8Array) this.#body = copyBytes(this.#body);
    this.isBorrowed = false;
  }

  /** Lets go of what will not be written again; thousands may wait for their receipts. */
  dropBytes(): void {
    if (this.whenLost !== 'send' && this.whenLost !== 'acknowledge') return;
    this.#head = '';
    this.#body = '';
  }

  /** Tells its caller that it is safe, before it is settled; it goes on without end. */
  release(): void {
    if (this.#state === 'settled' || this.#isReleased) return;
    this.#isReleased = true;
    this.#ignoreSignal();
    this.#keeper.endWait(this);
    this.#resolve?.();
  }

  /** Back to the beginning, to be written to another session. */
  markWaiting(): void {
    if (this.#state === 'settled') throw new Error('Operation: waiting after it was settled');
    this.#state = 'waiting';
    this.#wasWritten = false;
  }

  confirm(): void {
    if (this.#state === 'settled') return;
    this.#settle(undefined);
    this.#resolve?.();
  }

  reject(error: unknown): void {
    if (this.#state === 'settled') return;
    this.#settle(error ?? new Error('without a reason'));
    this.#reject?.(error);
  }

  expire(): void {
    // What will be written all the same may still be done, and must not be asked for twice.
    const isPossible = this.#mayBeKnown || mustReachBroker(this.whenLost);
    const code = isPossible ? 'STOMP_NET_TIMEOUT_RECEIPT' : 'STOMP_NET_TIMEOUT_NOT_SENT';
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

  #settle(failure: unknown): void {
    this.#state = 'settled';
    this.#ignoreSignal();
    this.#keeper.forget(this, failure);
  }

  #ignoreSignal(): void {
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
