/**
 * Everything that is to be written, in order, and everything that was written and not answered.
 *
 *   submit ─▶ waiting ──(gate open, transport not blocked)──▶ unanswered ──RECEIPT──▶ settled
 *
 * - The gate is open between `open` and `lose`: while connected, after all subscriptions are back.
 * - What is submitted in one turn of the loop is written in one go, up to a mark.
 * - While the transport is blocked, everything waits here, so a slow broker slows its senders down;
 *   so do too many unanswered sends. What may wait while there is no session, offline-queue.ts says.
 * - A streamed body holds the gate until its last byte: nothing can be written inside a frame.
 * - An operation is in `#waiting`, in `#unanswered`, or settled; never in two of them. The only
 *   exception is a SUBSCRIBE between two sessions, which the list of subscriptions keeps.
 */
import type { StompVersion } from '@stompbox/protocol';
import { BodySource } from './body-source.js';
import { BodyWriter } from './body-writer.js';
import { type Clock, nextTurn } from './clock.js';
import { Deadlines } from './deadlines.js';
import { ConnectionError } from './errors.js';
import { FrameBatch } from './frame-batch.js';
import type { FrameFeed } from './frame-feed.js';
import { judgeLoss } from './loss.js';
import type { OfflineQueue } from './offline-queue.js';
import { Operation, type OperationKeeper, type OperationRequest } from './operation.js';
import { OperationQueue } from './operation-queue.js';
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

export interface OutboxParts {
  readonly clock: Clock;
  readonly frames: FrameFeed;
  readonly traffic: Traffic;
  readonly offline: OfflineQueue;
  /** Most SENDs that are written and not confirmed. */
  readonly sendWindow: number;
}

/**
 * A frame of this size is written at once: there is little to win by joining it with others, and its
 * bytes need not be kept until the next turn.
 */
const LARGE_BYTES = 16 * 1024;

/** Bytes that are joined into one write. More would only be copied for nothing. */
const WRITE_MARK_BYTES = 64 * 1024;

export class Outbox implements OperationKeeper {
  readonly #parts: OutboxParts;
  readonly #deadlines: Deadlines;
  readonly #waiting = new OperationQueue();
  /** By receipt id: operations whose bytes are in the transport and whose answer is due. */
  readonly #unanswered = new Map<string, Operation>();
  readonly #batch = new FrameBatch();
  #unansweredSends = 0;
  /** Set while the gate is open. */
  #session: Session | undefined;
  /** Set while a body is being read and written. */
  #streaming: BodyWriter | undefined;
  /** Rules for encoding; the last agreed ones while there is no session. */
  #version: StompVersion = '1.2';
  #isFlushScheduled = false;
  #isFlushing = false;
  #isWindowFull = false;
  #lastReceipt = 0;
  /** Why nothing is taken any more. */
  #refusal: ((what: string) => Error) | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.clock);
  }

  /** The version that heads are to be encoded in. */
  get version(): StompVersion {
    return this.#version;
  }

  /**
   * Takes an operation; the promise is its outcome.
   * @throws `STOMP_NET_QUEUE_FULL`, `STOMP_NET_NOT_CONNECTED`, the signal's reason, FrameError
   */
  submit(request: OperationRequest, options: SubmitOptions): Promise<void> {
    const operation = this.create(request, options);
    const outcome = this.watch(operation, options.signal);
    this.enqueue(operation);
    return outcome;
  }

  /** Takes a frame whose outcome nobody waits for. */
  post(request: OperationRequest): Operation {
    this.#assertOpen(request);
    const operation = new Operation(request, undefined, 0, this.#version, this);
    this.enqueue(operation);
    return operation;
  }

  /**
   * The same, and takes an earlier one back if nothing was taken since and it was not written: for
   * a frame that says all that the earlier one does.
   */
  postInstead(earlier: Operation | undefined, request: OperationRequest): Operation {
    const isLast = earlier !== undefined && earlier === this.#waiting.last;
    const operation = this.post(request);
    if (isLast) earlier.confirm();
    return operation;
  }

  /** An operation that is not taken yet. */
  create(request: OperationRequest, options: SubmitOptions): Operation {
    const { hasReceipt, timeoutMs, signal } = options;
    this.#assertOpen(request);
    signal?.throwIfAborted();
    if (this.#session === undefined && request.command === 'SEND') this.#parts.offline.check();
    const receiptId = hasReceipt ? `r${++this.#lastReceipt}` : undefined;
    return new Operation(request, receiptId, timeoutMs, this.#version, this);
  }

  /** Takes a send that the store has given back; it counts as waiting, and nobody waits for it. */
  restore(request: OperationRequest): void {
    const receiptId = `r${++this.#lastReceipt}`;
    const operation = new Operation(request, receiptId, 0, this.#version, this);
    operation.release();
    this.#parts.offline.adopt(operation);
    this.#waiting.add(operation);
  }

  /** Starts the clock of an operation and gives its outcome. */
  watch(operation: Operation, signal?: AbortSignal): Promise<void> {
    if (Number.isFinite(operation.timeoutMs)) this.#deadlines.add(operation);
    return operation.promise(signal);
  }

  /** Takes an operation made by `create`. */
  enqueue(operation: Operation): void {
    if (this.#session === undefined && operation.command === 'SEND') {
      operation.own();
      if (this.#parts.offline.take(operation) === 'later') return;
      // The policy may have refused it at once.
      if (operation.state === 'settled') return;
    }
    this.#waiting.add(operation);
    if (operation.size < LARGE_BYTES) this.#scheduleFlush();
    else this.#flush();
    if (operation.isBorrowed && operation.state === 'waiting') operation.own();
  }

  /** Writes operations to a session past the gate and past what waits, in one write. */
  writeNow(operations: readonly Operation[], session: Session): void {
    this.#write(operations, session);
  }

  /** Opens the gate: what waits is written to this session. */
  open(session: Session): void {
    this.#session = session;
    this.#version = session.version;
    for (const operation of this.#parts.offline.release()) this.#waiting.add(operation);
    this.#flush();
  }

  /** The transport takes bytes again. */
  resume(): void {
    this.#streaming?.resume();
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
    const torn = this.#streaming?.operation;
    this.#streaming?.stop();
    this.#streaming = undefined;
    // Older first: what was written comes before what waits.
    const unsettled = [...this.#unanswered.values(), ...this.#waiting.takeAll()];
    this.#unanswered.clear();
    this.#unansweredSends = 0;
    this.#isWindowFull = false;
    torn?.reject(ConnectionError.of('STOMP_NET_BODY', [torn.describe()], cause));
    for (const operation of unsettled) {
      if (operation.state !== 'settled') this.#judge(operation, cause);
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
    const { offline } = this.#parts;
    for (const operation of [...this.#waiting.takeAll(), ...offline.release()]) {
      offline.end(operation, cause);
    }
    this.#deadlines.clear();
  }

  /** Resolves as soon as nothing waits and every answer has come. */
  whenIdle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get unansweredCount(): number {
    return this.#unanswered.size;
  }

  endWait(operation: Operation): void {
    this.#deadlines.delete(operation);
  }

  forget(operation: Operation, failure: unknown): void {
    this.#deadlines.delete(operation);
    this.#waiting.delete(operation);
    const isSend = operation.command === 'SEND';
    if (operation.receiptId !== undefined && this.#unanswered.delete(operation.receiptId)) {
      if (isSend) this.#unansweredSends--;
      if (this.#isWindowFull) this.#scheduleFlush();
    }
    if (isSend) {
      for (const next of this.#parts.offline.forget(operation, failure)) this.#waiting.add(next);
    }
    if (operation === this.#streaming?.operation) {
      this.#tear(operation, failure);
    }
    if (this.#idleWaiters.length > 0 && this.#isIdle) this.#releaseIdle();
  }

  #judge(operation: Operation, cause: Error): void {
    const verdict = judgeLoss(operation, cause);
    operation.markWaiting();
    if (verdict === 'queue') {
      this.#waiting.add(operation);
      this.#parts.offline.takeBack(operation);
    } else if (verdict === 'done') operation.confirm();
    else if (verdict !== 'keep') operation.reject(verdict);
  }

  #assertOpen(request: OperationRequest): void {
    if (this.#refusal) throw this.#refusal(`${request.command} ${request.subject}`.trim());
  }

  get #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#unanswered.size === 0 && this.#streaming === undefined;
  }

  #releaseIdle(): void {
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#session === undefined) return;
    this.#isFlushScheduled = true;
    nextTurn(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  /** Whoever hears of a frame, or of its answer, may send meanwhile: that waits for its turn. */
  #flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    try {
      this.#writeWaiting();
    } finally {
      this.#isFlushing = false;
    }
  }

  #writeWaiting(): void {
    const session = this.#session;
    while (session !== undefined && session === this.#session && !session.isBlocked) {
      if (this.#streaming) return;
      const batch = this.#nextBatch();
      const [first] = batch;
      if (first === undefined) return;
      if (first.body instanceof BodySource) this.#stream(first, first.body, session);
      else this.#write(batch, session);
    }
  }

  /** Operations for one write: as many as stay below the mark, at least one. */
  #nextBatch(): Operation[] {
    const batch: Operation[] = [];
    let bytes = 0;
    let freeSends = this.#parts.sendWindow - this.#unansweredSends;
    this.#isWindowFull = false;
    for (let next = this.#waiting.first; next !== undefined; next = next.next) {
      if (next.receiptId !== undefined && next.command === 'SEND' && freeSends-- <= 0) {
        this.#isWindowFull = true;
        break;
      }
      bytes += next.size;
      const isStreamed = next.body instanceof BodySource;
      if (batch.length > 0 && (isStreamed || bytes > WRITE_MARK_BYTES)) break;
      batch.push(next);
      if (isStreamed) break;
    }
    return batch;
  }

  #write(operations: readonly Operation[], session: Session): void {
    const batch = this.#batch;
    for (const operation of operations) this.#markWritten(operation);
    this.#observe(operations, session);
    for (const operation of operations) {
      const { body } = operation;
      if (body instanceof BodySource) throw new Error('Outbox: a streamed body in a batch');
      batch.add(operation.headFor(session), body, operation.isBorrowed);
      operation.dropBytes();
    }
    for (const chunk of batch.take()) session.write(chunk);
    for (const operation of operations) {
      if (operation.receiptId === undefined || operation.isAbandoned) operation.confirm();
    }
  }

  /** Before anybody hears of it: a broker in the same process may answer during the write. */
  #markWritten(operation: Operation): void {
    this.#waiting.delete(operation);
    operation.markWritten();
    if (operation.receiptId === undefined) return;
    this.#unanswered.set(operation.receiptId, operation);
    if (operation.command === 'SEND') this.#unansweredSends++;
  }

  #stream(operation: Operation, source: BodySource, session: Session): void {
    this.#markWritten(operation);
    this.#observe([operation], session);
    this.#batch.addHead(operation.headFor(session));
    for (const chunk of this.#batch.take()) session.write(chunk);
    const writer = new BodyWriter(operation, source, session);
    this.#streaming = writer;
    writer.run().then(
      (isComplete) => {
        if (!isComplete) return;
        this.#streaming = undefined;
        if (operation.receiptId === undefined) operation.confirm();
        this.#flush();
      },
      (error: unknown) => {
        operation.reject(error);
        this.#tear(operation, error);
      },
    );
  }

  /** Its frame ends in the middle, because of its source or its caller: only a new session can go on. */
  #tear(operation: Operation, cause: unknown): void {
    this.#session?.destroy(ConnectionError.of('STOMP_NET_BODY', [operation.describe()], cause));
  }

  #observe(operations: readonly Operation[], session: Session): void {
    const { frames, traffic } = this.#parts;
    traffic.framesOut += operations.length;
    for (const operation of operations) if (operation.command === 'SEND') traffic.messagesOut++;
    if (!frames.isHeard) return;
    for (const operation of operations) {
      const frame = operation.observed(session);
      frames.emit({ direction: 'out', peer: session.peer, frame });
    }
  }
}
