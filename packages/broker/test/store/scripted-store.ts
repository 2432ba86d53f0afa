/** A store whose commits end when a test says so. */
import type { QueueNumber, RecordKind, Store, StoredRecord } from '../../dist/store/store.js';

export class ScriptedStore implements Store {
  /** Every call in its order: `put 0`, `remove 0`, `commit`. */
  readonly calls: string[] = [];
  readonly #commits: Array<{ resolve: () => void; reject: (cause: Error) => void }> = [];

  /** Commits that have begun and not ended. */
  get openCommits(): number {
    return this.#commits.length;
  }

  /** Commits that have begun. */
  get commitCount(): number {
    return this.calls.filter((call) => call === 'commit').length;
  }

  queues(): readonly never[] {
    return [];
  }

  createQueue(name: string, kind: RecordKind): QueueNumber {
    this.calls.push(`${kind} queue ${name}`);
    return 0;
  }

  dropQueue(queue: QueueNumber): void {
    this.calls.push(`drop ${queue}`);
  }

  put(_queue: QueueNumber, position: number, _record: Uint8Array, _kind: RecordKind): void {
    this.calls.push(`put ${position}`);
  }

  remove(_queue: QueueNumber, position: number, _kind: RecordKind): void {
    this.calls.push(`remove ${position}`);
  }

  read(): readonly StoredRecord[] {
    return [];
  }

  commit(): Promise<void> {
    this.calls.push('commit');
    return new Promise((resolve, reject) => {
      this.#commits.push({ resolve, reject });
    });
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  /** Ends the oldest open commit, and waits until all that follows from it has happened. */
  async endCommit(): Promise<void> {
    this.#commits.shift()?.resolve();
    await turn();
  }

  async failCommit(cause: Error): Promise<void> {
    this.#commits.shift()?.reject(cause);
    await turn();
  }
}

/** The rest of this turn of the event loop, and what it leads to. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
