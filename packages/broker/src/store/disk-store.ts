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
 * A queue that was dropped is not looked for in any of them, so they may still hold records of it.
 */
import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from '../errors.js';
import { type Change, Changes } from './changes.js';
import { lockDirectory } from './directory-lock.js';
import { Journal } from './journal.js';
import { readJournal } from './journal-recovery.js';
import { MessageTree, type PositionedRecord, type RecordChange } from './message-tree.js';
import type { PositionSet } from './position-set.js';
import type {
  QueueNumber,
  ReadLimit,
  RecordKind,
  Store,
  StoredQueue,
  StoredRecord,
} from './store.js';
import { syncDirectory } from './sync-directory.js';
import { takePage } from './take-page.js';

const FORMAT = '2';

/** Formats that a start makes the present one of: nothing in them has changed, it has only become more. */
const OLDER_FORMATS: readonly string[] = ['1'];

/** From this many removed records on, a reader jumps over them. */
const JUMP_RECORDS = 16;

interface Parts {
  readonly journal: Journal;
  readonly tree: MessageTree;
  readonly scratch: MessageTree;
}

/** A queue that can be read. */
interface OpenQueue {
  readonly kind: RecordKind;
  /** `dropping`: gone with the next commit. */
  state: 'live' | 'dropping';
  /** Lowest position that may be put. */
  nextPosition: number;
  hasScratch: boolean;
}

/** What the next commit writes. */
class Batch {
  /** For the journal. */
  readonly changes: Change[] = [];
  readonly scratch: RecordChange[] = [];
  readonly dropped: QueueNumber[] = [];
  /** Those of them that have scratch records. */
  readonly droppedScratch: QueueNumber[] = [];
}

/** Each closes one thing that was opened; the last one opened comes last. */
type Closers = Array<() => void | Promise<void>>;

export class DiskStore implements Store {
  readonly #parts: Parts;
  readonly #closers: Closers;
  #state: 'open' | 'closed' = 'open';
  readonly #stored: readonly StoredQueue[];
  readonly #queues = new Map<QueueNumber, OpenQueue>();
  #nextQueue: number;
  #batch = new Batch();
  /** Durable in the journal, newer than all else. */
  #recent = new Changes();
  /** Durable in the other segment of the journal, on its way into the tree. */
  #moving: Changes | undefined;
  #move: Promise<void> = Promise.resolve();
  #commit: Promise<void> = Promise.resolve();
  /** Why records of dropped queues cannot be removed. */
  #sweepFailure: unknown;

  private constructor(parts: Parts, closers: Closers) {
    this.#parts = parts;
    this.#closers = closers;
    this.#stored = parts.tree.queues();
    for (const { number, nextPosition } of this.#stored) {
      this.#queues.set(number, { ...NEW_QUEUE, kind: 'durable', nextPosition });
    }
    this.#nextQueue = parts.tree.nextQueue();
    this.#sweep(parts.tree);
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
    return this.#stored;
  }

  createQueue(name: string, kind: RecordKind = 'durable'): QueueNumber {
    const queue = this.#nextQueue++;
    this.#queues.set(queue, { ...NEW_QUEUE, kind });
    if (kind === 'durable') this.#batch.changes.push({ type: 'queue', queue, name });
    return queue;
  }

  dropQueue(queue: QueueNumber): void {
    const open = this.#liveQueue(queue);
    open.state = 'dropping';
    this.#batch.dropped.push(queue);
    if (open.hasScratch) this.#batch.droppedScratch.push(queue);
    if (open.kind === 'durable') this.#batch.changes.push({ type: 'drop', queue });
  }

  put(queue: QueueNumber, position: number, record: Uint8Array, kind: RecordKind): void {
    const open = this.#liveQueue(queue);
    assert(kind === 'scratch' || open.kind === 'durable', 'a scratch queue takes scratch records');
    assert(position >= open.nextPosition, 'positions of a queue only grow');
    open.nextPosition = position + 1;
    if (kind === 'durable') this.#batch.changes.push({ type: 'put', queue, position, record });
    else {
      open.hasScratch = true;
      this.#batch.scratch.push([queue, position, record]);
    }
  }

  remove(queue: QueueNumber, position: number, kind: RecordKind): void {
    const open = this.#queues.get(queue);
    if (open?.state !== 'live') return;
    if (kind === 'scratch') this.#batch.scratch.push([queue, position, undefined]);
    else if (open.kind === 'durable') this.#batch.changes.push({ type: 'remove', queue, position });
  }

  read(queue: QueueNumber, from: number, limit: ReadLimit): readonly StoredRecord[] {
    const open = this.#queues.get(queue);
    if (open === undefined) return [];
    const durable = this.#durableRecords(queue, from);
    if (!open.hasScratch) return takePage(durable, limit);
    const scratch = asStored(this.#parts.scratch.read(queue, from), 'scratch');
    return takePage(inOrder(durable, scratch), limit);
  }

  async commit(): Promise<void> {
    assert.equal(this.#state, 'open', 'commits to a store that is closed');
    this.#commit = this.#write();
    await this.#commit;
  }

  async #write(): Promise<void> {
    if (this.#sweepFailure !== undefined) throw this.#sweepFailure;
    const { journal, scratch } = this.#parts;
    const batch = this.#batch;
    this.#batch = new Batch();
    const hasScratch = batch.scratch.length + batch.droppedScratch.length > 0;
    if (hasScratch) {
      await scratch.apply({ records: batch.scratch, droppedQueues: batch.droppedScratch });
    }
    if (batch.changes.length > 0) {
      if (journal.isSegmentFull) await this.#turn();
      await journal.append(batch.changes);
    }
    // All of a batch becomes visible at once: a page must not hold a later record and lack an earlier.
    if (hasScratch) scratch.refresh();
    for (const change of batch.changes) this.#recent.add(change);
    for (const queue of batch.dropped) this.#queues.delete(queue);
    if (batch.droppedScratch.length > 0) this.#sweep(scratch);
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
    this.#sweep(this.#parts.tree);
  }

  /** Whoever commits next hears of a failure. */
  #sweep(tree: MessageTree): void {
    tree.sweep().catch((failure: unknown) => {
      this.#sweepFailure = failure;
    });
  }

  #liveQueue(queue: QueueNumber): OpenQueue {
    const open = this.#queues.get(queue);
    assert(open?.state === 'live', 'uses a queue that was dropped or never created');
    return open;
  }

  *#durableRecords(queue: QueueNumber, from: number): Iterable<StoredRecord> {
    const moving = this.#moving?.of(queue);
    const recent = this.#recent.of(queue);
    const removals = [moving, recent].flatMap((changes) => (changes ? [changes.removals] : []));
    const { tree } = this.#parts;
    const isWhole = removals.length === 0;
    const older = isWhole ? tree.read(queue, from) : remaining(tree, queue, from, removals);
    for (const { position, record } of older) {
      yield { position, kind: 'durable', record };
    }
    for (const [position, record] of moving?.puts.from(from) ?? []) {
      if (!recent?.removals.has(position)) yield { position, kind: 'durable', record };
    }
    for (const [position, record] of recent?.puts.from(from) ?? []) {
      yield { position, kind: 'durable', record };
    }
  }
}

const NEW_QUEUE = { state: 'live', nextPosition: 0, hasScratch: false } as const;

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
  if (format === '' || OLDER_FORMATS.includes(format)) {
    writeFileSync(path, `${FORMAT}\n`, { mode: 0o600, flush: true });
  } else if (format !== FORMAT) {
    throw new StoreError(
      'STOMP_STORE_FORMAT',
      `The message store in ${directory} has format ${format}, this version reads format ${FORMAT}: start it with the version of stompbox that wrote it`,
    );
  }
}

/** Also when all changes have cancelled each other out: the tree knows how far it has come. */
function applyTurn(tree: MessageTree, changes: Changes, segment: Buffer): Promise<void> {
  const [newQueues, records] = [changes.newQueues(), changes.records()];
  return tree.apply({ newQueues, records, droppedQueues: changes.droppedQueues(), segment });
}

/** Records of the tree that no newer layer has removed. */
function* remaining(
  tree: MessageTree,
  queue: QueueNumber,
  from: number,
  removals: readonly PositionSet[],
): Iterable<PositionedRecord> {
  let start: number | undefined = from;
  while (start !== undefined) {
    const records = tree.read(queue, start);
    start = undefined;
    for (const record of records) {
      const kept = nextKept(removals, record.position);
      if (kept === record.position) yield record;
      else if (kept - record.position >= JUMP_RECORDS) {
        start = kept;
        break;
      }
    }
  }
}

/** The first position from this one on that none of the sets holds. */
function nextKept(removals: readonly PositionSet[], position: number): number {
  let kept = position;
  let from: number;
  do {
    from = kept;
    for (const positions of removals) kept = positions.nextAbsent(kept);
  } while (kept !== from);
  return kept;
}

/** Both in the order of positions. */
function* inOrder(
  some: Iterable<StoredRecord>,
  others: Iterable<StoredRecord>,
): Iterable<StoredRecord> {
  const rest = others[Symbol.iterator]();
  try {
    let other = rest.next();
    for (const record of some) {
      for (; !other.done && other.value.position < record.position; other = rest.next()) {
        yield other.value;
      }
      yield record;
    }
    for (; !other.done; other = rest.next()) yield other.value;
  } finally {
    // Not all may have been wanted, and a reader of a tree must be closed.
    rest.return?.();
  }
}

function* asStored(records: Iterable<PositionedRecord>, kind: RecordKind): Iterable<StoredRecord> {
  for (const { position, record } of records) yield { position, kind, record };
}
