/**
 * Changes that are durable in the journal and not yet in the tree. A message that is put and removed
 * while both stand here never reaches the tree: with consumers that keep up, the tree does not grow.
 * The same is true of a queue that is created and dropped.
 *
 * Layers: what stands here hides or completes what older changes and the tree hold.
 */
import { PositionSet } from './position-set.js';
import { RecordList } from './record-list.js';
import type { QueueNumber } from './store.js';

export type Change =
  | { readonly type: 'queue'; readonly queue: QueueNumber; readonly name: string }
  | { readonly type: 'drop'; readonly queue: QueueNumber }
  | {
      readonly type: 'put';
      readonly queue: QueueNumber;
      readonly position: number;
      readonly record: Uint8Array;
    }
  | { readonly type: 'remove'; readonly queue: QueueNumber; readonly position: number };

export interface QueueChanges {
  readonly puts: RecordList<Uint8Array>;
  /** Positions that an older layer holds. */
  readonly removals: PositionSet;
}

export class Changes {
  readonly #newQueues = new Map<QueueNumber, string>();
  readonly #droppedQueues = new Set<QueueNumber>();
  readonly #queues = new Map<QueueNumber, QueueChanges>();

  add(change: Change): void {
    const { type, queue } = change;
    if (type === 'queue') this.#newQueues.set(queue, change.name);
    else if (type === 'drop') this.#drop(queue);
    else {
      const { puts, removals } = this.#ofQueue(queue);
      if (type === 'put') puts.add(change.position, change.record);
      else if (!puts.remove(change.position)) removals.add(change.position);
    }
  }

  newQueues(): Iterable<readonly [QueueNumber, string]> {
    return this.#newQueues;
  }

  /** Queues that an older layer holds, or the tree. */
  droppedQueues(): Iterable<QueueNumber> {
    return this.#droppedQueues;
  }

  /** All puts and removals that are left, queue by queue. */
  *records(): Iterable<[queue: QueueNumber, position: number, record: Uint8Array | undefined]> {
    for (const [queue, { puts, removals }] of this.#queues) {
      for (const position of removals) yield [queue, position, undefined];
      for (const [position, record] of puts.from(0)) yield [queue, position, record];
    }
  }

  /** Puts and removals of one queue. */
  of(queue: QueueNumber): QueueChanges | undefined {
    return this.#queues.get(queue);
  }

  #drop(queue: QueueNumber): void {
    this.#queues.delete(queue);
    if (!this.#newQueues.delete(queue)) this.#droppedQueues.add(queue);
  }

  #ofQueue(queue: QueueNumber): QueueChanges {
    let changes = this.#queues.get(queue);
    if (changes === undefined) {
      changes = { puts: new RecordList(), removals: new PositionSet() };
      this.#queues.set(queue, changes);
    }
    return changes;
  }
}
