/**
 * Operations in the order in which they are to be written, as a list linked through the operations
 * themselves: hundreds of thousands a second come and go, in any order, and none costs an entry.
 */
import type { Operation } from './operation.js';

export class OperationQueue implements Iterable<Operation> {
  #first: Operation | undefined;
  #last: Operation | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get last(): Operation | undefined {
    return this.#last;
  }

  add(operation: Operation): void {
    if (operation.isQueued) throw new Error('OperationQueue: added twice');
    operation.isQueued = true;
    operation.previous = this.#last;
    if (this.#last === undefined) this.#first = operation;
    else this.#last.next = operation;
    this.#last = operation;
    this.#size++;
  }

  /** Does nothing for one that is not in it. */
  delete(operation: Operation): void {
    if (!operation.isQueued) return;
    const { previous, next } = operation;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    operation.previous = undefined;
    operation.next = undefined;
    operation.isQueued = false;
    this.#size--;
  }

  /** Empties it; gives what was in it, in order. */
  takeAll(): Operation[] {
    const all = [...this];
    for (const operation of all) this.delete(operation);
    return all;
  }

  /** The one that is looked at may be deleted meanwhile. */
  *[Symbol.iterator](): Iterator<Operation> {
    for (let operation = this.#first; operation !== undefined; ) {
      const { next } = operation;
      yield operation;
      operation = next;
    }
  }

  get first(): Operation | undefined {
    return this.#first;
  }
}
