/**
 * Everything that is to be written, in order, and everything that was written and not answered.
 *
 *   submit ─▶ waiting ──(gate open, transport not blocked)──▶ unanswered ──RECEIPT──▶ settled
 *
 * - The gate is open between `open` and `lose`: while connected, after all subscriptions are back.
 * - What is submitted in one turn of the loop is written in one go, up to a mark.
 * - While the transport is blocked, everything waits here, so a slow broker slows its senders down.
 * - An operation is in `#waiting`, in `#unanswered`, or settled; never in two of them. The only
 *   exception is a SUBSCRIBE between two sessions, which the list of subscriptions keeps.
 */
import { joinBytes, type StompVersion } from '@stompbox/protocol';
import { type Clock, nextTurn } from './clock.js';
import { Deadlines } from './deadlines.js';
import { ConnectionError } from './errors.js';
import type { FrameFeed } from './frame-feed.js';
import { judgeLoss } from './loss.js';
import { Operation, type OperationKeeper, type OperationRequest } from './operation.js';
import type { Session } from './session.js';
import type { Traffic } from './traffic.js';

export interface WaitOptions {
  /** Infinity: until it is settled. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface SubmitOptions extends WaitOptions {
  readonly hasReceipt: boolean;
}

/** Bytes that are joined into one write. More would only be copied for nothing. */
const WRITE_MARK_BYTES = 64 * 1024;

export class Outbox implements OperationKeeper {
  readonly #deadlines: Deadlines;
  readonly #maxQueuedSends: number;
  readonly #frames: FrameFeed;
  readonly #traffic: Traffic;
  /** In the order in which they will be written. */
  readonly #waiting = new Set<Operation>();
  /** By receipt id: operations whose bytes are in the transport and whose answer is due. */
  readonly #unanswered = new Map<string, Operation>();
  /** Set while the gate is open. */
  #session: Session | undefined;
  /** Rules for encoding; the last agreed ones while there is no session. */
  #version: StompVersion = '1.2';
  #isFlushScheduled = false;
  #lastReceipt = 0;
  /** Why nothing is taken any more. */
  #refusal: ((what: string) => Error) | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(clock: Clock, maxQueuedSends: number, frames: FrameFeed, traffic: Traffic) {
    this.#deadlines = new Deadlines(clock);
    this.#maxQueuedSends = maxQueuedSends;
    this.#frames = frames;
    this.#traffic = traffic;
  }

  /**
   * Takes an operation; the promise is its outcome.
   * @throws `STOMP_NET_QUEUE_FULL`, `STOMP_NET_NOT_CONNECTED`, the signal's reason, FrameError
   */
  submit(request: OperationRequest, options: SubmitOptions): Promise<void> {
    const operation = this.create(request, options);
    const outcome = this.watch(operation, options.signal);
    this.#enqueue(operation);
    return outcome;
  }

  /** Takes a frame whose outcome nobody waits for. */
  post(request: OperationRequest): void {
    this.#assertOpen(request);
    this.#enqueue(new Operation(request, undefined, 0, this.#version, this));
  }

  /** An operation that is not taken yet. */
  create(request: OperationRequest, options: SubmitOptions): Operation {
    const { hasReceipt, timeoutMs, signal } = options;
    this.#assertOpen(request);
    signal?.throwIfAborted();
    const isSend = request.command === 'SEND';
    if (isSend && this.#session === undefined && this.#waiting.size >= this.#maxQueuedSends) {
      throw ConnectionError.of('STOMP_NET_QUEUE_FULL', [this.#maxQueuedSends]);
    }
    const receiptId = hasReceipt ? `r${++this.#lastReceipt}` : undefined;
    return new Operation(request, receiptId, timeoutMs, this.#version, this);
  }

  /** Starts the clock of an operation and gives its outcome. */
  watch(operation: Operation, signal?: AbortSignal): Promise<void> {
    if (Number.isFinite(operation.timeoutMs)) this.#deadlines.add(operation);
    return operation.promise(signal);
  }

  /** Takes an operation made by `create`. */
  enqueue(operation: Operation): void {
    this.#enqueue(operation);
  }

  /** Writes operations to a session past the gate and past what waits, in one write. */
  writeNow(operations: readonly Operation[], session: Session): void {
    this.#write(operations, session);
  }

  /** Opens the gate: what waits is written to this session. */
  open(session: Session): void {
    this.#session = session;
    this.#version = session.version;
    this.#flush();
  }

  /** The transport takes bytes again. */
  resume(): void {
    this.#flush();
  }

  /** The broker confirmed. A receipt of an operation that timed out or was aborted says nothing. */
  confirm(receiptId: string): void {
    this.#unanswered.get(receiptId)?.confirm();
  }

  /** The operation that still waits for this receipt. */
  unanswered(receiptId: string | undefined): Operation | undefined {
    return receiptId === undefined ? undefined : this.#unanswered.get(receiptId);
  }

  /** Closes the gate and decides the fate of all that the session did not settle. */
  lose(cause: Error): void {
    this.#session = undefined;
    // Older first: what was written comes before what waits.
    const unsettled = [...this.#unanswered.values(), ...this.#waiting];
    this.#unanswered.clear();
    this.#waiting.clear();
    for (const operation of unsettled) {
      const verdict = judgeLoss(operation, cause);
      operation.markWaiting();
      if (verdict === 'queue') this.#waiting.add(operation);
      else if (verdict === 'done') operation.confirm();
      else if (verdict !== 'keep') operation.reject(verdict);
    }
    // What is kept elsewhere was not forgotten one by one.
    if (this.#isIdle) this.#releaseIdle();
  }

  /** Takes nothing more; what it has goes on. */
  seal(refusal: (what: string) => Error): void {
    this.#refusal = refusal;
  }

  get isSealed(): boolean {
    return this.#refusal !== undefined;
  }

  /** Ends everything that is left. */
  fail(cause: Error | undefined): void {
    for (const operation of this.#waiting) {
      operation.reject(ConnectionError.of('STOMP_NET_CLOSED', [operation.describe()], cause));
    }
    this.#waiting.clear();
    this.#deadlines.clear();
  }

  /** Resolves as soon as nothing waits and every answer has come. */
  whenIdle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** How many operations are not settled, for messages. */
  get pendingCount(): number {
    return this.#waiting.size + this.#unanswered.size;
  }

  forget(operation: Operation): void {
    this.#deadlines.delete(operation);
    this.#waiting.delete(operation);
    if (operation.receiptId !== undefined) this.#unanswered.delete(operation.receiptId);
    if (this.#idleWaiters.length > 0 && this.#isIdle) this.#releaseIdle();
  }

  #assertOpen(request: OperationRequest): void {
    if (this.#refusal) throw this.#refusal(`${request.command} ${request.subject}`.trim());
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#unanswered.size === 0;
  }

  #releaseIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #enqueue(operation: Operation): void {
    this.#waiting.add(operation);
    if (this.#isFlushScheduled || this.#session === undefined) return;
    this.#isFlushScheduled = true;
    nextTurn(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const session = this.#session;
    while (session !== undefined && session === this.#session && !session.isBlocked) {
      const batch = this.#nextBatch(session.version);
      if (batch.length === 0) return;
      this.#write(batch, session);
    }
  }

  /** Operations for one write: as many as stay below the mark, at least one. */
  #nextBatch(version: StompVersion): Operation[] {
    const batch: Operation[] = [];
    let bytes = 0;
    for (const operation of this.#waiting) {
      bytes += operation.bytesFor(version).length;
      if (bytes > WRITE_MARK_BYTES && batch.length > 0) break;
      batch.push(operation);
    }
    return batch;
  }

  #observe(batch: readonly Operation[], peer: string): void {
    this.#traffic.framesOut += batch.length;
    if (!this.#frames.isHeard) return;
    for (const operation of batch) {
      this.#frames.emit({ direction: 'out', peer, frame: operation.observed() });
    }
  }

  #write(batch: readonly Operation[], session: Session): void {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (const operation of batch) {
      const part = operation.bytesFor(session.version);
      parts.push(part);
      bytes += part.length;
      this.#waiting.delete(operation);
      // Before the write: a broker in the same process may answer while it lasts.
      operation.markWritten();
      if (operation.receiptId !== undefined) this.#unanswered.set(operation.receiptId, operation);
    }
    this.#observe(batch, session.peer);
    const [only] = parts;
    if (only !== undefined) session.write(parts.length === 1 ? only : joinBytes(parts, bytes));
    for (const operation of batch) {
      if (operation.receiptId === undefined || operation.isAbandoned) operation.confirm();
    }
  }
}
