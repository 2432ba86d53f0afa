/**
 * Heart-beats of one session, in both directions.
 *
 * Any byte counts as life, in either direction: half of a large frame proves as much as a line feed
 * (STOMP 1.2, "Heart-beating"). An outgoing beat is written only when nothing else was.
 *
 * A late timer is not a dead peer. When user code blocks the event loop, the peer's beats wait in
 * the socket while this timer fires first; so a silent peer gets one more turn of the loop, in
 * which the socket is read, before it is declared dead.
 */
import type { NegotiatedHeartBeat } from '@stompbox/protocol';
import { type Clock, nextTurn } from './clock.js';

export interface HeartBeatActions {
  /** Write one line feed. */
  beat(): void;
  /** The peer has been silent for too long. Called at most once. */
  handleSilence(silentMs: number): void;
}

/**
 * A promise to send every n ms is kept with room for late timers: brokers without tolerance
 * (ActiveMQ's grace multiplier is 1) would drop a client that beats exactly in time.
 */
const BEAT_FRACTION = 0.8;

export class HeartBeatMonitor {
  readonly #clock: Clock;
  readonly #actions: HeartBeatActions;
  readonly #beatMs: number;
  readonly #silenceMs: number;
  #lastReadAt: number;
  #lastWriteAt: number;
  #cancelBeat: (() => void) | undefined;
  #cancelCheck: (() => void) | undefined;
  #isStopped = false;

  constructor(
    clock: Clock,
    negotiated: NegotiatedHeartBeat,
    toleranceFactor: number,
    actions: HeartBeatActions,
  ) {
    this.#clock = clock;
    this.#actions = actions;
    this.#beatMs = Math.max(1, Math.floor(negotiated.outgoingMs * BEAT_FRACTION));
    this.#silenceMs = Math.ceil(negotiated.incomingMs * toleranceFactor);
    this.#lastReadAt = clock.now();
    this.#lastWriteAt = this.#lastReadAt;
    if (negotiated.outgoingMs > 0) this.#awaitBeat(this.#beatMs);
    if (negotiated.incomingMs > 0) this.#awaitCheck(this.#silenceMs);
  }

  noteRead(): void {
    this.#lastReadAt = this.#clock.now();
  }

  /** We do not read, so silence proves nothing until the next `noteRead`. */
  holdRead(): void {
    this.#lastReadAt = Number.POSITIVE_INFINITY;
  }

  noteWrite(): void {
    this.#lastWriteAt = this.#clock.now();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelBeat?.();
    this.#cancelCheck?.();
  }

  #awaitBeat(delayMs: number): void {
    this.#cancelBeat = this.#clock.setTimer(() => this.#beatIfIdle(), delayMs);
  }

  #beatIfIdle(): void {
    const idleMs = this.#clock.now() - this.#lastWriteAt;
    if (idleMs < this.#beatMs) {
      this.#awaitBeat(Math.ceil(this.#beatMs - idleMs));
      return;
    }
    this.#actions.beat();
    if (!this.#isStopped) this.#awaitBeat(this.#beatMs);
  }

  #silentMs(): number {
    return Math.max(0, this.#clock.now() - this.#lastReadAt);
  }

  #awaitCheck(delayMs: number): void {
    this.#cancelCheck = this.#clock.setTimer(() => this.#checkSilence(), delayMs);
  }

  #checkSilence(): void {
    const silentMs = this.#silentMs();
    if (silentMs < this.#silenceMs) this.#awaitCheck(Math.ceil(this.#silenceMs - silentMs));
    else nextTurn(() => this.#confirmSilence());
  }

  #confirmSilence(): void {
    if (this.#isStopped) return;
    const silentMs = this.#silentMs();
    if (silentMs < this.#silenceMs) this.#awaitCheck(Math.ceil(this.#silenceMs - silentMs));
    else this.#actions.handleSilence(Math.round(silentMs));
  }
}
