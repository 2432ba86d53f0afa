/** A store in memory that says what was durable in it, and which queues it still has. */
import { MemoryStore } from '../../dist/store/memory-store.js';
import type { QueueNumber, RecordKind } from '../../dist/store/store.js';

export class RecordingStore extends MemoryStore {
  readonly #live = new Map<QueueNumber, string>();
  /** Records that were put, by kind. */
  readonly puts = { durable: 0, scratch: 0 };

  /** Names of the queues that were created and not dropped. */
  get queueNames(): readonly string[] {
    return [...this.#live.values()];
  }

  override createQueue(name: string, kind: RecordKind = 'durable'): QueueNumber {
    const number = super.createQueue(name, kind);
    this.#live.set(number, `${kind} ${name}`);
    return number;
  }

  override dropQueue(number: QueueNumber): void {
    super.dropQueue(number);
    this.#live.delete(number);
  }

  override put(number: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    super.put(number, position, record, kind);
    this.puts[kind] += 1;
  }
}
