/**
 * The frame watchdog: bytes of the broker within `silentMs`, heart-beats or not.
 *
 * The client cuts a connection whose agreed heart-beats stay out. Where none were agreed, silence alone
 * proves nothing, so at half the time the broker is asked for an answer (an empty transaction); then
 * silence does prove something. Time in which this process itself stood still is not held against the
 * broker: a sample that comes late counts for two at most.
 */
import type { Fault } from './health-report.js';
import type { WatchedConnection } from './health-source.js';

export class SilenceWatch {
  readonly #silentMs: number;
  readonly #sampleMs: number;
  #connection: WatchedConnection | undefined;
  #bytesIn = 0;
  #sampledAtMs = 0;
  #quietMs = 0;
  #hasAsked = false;

  constructor(options: { readonly silentMs: number; readonly sampleMs: number }) {
    this.#silentMs = options.silentMs;
    this.#sampleMs = options.sampleMs;
  }

  /** @param connection the one that is connected now */
  sample(connection: WatchedConnection | undefined, nowMs: number): Fault | undefined {
    const elapsedMs = Math.min(nowMs - this.#sampledAtMs, 2 * this.#sampleMs);
    this.#sampledAtMs = nowMs;
    const bytesIn = connection?.stats().bytesIn ?? 0;
    if (connection === undefined || connection !== this.#connection || bytesIn !== this.#bytesIn) {
      this.#connection = connection;
      this.#bytesIn = bytesIn;
      this.#quietMs = 0;
      this.#hasAsked = false;
      return undefined;
    }
    this.#quietMs += elapsedMs;
    if (!this.#hasAsked) {
      // However rarely samples are taken, there is time for an answer.
      if (this.#quietMs >= this.#silentMs / 2) this.#ask(connection);
      return undefined;
    }
    if (this.#quietMs < this.#silentMs) return undefined;
    return {
      code: 'silent',
      reason:
        `the broker sent no byte for ${Math.round(this.#quietMs)} ms, although it was asked for an ` +
        'answer: the connection is dead, or the broker hangs; look at the network and the broker',
    };
  }

  #ask(connection: WatchedConnection): void {
    this.#hasAsked = true;
    // The answer is not looked at: that bytes came is. A failure means that none did, or a new
    // connection.
    connection.rtt({ timeoutMs: this.#silentMs }).catch(() => undefined);
  }
}
