/**
 * What a queue or topic counts about itself. The object is embedded in it and changed in place, one
 * addition per event; statistics replies, metrics and management read it and never change it, except
 * for the longest and shortest time, which a reset of the broker's statistics starts again.
 *
 * Invariant: all members are whole numbers, and all have a number from the start, so that every object
 * has the same shape. Counts only grow; `size`, `bytes`, `inflight`, `consumers` and `producers` say
 * what is there now.
 */

export interface DestinationCounters {
  /** Messages that were sent to it. */
  enqueued: number;
  /** Bytes of these messages, head and body. */
  enqueuedBytes: number;
  /** Messages that a consumer is done with. */
  dequeued: number;
  /** Deliveries: messages offered to a consumer, each time. */
  dispatched: number;
  /** Deliveries of a message that had been delivered before. */
  redelivered: number;
  expired: number;
  deadLettered: number;
  /** Topic messages given up for subscribers that were too slow. */
  discarded: number;
  /** Messages that it holds now, those with a consumer included. */
  size: number;
  /** Their bytes. */
  bytes: number;
  /** Delivered and not yet settled. */
  inflight: number;
  consumers: number;
  producers: number;
  /** Messages whose time in the destination was measured, from the SEND until a consumer was done. */
  heldCount: number;
  /** Sum of these times, in ms. */
  heldMs: number;
  /** The shortest of them, in ms; -1 while none is known. */
  heldMinMs: number;
  /** The longest of them, in ms; -1 while none is known. */
  heldMaxMs: number;
}

export function newDestinationCounters(): DestinationCounters {
  return {
    enqueued: 0,
    enqueuedBytes: 0,
    dequeued: 0,
    dispatched: 0,
    redelivered: 0,
    expired: 0,
    deadLettered: 0,
    discarded: 0,
    size: 0,
    bytes: 0,
    inflight: 0,
    consumers: 0,
    producers: 0,
    heldCount: 0,
    heldMs: 0,
    heldMinMs: -1,
    heldMaxMs: -1,
  };
}

/** A consumer is done with a message that was sent so long ago; a clock set back counts as no time. */
export function countHeld(counters: DestinationCounters, milliseconds: number): void {
  const ms = Math.max(0, Math.round(milliseconds));
  counters.heldCount += 1;
  counters.heldMs += ms;
  if (counters.heldMinMs < 0 || ms < counters.heldMinMs) counters.heldMinMs = ms;
  if (ms > counters.heldMaxMs) counters.heldMaxMs = ms;
}

/** Forgets the longest and shortest time. */
export function restartExtremes(counters: DestinationCounters): void {
  counters.heldMinMs = -1;
  counters.heldMaxMs = -1;
}

/** Adds what only grows, and the extremes; what is there now stays out of it. */
export function addHistory(sum: DestinationCounters, other: Readonly<DestinationCounters>): void {
  sum.enqueued += other.enqueued;
  sum.enqueuedBytes += other.enqueuedBytes;
  sum.dequeued += other.dequeued;
  sum.dispatched += other.dispatched;
  sum.redelivered += other.redelivered;
  sum.expired += other.expired;
  sum.deadLettered += other.deadLettered;
  sum.discarded += other.discarded;
  sum.heldCount += other.heldCount;
  sum.heldMs += other.heldMs;
  if (sum.heldMinMs < 0 || (other.heldMinMs >= 0 && other.heldMinMs < sum.heldMinMs)) {
    sum.heldMinMs = other.heldMinMs;
  }
  sum.heldMaxMs = Math.max(sum.heldMaxMs, other.heldMaxMs);
}

/** Adds what is there now. */
export function addPresent(sum: DestinationCounters, other: Readonly<DestinationCounters>): void {
  sum.size += other.size;
  sum.bytes += other.bytes;
  sum.inflight += other.inflight;
  sum.consumers += other.consumers;
  sum.producers += other.producers;
}

/** What only grows, counted from `start` on; the rest as it is. */
export function since(
  start: Readonly<DestinationCounters>,
  now: Readonly<DestinationCounters>,
): DestinationCounters {
  return {
    ...now,
    enqueued: now.enqueued - start.enqueued,
    enqueuedBytes: now.enqueuedBytes - start.enqueuedBytes,
    dequeued: now.dequeued - start.dequeued,
    dispatched: now.dispatched - start.dispatched,
    redelivered: now.redelivered - start.redelivered,
    expired: now.expired - start.expired,
    deadLettered: now.deadLettered - start.deadLettered,
    discarded: now.discarded - start.discarded,
    heldCount: now.heldCount - start.heldCount,
    heldMs: now.heldMs - start.heldMs,
  };
}
