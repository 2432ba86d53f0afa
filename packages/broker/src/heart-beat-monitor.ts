/**
 * Heart-beats of one connection, in both directions (STOMP 1.2, "Heart-beating"): sends a line feed when
 * nothing else was sent, and reports a peer from which no byte came for `GRACE` times the agreed
 * interval. Any byte is a sign of life, also in the middle of a frame.
 *
 * While nobody reads the peer it is not listened for, however long that takes, and afterwards it has the
 * whole time again: what it sent may still be on its way. Beats are sent all the while.
 */
import type { NegotiatedHeartBeat } from '@stompbox/protocol';
import type { Clock } from './clock.js';

/** Two intervals, because the specification asks the receiver to tolerate delays. */
const GRACE = 2;

/** A line feed leaves this part of the interval early, so that it arrives in time. */
const EARLY = 0.9;

export interface HeartBeatActions {
  beat(): void;
  peerIsSilent(silentMs: number): void;
}

export class HeartBeatMonitor {
  readonly #clock: Clock;
  readonly #actions: HeartBeatActions;
  readonly #sendEveryMs: number;
  readonly #expectWithinMs: number;
  #lastSentAt: number;
  #lastReceivedAt: number;
  #hearing: 'listening' | 'deaf';
  #cancelSend: (() => void) | undefined;
  #cancelExpect: (() => void) | undefined;

  /** @param hearing `deaf`: nobody reads the peer at the moment */
  constructor(
    agreed: NegotiatedHeartBeat,
    clock: Clock,
    actions: HeartBeatActions,
    hearing: 'listening' | 'deaf' = 'listening',
  ) {
    this.#clock = clock;
    this.#actions = actions;
    this.#hearing = hearing;
    this.#sendEveryMs = agreed.outgoingMs * EARLY;
    this.#expectWithinMs = agreed.incomingMs * GRACE;
    this.#lastSentAt = clock.monotonicMs();
    this.#lastReceivedAt = clock.monotonicMs();
    if (agreed.outgoingMs > 0) this.#waitToSend(this.#sendEveryMs);
    if (agreed.incomingMs > 0) this.#waitToReceive(this.#expectWithinMs);
  }

  sent(): void {
    if (this.#sendEveryMs > 0) this.#lastSentAt = this.#clock.monotonicMs();
  }

  received(): void {
    if (this.#expectWithinMs > 0) this.#lastReceivedAt = this.#clock.monotonicMs();
  }

  /** The peer is not read from now on. */
  stopListening(): void {
    this.#hearing = 'deaf';
  }

  /** The peer is read again. */
  listen(): void {
    this.#hearing = 'listening';
    this.received();
  }

  stop(): void {
    this.#cancelSend?.();
    this.#cancelExpect?.();
  }

  #waitToSend(delayMs: number): void {
    this.#cancelSend = this.#clock.setTimer(() => {
      const idleMs = this.#clock.monotonicMs() - this.#lastSentAt;
      if (idleMs >= this.#sendEveryMs) {
        this.#lastSentAt = this.#clock.monotonicMs();
        this.#actions.beat();
        this.#waitToSend(this.#sendEveryMs);
      } else this.#waitToSend(this.#sendEveryMs - idleMs);
    }, delayMs);
  }

  #waitToReceive(delayMs: number): void {
    this.#cancelExpect = this.#clock.setTimer(() => {
      const silentMs = this.#clock.monotonicMs() - this.#lastReceivedAt;
      if (this.#hearing === 'listening' && silentMs < this.#expectWithinMs) {
        this.#waitToReceive(this.#expectWithinMs - silentMs);
        return;
      }
      this.#waitToReceive(this.#expectWithinMs);
      if (this.#hearing === 'listening') this.#actions.peerIsSilent(silentMs);
    }, delayMs);
  }
}
