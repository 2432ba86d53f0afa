/**
 * The store on disk. A commit appends its batch to a journal, and that is what makes it durable; the
 * changes then wait in memory until the journal's segment is full and go to the B-tree in one
 * transaction. What was consumed meanwhile has cancelled itself out by then.
 *
 *   commit ──▶ journal (synced) ──▶ changes in memory ──segment full──▶ tree (synced) ──▶ segment free
 *
 * Layout of the data directory:
 *
 *   format      one line, the number of this layout
 *   lock-…      see directory-lock.ts
 *   journal/    two segments of 16 MiB, see journal.ts
 *   messages/   the tree, see message-tree.ts
 *   scratch/    a tree without syncs for scratch records, emptied at every start
 *
 * Reads go through all layers, from old to new: tree, changes on their way into the tree, changes since.
 */
import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import { type Change, Changes } from './changes.js';
import { lockDirectory } from './directory-lock.js';
import { Journal } from './journal.js';
import { readJournal } from './journal-recovery.js';
import { isPageFull, MessageTree, type RecordChange } from './message-tree.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';
import { syncDirectory } from './sync-directory.js';

const FORMAT = '1';

interface Parts {
  readonly journal: Journal;
  readonly tree: MessageTree;
  readonly scratch: MessageTree;
}

/** Each closes one thing that was opened; the last one opened comes last. */
type Closers = Array<() => void | Promise<void>>;

export class DiskStore implements Store {
  readonly #parts: Parts;
  readonly #closers: Closers;
  #state: 'open' | 'closed' = 'open';
  readonly #queues: readonly StoredQueue[];
  #nextQueue: number;
  #batch: Change[] = [];
  #scratchBatch: RecordChange[] = [];
  /** Durable in the journal, newer than all else. */
  #recent = new Changes();
  /** Durable in the other segment of the journal, on its way into the tree. */
  #moving: Changes | undefined;
  #move: Promise<void> = Promise.resolve();
  #commit: Promise<void> = Promise.resolve();

  private constructor(parts: Parts, closers: Closers) {
    this.#parts = parts;
    this.#closers = closers;
    this.#queues = parts.tree.queues();
    this.#nextQueue = parts.tree.nextQueue();
  }

  /**
   * Opens or creates the store in a directory.
   * @throws StoreError `STOMP_STORE_UNWRITABLE`, `STOMP_STORE_IN_USE`, `STOMP_STORE_FORMAT`,
   *   `STOMP_STORE_CORRUPT_JOURNAL`
   */
  static async open(directory: string): Promise<DiskStore> {
    const lock = await lockDirectory(directory);
    const closers: Closers = [() => lock.release()];
    try {
      return new DiskStore(await openParts(directory, closers), closers);
    } catch (cause) {
      await closeAll(closers);
      if (cause instanceof StoreError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StoreError(
        'STOMP_STORE_UNWRITABLE',
        `The message store in ${directory} cannot be opened (${reason}): check its permissions and the disk, or choose another data directory`,
        { cause },
      );
    }
  }

  queues(): readonly StoredQueue[] {
    return this.#queues;
  }

  createQueue(name: string): QueueNumber {
    const queue = this.#nextQueue++;
    this.#batch.push({ type: 'queue', queue, name });
    return queue;
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    if (kind === 'durable') this.#batch.push({ type: 'put', queue, position, record });
    else this.#scratchBatch.push([queue, position, record]);
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    if (kind === 'durable') this.#batch.push({ type: 'remove', queue, position });
    else this.#scratchBatch.push([queue, position, undefined]);
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const { scratch } = this.#parts;
    const durable = takePage(this.#durableRecords(queue, from), limit);
    const paged = takePage(asStored(scratch.read(queue, from), 'scratch'), limit);
    if (paged.length === 0) return durable;
    const merged = [...durable, ...paged].sort((a, b) => a.position - b.position);
    return takePage(merged, limit);
  }

  async commit(): Promise<void> {
    assert.equal(this.#state, 'open', 'commits to a store that is closed');
    this.#commit = this.#write();
    await this.#commit;
  }

  async #write(): Promise<void> {
    const { journal, scratch } = this.#parts;
    const batch = this.#batch;
    const scratchBatch = this.#scratchBatch;
    this.#batch = [];
    this.#scratchBatch = [];
    if (scratchBatch.length > 0) await scratch.apply([], scratchBatch);
    if (batch.length > 0) {
      if (journal.isSegmentFull) await this.#turn();
      await journal.append(batch);
    }
    // All of a batch becomes visible at once: a page must not hold a later record and lack an earlier.
    if (scratchBatch.length > 0) scratch.refresh();
    for (const change of batch) this.#recent.add(change);
  }

  async close(): Promise<void> {
    assert.equal(this.#state, 'open', 'closes a store that is closed');
    this.#state = 'closed';
    const { journal, tree } = this.#parts;
    try {
      // Whoever asked for the commit gets its failure; here it only has to be over.
      await Promise.allSettled([this.#commit]);
      // Not needed for safety, the journal has it all; but the next start has nothing to do then.
      await this.#move;
      await applyTurn(tree, this.#recent, journal.segmentId);
    } finally {
      await closeAll(this.#closers);
    }
  }

  /** Sends what is recent into the tree, once what was sent before has arrived. */
  async #turn(): Promise<void> {
    const { journal } = this.#parts;
    await this.#move;
    const moving = this.#recent;
    this.#moving = moving;
    this.#recent = new Changes();
    this.#move = this.#moveIntoTree(moving, journal.segmentId);
    journal.nextTurn();
    // A failure is reported to the next turn or to close; all of it is safe in the journal.
    this.#move.catch(() => {});
  }

  async #moveIntoTree(moving: Changes, segment: Buffer): Promise<void> {
    await applyTurn(this.#parts.tree, moving, segment);
    // In one step, or a read in between would find the records in both layers.
    this.#parts.tree.refresh();
    this.#moving = undefined;
  }

  *#durableRecords(queue: QueueNumber, from: number): Iterable<StoredRecord> {
    const moving = this.#moving;
    const recent = this.#recent;
    for (const { position, record } of this.#parts.tree.read(queue, from)) {
      if (moving?.removes(queue, position) || recent.removes(queue, position)) continue;
      yield { position, kind: 'durable', record };
    }
    for (const [position, record] of moving?.puts(queue, from) ?? []) {
      if (!recent.removes(queue, position)) yield { position, kind: 'durable', record };
    }
    for (const [position, record] of recent.puts(queue, from)) {
      yield { position, kind: 'durable', record };
    }
  }
}

/** Leaves with the closers what it has opened, also when it throws. */
async function openParts(directory: string, closers: Closers): Promise<Parts> {
  checkFormat(directory);
  const messages = join(directory, 'messages');
  const tree = new MessageTree(messages, { durable: true });
  closers.push(() => tree.close());
  // LMDB syncs what it writes into its file, not that there is one.
  syncDirectory(messages);
  const journalDirectory = join(directory, 'journal');
  for (const turn of readJournal(journalDirectory, tree.appliedSegment())) {
    const changes = new Changes();
    for (const change of turn.changes) changes.add(change);
    await applyTurn(tree, changes, turn.segment);
  }
  tree.refresh();
  const journal = Journal.create(journalDirectory);
  closers.push(() => journal.close());
  rmSync(join(directory, 'scratch'), { recursive: true, force: true });
  const scratch = new MessageTree(join(directory, 'scratch'), { durable: false });
  closers.push(() => scratch.close());
  return { journal, tree, scratch };
}

/** Closes what was opened last first, and all of it also when something fails; rejects with that. */
async function closeAll(closers: Closers): Promise<void> {
  const failures: unknown[] = [];
  for (const close of [...closers].reverse()) {
    try {
      await close();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, 'The store could not be closed');
  if (failures.length > 0) throw failures[0];
}

function checkFormat(directory: string): void {
  const path = join(directory, 'format');
  const format = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  // Empty: the machine went down before the first line was on disk.
  if (format === '') writeFileSync(path, `${FORMAT}\n`, { mode: 0o600, flush: true });
  else if (format !== FORMAT) {
    throw new StoreError(
      'STOMP_STORE_FORMAT',
      `The message store in ${directory} has format ${format}, this version reads format ${FORMAT}: start it with the version of stompbox that wrote it`,
    );
  }
}

/** Also when all changes have cancelled each other out: the tree knows how far it has come. */
function applyTurn(tree: MessageTree, changes: Changes, segment: Buffer): Promise<void> {
  return tree.apply(changes.newQueues(), changes.records(), segment);
}

function* asStored(
  records: Iterable<{ position: number; record: Uint8Array }>,
  kind: RecordKind,
): Iterable<StoredRecord> {
  for (const { position, record } of records) yield { position, kind, record };
}

function takePage(records: Iterable<StoredRecord>, limit: ReadLimit): StoredRecord[] {
  const page: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    page.push(record);
    bytes += record.record.length;
    if (isPageFull(page.length, bytes, limit)) break;
  }
  return page;
}
