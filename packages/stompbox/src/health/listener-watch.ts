/**
 * One listener on one destination, from sample to sample: whether it can get messages, whether it gets
 * on with those that it has, and since when not.
 *
 * What it cannot see: messages that wait at the broker (statistics do) and a dead subscription that
 * looks alive from here (statistics and the canary do).
 */
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import type { ResolvedHealth } from './health-options.js';
import type { Fault, Verdict } from './health-report.js';
import { Sighting } from './sighting.js';

/** What the listener's verdict depends on besides its own snapshot. */
export interface ListenerSurroundings {
  readonly isConnected: boolean;
  readonly isServiceOpen: boolean;
  /** How often the connection was lost. */
  readonly losses: number;
  readonly isRequired: boolean;
  /** Messages wait for it at the broker, as its statistics say. */
  readonly hasPending: boolean;
  /** What the broker's statistics say against it. */
  readonly evidence: Fault | undefined;
}

export class ListenerWatch {
  readonly #options: ResolvedHealth;
  readonly #name: string;
  #hasStarted = false;
  /** It was told to stop, by `close()` of its handle. */
  #isDismissed = false;
  /** A confirmation, and how often the connection had been lost when it was first seen. */
  #confirmation: { readonly atMs: number | undefined; readonly losses: number } | undefined;
  readonly #unconfirmed = new Sighting();
  readonly #handling = new Sighting();
  readonly #progress = new Sighting();
  readonly #activity = new Sighting();
  #activeSinceMs = 0;

  constructor(name: string, options: ResolvedHealth) {
    this.#name = name;
    this.#options = options;
  }

  /** When a delivery or a new confirmation was last noticed. */
  get activeSinceMs(): number {
    return this.#activeSinceMs;
  }

  judge(listener: ListenerSnapshot, around: ListenerSurroundings, nowMs: number): Verdict {
    const activity = `${listener.confirmedAtMs} ${listener.lastDeliveryAtMs}`;
    this.#activeSinceMs = this.#activity.since(activity, nowMs);
    if (listener.state === 'draining') this.#isDismissed = true;
    if (listener.state === 'running') this.#isDismissed = false;
    const isConfirmed = this.#isConfirmed(listener, around);
    const fault = this.#fault(listener, around, isConfirmed, nowMs);
    if (fault === undefined) this.#hasStarted = true;
    return {
      component: 'listener',
      name: this.#name,
      state: stateOf(listener, isConfirmed),
      isRequired: around.isRequired,
      hasStarted: this.#hasStarted,
      fault,
    };
  }

  #fault(
    listener: ListenerSnapshot,
    around: ListenerSurroundings,
    isConfirmed: boolean,
    nowMs: number,
  ): Fault | undefined {
    // Both go on being followed, whatever comes first.
    const blocked = this.#blocked(listener, around, nowMs);
    const stuck = this.#stuck(listener, nowMs);
    const isWaiting = around.isConnected && !isConfirmed;
    const unconfirmedSinceMs = this.#unconfirmed.since(isWaiting, nowMs);
    if (listener.state !== 'running') return this.#ended(listener, around);
    if (!isConfirmed) return this.#notConfirmed(isWaiting ? nowMs - unconfirmedSinceMs : 0);
    if (listener.circuit !== 'closed') {
      return {
        code: 'circuit-open',
        reason: `the circuit is ${listener.circuit}: nearly all its messages fail; see the log for why`,
      };
    }
    return blocked ?? stuck ?? around.evidence;
  }

  #ended(listener: ListenerSnapshot, { isServiceOpen }: ListenerSurroundings): Fault | undefined {
    if (listener.state !== 'closed' || this.#isDismissed || !isServiceOpen) return undefined;
    return {
      code: 'listener-ended',
      reason: 'its subscription has ended and nobody asked for it: see the log, and start it again',
    };
  }

  /** The same confirmation after a loss is an old one. */
  #isConfirmed(
    { confirmedAtMs }: ListenerSnapshot,
    { isConnected, losses }: ListenerSurroundings,
  ): boolean {
    if (this.#confirmation?.atMs !== confirmedAtMs || this.#confirmation === undefined) {
      this.#confirmation = { atMs: confirmedAtMs, losses };
    }
    const isNew = this.#confirmation.losses === losses;
    return isConnected && confirmedAtMs !== undefined && isNew;
  }

  #notConfirmed(ageMs: number): Fault {
    const { confirmWithinMs } = this.#options;
    if (ageMs < confirmWithinMs) {
      return {
        code: 'not-confirmed',
        reason: 'the broker has not confirmed its subscription since the connection was made',
      };
    }
    return {
      code: 'never-confirmed',
      reason: `the broker did not confirm its subscription within ${confirmWithinMs} ms: it is lost`,
    };
  }

  #blocked(
    { oldestHandlingSinceMs, waitingCount }: ListenerSnapshot,
    { hasPending }: ListenerSurroundings,
    nowMs: number,
  ): Fault | undefined {
    const ageMs = nowMs - this.#handling.since(oldestHandlingSinceMs, nowMs);
    if (oldestHandlingSinceMs === undefined) return undefined;
    const { stalledAfterMs, handlerMaxMs } = this.#options;
    const isWaitedFor = (waitingCount > 0 || hasPending) && ageMs >= stalledAfterMs;
    if (!isWaitedFor && ageMs < handlerMaxMs) return undefined;
    const others = isWaitedFor ? ' while messages wait' : '';
    return {
      code: 'handler-blocked',
      reason:
        `a handler has been running for ${Math.round(ageMs)} ms${others}: give what it waits for a ` +
        `time limit, or raise ${isWaitedFor ? 'stalledAfterMs' : 'handlerMaxMs'}`,
    };
  }

  /** Any change of what is counted is progress, and so is having nothing to do. */
  #stuck(listener: ListenerSnapshot, nowMs: number): Fault | undefined {
    const { counts, handlingCount, waitingCount, settlingCount } = listener;
    const isIdle = waitingCount + settlingCount + handlingCount === 0;
    const progress = JSON.stringify(isIdle ? 'idle' : [counts, handlingCount]);
    const ageMs = nowMs - this.#progress.since(progress, nowMs);
    if (isIdle || handlingCount > 0 || ageMs < this.#options.stalledAfterMs) return undefined;
    const forMs = `for ${Math.round(ageMs)} ms`;
    if (waitingCount > 0) {
      return {
        code: 'not-begun',
        reason: `${waitingCount} messages wait and no handler has begun ${forMs}`,
      };
    }
    return {
      code: 'not-settled',
      reason:
        `${settlingCount} messages are handled and not acknowledged ${forMs}: with ack 'manual', the ` +
        'handler must call context.ack(); otherwise the broker does not answer',
    };
  }
}

function stateOf(listener: ListenerSnapshot, isConfirmed: boolean): string {
  if (listener.state !== 'running') return listener.state;
  if (!isConfirmed) return 'subscribing';
  if (listener.circuit !== 'closed') return `circuit ${listener.circuit}`;
  return 'running';
}
