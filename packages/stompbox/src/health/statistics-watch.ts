/**
 * Compares what the broker says of a listener's queue with what the listener has, round after round.
 *
 *   no consumer, or not ours                                → not-subscribed
 *   it holds messages for us that we do not have            → delivery-lost
 *   messages wait, we have room, nobody is given anything   → not-delivered
 *
 * The last two count only when they last `undeliveredMs` without any progress of the listener, and when
 * nothing else explains them: a selector of ours, an exclusive consumer, or another consumer that is
 * full (to whom the group of the waiting messages may belong).
 */
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import {
  type ConsumerStatistics,
  plainQueueName,
  type QueueStatistics,
} from './broker-statistics.js';
import type { ResolvedHealth } from './health-options.js';
import type { Fault } from './health-report.js';
import type { BrokerView, KeyedListener } from './listener-watches.js';

interface Memory {
  /** What was counted when this began; any change begins anew. */
  readonly progress: string;
  hasPending: boolean;
  dispatched: number;
  /** Since when messages wait and nobody is given any. */
  standingSinceMs: number | undefined;
  /** Since when the broker holds more for consumers than is settled, while we have none. */
  holdingSinceMs: number | undefined;
  fault: Fault | undefined;
}

const NOTHING: BrokerView = { hasPending: false, evidence: undefined };

export class StatisticsWatch {
  readonly #options: ResolvedHealth;
  readonly #memories = new Map<string, Memory>();

  constructor(options: ResolvedHealth) {
    this.#options = options;
  }

  /** A new connection: nothing of before counts. */
  reset(): void {
    this.#memories.clear();
  }

  viewOf({ key, listener }: KeyedListener): BrokerView {
    const memory = this.#memories.get(key);
    if (memory === undefined) return NOTHING;
    const isNow = memory.progress === progressOf(listener);
    return { hasPending: memory.hasPending, evidence: isNow ? memory.fault : undefined };
  }

  /**
   * @param listeners those that were confirmed before the broker was asked
   * @returns those of which the broker's list of consumers should be asked for
   */
  noteQueues(
    queues: ReadonlyMap<string, QueueStatistics | undefined>,
    listeners: readonly KeyedListener[],
    nowMs: number,
  ): KeyedListener[] {
    return listeners.filter((keyed) => {
      const name = plainQueueName(keyed.listener.subscribedTo);
      if (name === undefined || !queues.has(name)) return false;
      return this.#noteQueue(keyed, queues.get(name), nowMs);
    });
  }

  noteConsumers(
    consumers: readonly ConsumerStatistics[],
    suspects: readonly KeyedListener[],
    nowMs: number,
  ): void {
    for (const { key, listener } of suspects) {
      const memory = this.#memories.get(key);
      const name = plainQueueName(listener.subscribedTo);
      if (memory === undefined || name === undefined) continue;
      const there = consumers.filter(({ destination }) => destination === name);
      memory.fault = this.#accuse(memory, there, nowMs);
    }
  }

  /** True if the consumers should be looked at. */
  #noteQueue(
    { key, listener }: KeyedListener,
    queue: QueueStatistics | undefined,
    nowMs: number,
  ): boolean {
    const memory = this.#memory(key, listener);
    if (queue === undefined || queue.consumers === 0) {
      memory.hasPending = false;
      memory.fault = notSubscribed('the broker lists no consumer of its queue');
      return false;
    }
    const pending = queue.size - queue.inflight;
    const hasNothing =
      listener.handlingCount + listener.waitingCount + listener.settlingCount === 0;
    const isStanding = pending > 0 && queue.dispatched === memory.dispatched && hasNothing;
    const isHolding = queue.inflight > 0 && hasNothing;
    memory.hasPending = pending > 0;
    memory.dispatched = queue.dispatched;
    memory.standingSinceMs = isStanding ? (memory.standingSinceMs ?? nowMs) : undefined;
    memory.holdingSinceMs = isHolding ? (memory.holdingSinceMs ?? nowMs) : undefined;
    const isSuspect = this.#isLong(memory.standingSinceMs, nowMs);
    if (isSuspect || this.#isLong(memory.holdingSinceMs, nowMs)) return true;
    memory.fault = undefined;
    return false;
  }

  #accuse(
    { standingSinceMs, holdingSinceMs }: Memory,
    there: readonly ConsumerStatistics[],
    nowMs: number,
  ): Fault | undefined {
    const ours = there.filter(({ isOurs }) => isOurs);
    if (ours.length === 0)
      return notSubscribed('the broker lists consumers of its queue, not ours');
    const held = ours.reduce((sum, { inflight }) => sum + inflight, 0);
    if (held > 0 && this.#isLong(holdingSinceMs, nowMs)) {
      return {
        code: 'delivery-lost',
        reason:
          `the broker holds ${held} messages to be delivered to us that never arrived: the ` +
          'subscription is dead, restart the process',
      };
    }
    const isExplained =
      ours.some(({ hasSelector }) => hasSelector) ||
      there.some(({ isExclusive }) => isExclusive) ||
      there.some(({ inflight, prefetch }) => prefetch > 0 && inflight >= prefetch);
    if (isExplained || !this.#isLong(standingSinceMs, nowMs)) return undefined;
    return {
      code: 'not-delivered',
      reason:
        `messages have waited for ${Math.round(nowMs - (standingSinceMs ?? nowMs))} ms at the broker, ` +
        'which lists us and delivers nothing: see whether the queue is paused, or restart the process',
    };
  }

  #isLong(sinceMs: number | undefined, nowMs: number): boolean {
    return sinceMs !== undefined && nowMs - sinceMs >= this.#options.undeliveredMs;
  }

  #memory(key: string, listener: ListenerSnapshot): Memory {
    const progress = progressOf(listener);
    const known = this.#memories.get(key);
    if (known?.progress === progress) return known;
    const made: Memory = {
      progress,
      hasPending: false,
      dispatched: -1,
      standingSinceMs: undefined,
      holdingSinceMs: undefined,
      fault: undefined,
    };
    this.#memories.set(key, made);
    return made;
  }
}

function progressOf({ counts, confirmedAtMs, lastDeliveryAtMs }: ListenerSnapshot): string {
  return JSON.stringify([counts, confirmedAtMs, lastDeliveryAtMs]);
}

function notSubscribed(what: string): Fault {
  return {
    code: 'not-subscribed',
    reason: `${what}: the subscription is lost although it was confirmed; restart the process`,
  };
}
