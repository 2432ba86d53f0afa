/**
 * Brings the messages of a hold queue back when they are due. Each listener has one per hold queue, so
 * messages come back as long as anybody listens, and wait as long as nobody does.
 *
 *   running ──stop()──► stopping ──► ended
 *      └── its subscription ended ───────▲
 *
 * A message waits here unacknowledged, and goes back to the queue when this process ends. After some
 * minutes it is put at the end of the queue again, because RabbitMQ takes a consumer that holds one for
 * half an hour for dead.
 */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import type { Clock, Connection, Message, Subscription } from '@stompbox/client';
import type { Logger } from '../logger.js';
import { heldAgainCopy, releasedCopy } from './failure-copy.js';
import { FAILURE_HEADERS as H } from './failure-headers.js';
import { lastingIdOf } from './failure-history.js';
import { pause, type Relocator } from './relocator.js';

export interface HoldKeeperParts {
  readonly connection: Connection;
  readonly relocator: Relocator;
  /** In STOMP's form. */
  readonly queue: string;
  /** Where a message without `x-retry-to` goes. */
  readonly fallback: string;
  readonly clock: Clock;
  /** Milliseconds since the epoch by the system's time. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Messages that wait in this process at the same time. */
const PREFETCH = 500;
const LONGEST_HOLD_MS = 10 * 60_000;

type KeeperState = 'running' | 'stopping' | 'ended';

const TRANSITIONS: Readonly<Record<KeeperState, readonly KeeperState[]>> = {
  running: ['stopping', 'ended'],
  stopping: ['ended'],
  ended: [],
};

export class HoldKeeper {
  readonly #parts: HoldKeeperParts;
  readonly #subscription: Subscription;
  readonly #stopping = new AbortController();
  readonly #holding = new Set<Promise<void>>();
  readonly #pump: Promise<void>;
  #state: KeeperState = 'running';

  private constructor(parts: HoldKeeperParts, subscription: Subscription) {
    this.#parts = parts;
    this.#subscription = subscription;
    // One for each message that waits, which Node would take for a leak.
    setMaxListeners(0, this.#stopping.signal);
    this.#pump = this.#take();
  }

  /** Resolves when the broker has confirmed the subscription. */
  static async start(parts: HoldKeeperParts): Promise<HoldKeeper> {
    const subscription = await parts.connection.subscribe(parts.queue, {
      ack: 'client-individual',
      prefetch: PREFETCH,
    });
    return new HoldKeeper(parts, subscription);
  }

  /** False when its subscription has ended. */
  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** Lets what waits go back into the queue; resolves when nothing is under way. Never rejects. */
  async stop(): Promise<void> {
    if (this.#state === 'running') this.#transition('stopping');
    this.#stopping.abort(new Error('The listener has stopped'));
    await Promise.all(this.#holding);
    try {
      await this.#subscription.unsubscribe();
    } catch (error) {
      this.#warn(`could not unsubscribe from ${this.#parts.queue}`, error);
    }
    await this.#pump;
  }

  async #take(): Promise<void> {
    try {
      for await (const message of this.#subscription) {
        if (this.#state !== 'running') continue;
        const work = this.#hold(message, this.#parts.relocator.epoch).finally(() =>
          this.#holding.delete(work),
        );
        this.#holding.add(work);
      }
    } catch (error) {
      this.#warn(`messages of ${this.#parts.queue} no longer come back`, error);
    } finally {
      this.#transition('ended');
    }
  }

  async #hold(message: Message, epoch: number): Promise<void> {
    const { relocator, queue, fallback, clock, now } = this.#parts;
    const { signal } = this.#stopping;
    const dueMs = Number(message.headers.get(H.retryAt) ?? 0) || 0;
    const leftMs = dueMs - now();
    try {
      await pause(Math.min(leftMs, LONGEST_HOLD_MS), signal, clock);
      const isDue = leftMs <= LONGEST_HOLD_MS;
      const to = isDue ? (message.headers.get(H.retryTo) ?? fallback) : queue;
      const id = lastingIdOf(message, this.#parts.connection.profile);
      const copy = isDue ? releasedCopy(message, id) : heldAgainCopy(message, id);
      await relocator.relocate({ message, epoch, needsAck: true, to, copy }, signal);
    } catch (error) {
      // It is still in the queue: whoever listens next gets it.
      if (error !== signal.reason) this.#warn(`message ${message.messageId} stays held`, error);
    }
  }

  #transition(to: KeeperState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a hold keeper cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }

  #warn(what: string, error: unknown): void {
    this.#parts.logger.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
