/** A dedup window on a store, with a queue of the same store in place of the queues of messages. */

import { type DedupOptions, resolveDedupOptions } from '../../dist/dedup/dedup-options.js';
import { DedupWindow } from '../../dist/dedup/dedup-window.js';
import { CommitLoop, type WriteNumber } from '../../dist/store/commit-loop.js';
import type { QueueNumber, ReadLimit, Store } from '../../dist/store/store.js';
import { FakeClock } from '../fake-clock.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const MESSAGES = 'messages';

export class DedupScene {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly commits: CommitLoop;
  readonly window: DedupWindow;
  readonly corrupt: number[] = [];
  readonly #queue: QueueNumber;
  #position: number;
  #hasRecords = false;

  constructor(store: Store, options: Partial<DedupOptions> = {}, clock = new FakeClock()) {
    this.store = store;
    this.clock = clock;
    this.commits = new CommitLoop(store, clock, (error) => {
      throw error;
    });
    const stored = store.queues().find(({ name }) => name === MESSAGES);
    this.#queue = stored?.number ?? this.commits.createQueue(MESSAGES);
    this.#position = stored?.nextPosition ?? 0;
    this.window = new DedupWindow({
      store,
      clock,
      commits: this.commits,
      options: resolveDedupOptions(options),
      onCorruptRecord: (position) => this.corrupt.push(position),
    });
  }

  /** What the broker does with a SEND; the write that its receipt waits for. */
  sends(id: string, { destination = '/queue/a', isPersistent = true } = {}): WriteNumber {
    const known = this.window.check(destination, id);
    if (known !== 'new') return known;
    const position = this.#position++;
    if (isPersistent) {
      this.#hasRecords = true;
      this.commits.put(this.#queue, position, Buffer.from(`${destination} ${id}`), 'durable');
    }
    return this.window.remember({ destination, id, isPersistent });
  }

  /** Messages that are durable. */
  messages(): string[] {
    return this.store.read(this.#queue, 0, ALL).map(({ record }) => Buffer.from(record).toString());
  }

  /** Records of ids that are durable. */
  storedIds(): number {
    const stored = this.store.queues().find(({ name }) => name === '\u0000dedup');
    // The window creates its queue with its first record, after that of the messages.
    if (stored === undefined && !this.#hasRecords) return 0;
    return this.store.read(stored?.number ?? this.#queue + 1, 0, ALL).length;
  }
}
