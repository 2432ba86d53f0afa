/**
 * The only place where writes become durable, and the only place that can say so.
 *
 * Every write gets a number, in order. While one sync runs, the writes of all connections gather; the
 * next sync takes them all. So a single producer waits for one sync, and a thousand share one. There
 * is no timer in this: batches grow by themselves as syncs get slower.
 *
 *   idle ──a write that somebody may wait for──▶ due ──end of the turn──▶ syncing ──synced──▶ idle
 *   syncing ──the store rejects──▶ failed          (for good: nothing is confirmed any more)
 *
 * Removals of settled messages and dropped queues wait for nobody: they ride with the next sync, and only when none comes
 * within `LAZY_SYNC_MS` they get one of their own. A crash before that means that a message is
 * delivered again or a queue is still there, never that a message is lost.
 *
 * Invariant: durable <= syncing <= written.
 */
import { strict as assert } from 'node:assert';
import type { Clock } from '../clock.js';
import { type StoreError, writeFailed } from '../errors.js';
import type { QueueNumber, RecordKind, Store } from './store.js';

const LAZY_SYNC_MS = 50;

/** Bytes that may wait for the disk before producers are asked to pause. */
const BEHIND_BYTES = 16 * 1024 * 1024;

/** Number of a write; everything up to it is durable once a `Durable` says so. 0: nothing was written. */
export type WriteNumber = number;

declare const proof: unique symbol;
/**
 * Proof that the store has synced the writes that the holder named. Whoever demands it cannot confirm
 * without one, and only this module hands them out: to callbacks, which it calls when the writes that
 * they named are synced. A caller that names too low a number would still be wrong.
 */
export interface Durable {
  readonly [proof]: true;
}
const durable = {} as Durable;

interface Waiter {
  readonly until: WriteNumber;
  readonly notify: (proof: Durable) => void;
  /** Called instead when that can never be. */
  readonly giveUp?: () => void;
}

export type CommitState = 'idle' | 'due' | 'syncing' | 'failed';

const successors: Readonly<Record<CommitState, readonly CommitState[]>> = {
  idle: ['due'],
  due: ['syncing'],
  syncing: ['idle', 'failed'],
  failed: [],
};

export class CommitLoop {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onFailure: (error: StoreError) => void;
  #state: CommitState = 'idle';
  #written: WriteNumber = 0;
  #syncing: WriteNumber = 0;
  #durable: WriteNumber = 0;
  #waitingBytes = 0;
  #isEager = false;
  #waiters: Waiter[] = [];
  #afterSync = new Set<() => void>();
  #cancelLazySync: (() => void) | undefined;

  constructor(store: Store, clock: Clock, onFailure: (error: StoreError) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  get state(): CommitState {
    return this.#state;
  }

  /** The last write so far. */
  get writtenNumber(): WriteNumber {
    return this.#written;
  }

  /** Writes up to this number are on disk. */
  get durableNumber(): WriteNumber {
    return this.#durable;
  }

  /** True while more waits for the disk than should; whoever feeds it had better pause. */
  get isBehind(): boolean {
    return this.#waitingBytes > BEHIND_BYTES;
  }

  createQueue(name: string, kind: RecordKind = 'durable'): QueueNumber {
    if (kind === 'durable') this.#wroteLazily();
    return this.#store.createQueue(name, kind);
  }

  dropQueue(queue: QueueNumber): WriteNumber {
    this.#store.dropQueue(queue);
    return this.#wroteLazily();
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): WriteNumber {
    this.#store.put(queue, position, record, kind);
    const number = this.#wrote(record.length);
    this.#wantSync();
    return number;
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): WriteNumber {
    this.#store.remove(queue, position, kind);
    return this.#wroteLazily();
  }

  /** Calls back, in order of calls, when all writes up to a number are durable; at once if they are. */
  whenDurable(until: WriteNumber, notify: (proof: Durable) => void): void {
    this.#wait({ until, notify });
  }

  /** Calls back once after the next sync has ended; the same callback is kept once. */
  afterNextSync(callback: () => void): void {
    this.#afterSync.add(callback);
  }

  /** Resolves when everything written so far is durable, or when the store has failed. */
  flush(): Promise<void> {
    if (this.#state === 'failed') return Promise.resolve();
    return new Promise((resolve) => {
      this.#wait({ until: this.#written, notify: () => resolve(), giveUp: resolve });
    });
  }

  #become(next: CommitState): void {
    assert(successors[this.#state].includes(next), `from ${this.#state} to ${next}`);
    this.#state = next;
  }

  #wait(waiter: Waiter): void {
    const { until, notify } = waiter;
    assert(until <= this.#written, 'waits for a write that was never made');
    if (until <= this.#durable) {
      notify(durable);
      return;
    }
    this.#waiters.push(waiter);
    if (until > this.#syncing) this.#wantSync();
  }

  #wrote(bytes: number): WriteNumber {
    this.#waitingBytes += bytes;
    this.#written += 1;
    return this.#written;
  }

  #wroteLazily(): WriteNumber {
    const number = this.#wrote(0);
    if (!this.#cancelLazySync && !this.#isEager) {
      this.#cancelLazySync = this.#clock.setTimer(() => this.#wantSync(), LAZY_SYNC_MS);
    }
    return number;
  }

  #wantSync(): void {
    this.#isEager = true;
    if (this.#state !== 'idle') return;
    this.#become('due');
    // At the end of the turn, so that all frames of this turn share the sync.
    setImmediate(() => this.#sync());
  }

  #sync(): void {
    this.#become('syncing');
    this.#isEager = false;
    this.#cancelLazySync?.();
    this.#cancelLazySync = undefined;
    this.#syncing = this.#written;
    const bytes = this.#waitingBytes;
    this.#store.commit().then(
      () => this.#synced(bytes),
      (cause: unknown) => this.#fail(cause),
    );
  }

  #synced(bytes: number): void {
    assert(this.#durable <= this.#syncing && this.#syncing <= this.#written);
    this.#become('idle');
    this.#durable = this.#syncing;
    this.#waitingBytes -= bytes;
    if (this.#isEager) this.#wantSync();
    this.#notifyWaiters();
    const callbacks = this.#afterSync;
    this.#afterSync = new Set();
    for (const callback of callbacks) callback();
  }

  #notifyWaiters(): void {
    // Of one connection the waiters stand in order; of several they do not, so all are looked at.
    const served = this.#waiters.filter(({ until }) => until <= this.#durable);
    this.#waiters = this.#waiters.filter(({ until }) => until > this.#durable);
    for (const { notify } of served) notify(durable);
  }

  /**
   * After a failed sync nobody knows what is on disk, and trying again would report success for pages
   * that the kernel has dropped. So the broker stops, and reads the truth from disk when it starts again.
   */
  #fail(cause: unknown): void {
    this.#become('failed');
    for (const { giveUp } of this.#waiters) giveUp?.();
    this.#waiters = [];
    this.#afterSync.clear();
    this.#onFailure(writeFailed(cause));
  }
}
