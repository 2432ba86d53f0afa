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

/** What the listener's verdict depends on besides its own snapshot. */
export interface ListenerSurroundings {
  readonly isConnected: boolean;
  readonly isServiceOpen: boolean;
  /** When the connection was lost last. */
  readonly lostAtMs: number;
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
  #unconfirmedSinceMs: number | undefined;
  #progress = '';
  #progressAtMs = 0;

  constructor(name: string, options: ResolvedHealth) {
    this.#name = name;
    this.#options = options;
  }

  judge(listener: ListenerSnapshot, around: ListenerSurroundings, nowMs: number): Verdict {
    this.#followProgress(listener, nowMs);
    if (listener.state === 'draining') this.#isDismissed = true;
    if (listener.state === 'running') this.#isDismissed = false;
    const isConfirmed = this.#isConfirmed(listener, around, nowMs);
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
    if (listener.state !== 'running') return this.#ended(listener, around);
    if (!isConfirmed) return this.#unconfirmed(nowMs);
    if (listener.circuit !== 'closed') {
      return {
        code: 'circuit-open',
        reason: `the circuit is ${listener.circuit}: nearly all its messages fail; see the log for why`,
      };
    }
    return (
      this.#blocked(listener, around, nowMs) ?? this.#stuck(listener, nowMs) ?? around.evidence
    );
  }

  #ended(listener: ListenerSnapshot, { isServiceOpen }: ListenerSurroundings): Fault | undefined {
    if (listener.state !== 'closed' || this.#isDismissed || !isServiceOpen) return undefined;
    return {
      code: 'listener-ended',
      reason: 'its subscription has ended and nobody asked for it: see the log, and start it again',
    };
  }

  #isConfirmed(
    { confirmedAtMs }: ListenerSnapshot,
    { isConnected, lostAtMs }: ListenerSurroundings,
    nowMs: number,
  ): boolean {
    const isConfirmed = isConnected && confirmedAtMs !== undefined && confirmedAtMs >= lostAtMs;
    if (isConfirmed || !isConnected) this.#unconfirmedSinceMs = undefined;
    else this.#unconfirmedSinceMs ??= nowMs;
    return isConfirmed;
  }

  #unconfirmed(nowMs: number): Fault {
    const sinceMs = this.#unconfirmedSinceMs;
    const { confirmWithinMs } = this.#options;
    if (sinceMs === undefined || nowMs - sinceMs < confirmWithinMs) {
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
    if (oldestHandlingSinceMs === undefined) return undefined;
    const { stalledAfterMs, handlerMaxMs } = this.#options;
    const ageMs = nowMs - oldestHandlingSinceMs;
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

  #stuck(listener: ListenerSnapshot, nowMs: number): Fault | undefined {
    const ageMs = nowMs - this.#progressAtMs;
    if (listener.handlingCount > 0 || ageMs < this.#options.stalledAfterMs) return undefined;
    const forMs = `for ${Math.round(ageMs)} ms`;
    if (listener.waitingCount > 0) {
      return {
        code: 'not-begun',
        reason: `${listener.waitingCount} messages wait and no handler has begun ${forMs}`,
      };
    }
    if (listener.settlingCount > 0) {
      return {
        code: 'not-settled',
        reason:
          `${listener.settlingCount} messages are handled and not acknowledged ${forMs}: with ack ` +
          "'manual', the handler must call context.ack(); otherwise the broker does not answer",
      };
    }
    return undefined;
  }

  /** Any change of what is counted is progress, and so is having nothing to do. */
  #followProgress(listener: ListenerSnapshot, nowMs: number): void {
    const { counts, handlingCount, waitingCount, settlingCount } = listener;
    const isIdle = waitingCount + settlingCount + handlingCount === 0;
    const progress = isIdle ? 'idle' : JSON.stringify([counts, handlingCount]);
    if (progress === this.#progress && !isIdle) return;
    this.#progress = progress;
    this.#progressAtMs = nowMs;
  }
}

function stateOf(listener: ListenerSnapshot, isConfirmed: boolean): string {
  if (listener.state !== 'running') return listener.state;
  if (!isConfirmed) return 'subscribing';
  if (listener.circuit !== 'closed') return `circuit ${listener.circuit}`;
  return 'running';
}
