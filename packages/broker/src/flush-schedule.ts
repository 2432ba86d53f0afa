/**
 * Connections with something to write are flushed together at the end of the turn: a topic message to
 * a thousand subscribers, or a hundred messages to one, cost one write per connection.
 */
export interface Flushable {
  flush(): void;
}

export class FlushSchedule {
  #due: Flushable[] = [];

  /** The caller takes care to ask only once per flush. */
  add(flushable: Flushable): void {
    if (this.#due.push(flushable) === 1) setImmediate(() => this.#run());
  }

  #run(): void {
    const due = this.#due;
    this.#due = [];
    for (const flushable of due) flushable.flush();
  }
}
