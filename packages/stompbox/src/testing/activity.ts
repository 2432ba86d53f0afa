/**
 * What goes on between an application and its test broker, as far as it can be seen: frames on their way
 * and events of the service. From that follow two things that replace every sleep:
 *
 *   settled   several turns of the event loop went by without anything going on
 *   next      something goes on again, or has not for so long in real time
 *
 * Heart-beats do not count: they go on for ever.
 */
import { systemClock } from '@stompbox/client';

/** One step inside the broker takes up to three turns: store, commit, flush. */
const QUIET_TURNS = 8;

/** A message that is requeued for ever never comes to rest. */
const MOST_TURNS = 5_000;

export class Activity {
  #count = 0;
  #waiting: Array<() => void> = [];

  /** Something has happened. */
  note(): void {
    this.#count += 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing goes on any more, except for what never ends. */
  async settled(): Promise<void> {
    let seen = this.#count;
    let quiet = 0;
    for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      quiet = this.#count === seen ? quiet + 1 : 0;
      seen = this.#count;
    }
  }

  /** How much has happened so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * True when more has happened than `seen` before `silenceMs` of real time were over; so nothing is
   * missed that happens while the caller looks around.
   */
  next(seen: number, silenceMs: number): Promise<boolean> {
    if (this.#count !== seen) return Promise.resolve(true);
    return new Promise((resolve) => {
      // A loop that was blocked has not looked yet at what is due.
      const confirm = () => void this.settled().then(() => resolve(this.#count !== seen));
      const cancel = systemClock.setTimer(confirm, silenceMs, { keepAlive: true });
      this.#waiting.push(() => {
        cancel();
        resolve(true);
      });
    });
  }
}
