/**
 * Watches heart-beats: what was agreed on, how many came and went, how long the broker is silent.
 * Sending them and noticing their absence is the connection's own work, with or without a listener.
 */
import { type NegotiatedHeartBeat, negotiateHeartBeat, parseHeartBeat } from '@stompbox/protocol';
import { type Clock, systemClock } from '../clock.js';
import type { WaitOptions } from '../operation-options.js';
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';
import { EventWaits, type WaitingOptions } from './event-waits.js';

export class HeartBeatListener implements ConnectionListener {
  readonly #clock: Clock;
  readonly #waits: EventWaits;
  #offered: string | undefined;
  #negotiated: NegotiatedHeartBeat | undefined;
  #received = 0;
  #waitedFor = 0;
  #sent = 0;
  #timeouts = 0;
  #heardAtMs: number | undefined;

  constructor(options: WaitingOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#waits = new EventWaits(options);
  }

  /** Heart-beats of the broker. */
  get received(): number {
    return this.#received;
  }

  /** Heart-beats of ours. */
  get sent(): number {
    return this.#sent;
  }

  /** How often the broker was silent for too long. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** What the last CONNECT and CONNECTED agreed on; 0 is off. Needs `connectWithListeners`. */
  get negotiated(): NegotiatedHeartBeat | undefined {
    return this.#negotiated;
  }

  /** Time in ms since the broker sent a frame or a heart-beat; `undefined` before the first one. */
  get silentMs(): number | undefined {
    return this.#heardAtMs === undefined ? undefined : this.#clock.now() - this.#heardAtMs;
  }

  /**
   * Resolves with the next heart-beat that nobody has waited for, at once if it has come. Default
   * timeout 15,000 ms.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; ConnectionError `STOMP_NET_NOT_CONNECTED` when
   *   the connection is closed; the reason of the signal
   */
  async waitForHeartBeat(options: WaitOptions = {}): Promise<void> {
    await this.#waits.until('a heart-beat', () => this.#nextHeartBeat(), options);
  }

  onSend(frame: ListenerFrame): void {
    if (frame.command === 'CONNECT' || frame.command === 'STOMP') {
      this.#offered = frame.headers.get('heart-beat');
    }
  }

  onConnected(frame: ListenerFrame): void {
    this.#hear();
    this.#waits.reopen();
    if (this.#offered === undefined) return;
    const own = parseHeartBeat(this.#offered);
    this.#negotiated = negotiateHeartBeat(own, parseHeartBeat(frame.headers.get('heart-beat')));
  }

  onHeartBeat(): void {
    this.#hear();
    this.#received += 1;
    this.#waits.check();
  }

  onHeartBeatSent(): void {
    this.#sent += 1;
  }

  onHeartBeatTimeout(): void {
    this.#timeouts += 1;
  }

  onMessage(): void {
    this.#hear();
  }

  onReceipt(): void {
    this.#hear();
  }

  onError(): void {
    this.#hear();
  }

  onClosed(error: Error | undefined): void {
    this.#waits.end(error);
  }

  #hear(): void {
    this.#heardAtMs = this.#clock.now();
  }

  #nextHeartBeat(): number | undefined {
    if (this.#waitedFor === this.#received) return undefined;
    this.#waitedFor += 1;
    return this.#waitedFor;
  }
}
