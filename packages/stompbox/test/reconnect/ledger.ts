/**
 * What was sent, what was consumed, and what became of each acknowledgement; so what is lost, and what
 * came twice.
 *
 * - A message is lost if its send has resolved and nobody ever consumed it.
 * - A message that comes again is no surprise if the ACK of its earlier deliveries was refused: the
 *   consumer knows. If one of them was confirmed, nobody could know: that is an unflagged duplicate.
 *   Only what was sent again without a `dedup-id` may do that.
 */

/** Every message has a name of its own; those of some producers are sent without a `dedup-id`. */
export const WITHOUT_DEDUP = 'nodedup';

export type Step = 'confirmed' | 'consumed' | 'acked';

/** One message that was handed to a consumer. `pending`: its ACK is under way, or not asked for yet. */
interface Consumption {
  outcome: 'pending' | 'acked' | 'refused';
}

export interface Totals {
  readonly sent: number;
  readonly retries: number;
  readonly consumed: number;
  readonly lost: readonly string[];
  /** Came again, and the consumer knew. */
  readonly flagged: number;
  /** Came again without a `dedup-id`. */
  readonly withoutDedup: number;
  readonly unflagged: readonly string[];
}

export class Ledger {
  readonly #confirmed = new Set<string>();
  readonly #consumptions = new Map<string, Consumption[]>();
  readonly #watchers = new Set<(step: Step) => void>();
  readonly #maxBacklog: number;
  #waitingProducers: (() => void)[] = [];
  #backlog = 0;
  #asked = 0;
  retries = 0;

  /** @param maxBacklog producers wait while more messages than that are sent and not consumed */
  constructor(maxBacklog: number) {
    this.#maxBacklog = maxBacklog;
  }

  /** Calls back for each step; returns what ends that. */
  watch(watcher: (step: Step) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  newName(producer: string): string {
    return `${producer}-${++this.#asked}`;
  }

  /** Resolves when consumers are not too far behind. */
  async room(): Promise<void> {
    if (this.#backlog < this.#maxBacklog) return;
    await new Promise<void>((resolve) => this.#waitingProducers.push(resolve));
  }

  /** The send has resolved. */
  confirmed(name: string): void {
    this.#confirmed.add(name);
    if (!this.#consumptions.has(name)) this.#backlog++;
    this.#tell('confirmed');
  }

  /** A consumer has done its work. Its acknowledgement is told by what is returned. */
  consumed(name: string): Consumption {
    const consumption: Consumption = { outcome: 'pending' };
    const earlier = this.#consumptions.get(name);
    if (earlier) earlier.push(consumption);
    else {
      this.#consumptions.set(name, [consumption]);
      if (this.#confirmed.has(name)) this.#backlog--;
    }
    this.#tell('consumed');
    if (this.#backlog < this.#maxBacklog) {
      const waiting = this.#waitingProducers;
      this.#waitingProducers = [];
      for (const resolve of waiting) resolve();
    }
    return consumption;
  }

  /** The broker has confirmed an acknowledgement, or it was refused. */
  settled(consumption: Consumption, outcome: 'acked' | 'refused'): void {
    if (consumption.outcome !== 'pending') throw new Error(`It was ${consumption.outcome} already`);
    consumption.outcome = outcome;
    if (outcome === 'acked') this.#tell('acked');
  }

  totals(): Totals {
    const unflagged: string[] = [];
    let consumed = 0;
    let flagged = 0;
    let withoutDedup = 0;
    for (const [name, all] of this.#consumptions) {
      consumed += all.length;
      for (const { outcome } of all.slice(0, -1)) {
        if (outcome === 'refused') flagged++;
        else if (name.startsWith(WITHOUT_DEDUP)) withoutDedup++;
        else unflagged.push(`${name}: ${all.map((one) => one.outcome).join(', ')}`);
      }
    }
    return {
      sent: this.#confirmed.size,
      retries: this.retries,
      consumed,
      lost: [...this.#confirmed].filter((name) => !this.#consumptions.has(name)),
      flagged,
      withoutDedup,
      unflagged,
    };
  }

  #tell(step: Step): void {
    for (const watcher of this.#watchers) watcher(step);
  }
}
