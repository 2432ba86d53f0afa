/**
 * A store in memory that survives its user: `afterCrash` is a store with what was committed, and nothing
 * of what was not.
 */
import { MemoryStore } from '../../dist/store/memory-store.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  StoredQueue,
  StoredRecord,
} from '../../dist/store/store.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

export class CrashingStore extends MemoryStore {
  #uncommitted: string[] = [];
  /** By number. */
  readonly #names: string[] = [];
  #found: readonly StoredQueue[] = [];

  override queues(): readonly StoredQueue[] {
    return this.#found;
  }

  override createQueue(name: string): QueueNumber {
    this.#uncommitted.push(name);
    return super.createQueue(name);
  }

  override async commit(): Promise<void> {
    const created = this.#uncommitted;
    this.#uncommitted = [];
    await super.commit();
    this.#names.push(...created);
  }

  async afterCrash(): Promise<CrashingStore> {
    const next = new CrashingStore();
    const found: StoredQueue[] = [];
    for (const [number, name] of this.#names.entries()) {
      next.createQueue(name);
      const records: readonly StoredRecord[] = this.read(number, 0, ALL).filter(isDurable);
      for (const { position, record } of records) next.put(number, position, record, 'durable');
      const nextPosition = (records.at(-1)?.position ?? -1) + 1;
      found.push({ name, number, depth: records.length, nextPosition });
    }
    await next.commit();
    next.#found = found;
    return next;
  }
}

function isDurable({ kind }: { readonly kind: RecordKind }): boolean {
  return kind === 'durable';
}
