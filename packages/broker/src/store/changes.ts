/**
 * Changes that are durable in the journal and not yet in the tree. A message that is put and removed
 * while both stand here never reaches the tree: with consumers that keep up, the tree does not grow.
 *
 * Layers: what stands here hides or completes what older changes and the tree hold.
 */
import type { QueueNumber } from './store.js';

export type Change =
  | { readonly type: 'queue'; readonly queue: QueueNumber; readonly name: string }
  | {
      readonly type: 'put';
      readonly queue: QueueNumber;
      readonly position: number;
      readonly record: Uint8Array;
    }
  | { readonly type: 'remove'; readonly queue: QueueNumber; readonly position: number };

interface QueueChanges {
  /** In the order of positions, because positions of a queue only grow. */
  readonly puts: Map<number, Uint8Array>;
  /** Positions that an older layer holds. */
  readonly removals: Set<number>;
}

export class Changes {
  readonly #newQueues = new Map<QueueNumber, string>();
  readonly #queues = new Map<QueueNumber, QueueChanges>();

  add(change: Change): void {
    if (change.type === 'queue') {
      this.#newQueues.set(change.queue, change.name);
      return;
    }
    const { puts, removals } = this.#of(change.queue);
    if (change.type === 'put') puts.set(change.position, change.record);
    else if (!puts.delete(change.position)) removals.add(change.position);
  }

  newQueues(): Iterable<readonly [QueueNumber, string]> {
    return this.#newQueues;
  }

  /** All puts and removals that are left, queue by queue. */
  *records(): Iterable<[queue: QueueNumber, position: number, record: Uint8Array | undefined]> {
    for (const [queue, { puts, removals }] of this.#queues) {
      for (const position of removals) yield [queue, position, undefined];
      for (const [position, record] of puts) yield [queue, position, record];
    }
  }

  /** Records put here, from a position on. */
  *puts(queue: QueueNumber, from: number): Iterable<[position: number, record: Uint8Array]> {
    const changes = this.#queues.get(queue);
    if (changes === undefined) return;
    for (const entry of changes.puts) if (entry[0] >= from) yield entry;
  }

  removes(queue: QueueNumber, position: number): boolean {
    return this.#queues.get(queue)?.removals.has(position) ?? false;
  }

  #of(queue: QueueNumber): QueueChanges {
    let changes = this.#queues.get(queue);
    if (changes === undefined) {
      changes = { puts: new Map(), removals: new Set() };
      this.#queues.set(queue, changes);
    }
    return changes;
  }
}
