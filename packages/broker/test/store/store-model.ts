/**
 * Random sequences of writes, commits, reads and restarts, with the answers that a plain model of maps
 * gives. A store on disk is also filled, so that its journal takes turns under way, and is restarted
 * both after an orderly end and from a copy of its directory, which is what a crash leaves.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ReadLimit, RecordKind, Store } from '../../dist/store/store.js';
import { shown } from './store-conformance.js';

export type Restart = 'close' | 'crash';

export interface StoreModelOptions {
  /** An empty store. */
  open(): Promise<Store>;
  readonly runs: number;
  /** Which restarts the store survives; each needs `restart`. */
  readonly restarts: readonly Restart[];
  /** Ends the store and opens what it left. */
  readonly restart?: (store: Store, how: Restart) => Promise<Store>;
}

const QUEUES = 3;
/** Takes the records that only fill the journal. */
const BALLAST_QUEUE = QUEUES;
const BALLAST = Buffer.alloc(16 * 1024 * 1024, 'ballast');
const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

type Step =
  | { type: 'put'; queue: number; kind: RecordKind; size: number }
  | { type: 'remove'; queue: number; pick: number; isOtherKind: boolean }
  | { type: 'commit' }
  | { type: 'read'; queue: number; from: number; limit: ReadLimit }
  | { type: 'fill' }
  | { type: 'restart'; how: Restart };

function stepsOf(restarts: readonly Restart[]): fc.Arbitrary<Step[]> {
  const queue = fc.nat(QUEUES - 1);
  const kind = fc.constantFrom<RecordKind>('durable', 'durable', 'scratch');
  const limit = fc.record({ records: fc.integer({ min: 1, max: 8 }), bytes: fc.nat(400) });
  const isOtherKind = fc.nat(9).map((number) => number === 0);
  const step = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  const steps = [
    step(10, fc.record({ type: fc.constant('put'), queue, kind, size: fc.nat(100) })),
    step(6, fc.record({ type: fc.constant('remove'), queue, pick: fc.nat(), isOtherKind })),
    step(5, fc.constant<Step>({ type: 'commit' })),
    step(4, fc.record({ type: fc.constant('read'), queue, from: fc.nat(30), limit })),
  ];
  if (restarts.length > 0) {
    steps.push(step(1, fc.constant<Step>({ type: 'fill' })));
    const how = fc.constantFrom(...restarts);
    steps.push(step(1, fc.record({ type: fc.constant('restart'), how })));
  }
  return fc.array(fc.oneof(...steps), { minLength: 10, maxLength: 60, size: 'max' });
}

interface ModelRecord {
  readonly kind: RecordKind;
  readonly record: Buffer;
}

class Model {
  store: Store;
  readonly #options: StoreModelOptions;
  readonly #queues = Array.from({ length: QUEUES }, () => new Map<number, ModelRecord>());
  readonly #nextPositions: number[] = Array.from({ length: QUEUES + 1 }, () => 0);
  #pending: Array<() => void> = [];

  constructor(store: Store, options: StoreModelOptions) {
    this.store = store;
    this.#options = options;
  }

  async run(step: Step): Promise<void> {
    if (step.type === 'put') this.#put(step.queue, step.kind, step.size);
    else if (step.type === 'remove') this.#remove(step);
    else if (step.type === 'commit') await this.#commit();
    else if (step.type === 'read') this.#read(step.queue, step.from, step.limit);
    else if (step.type === 'fill') await this.#fill();
    else await this.#restart(step.how);
  }

  checkAll(): void {
    for (let queue = 0; queue < QUEUES; queue++) this.#read(queue, 0, ALL);
  }

  #put(queue: number, kind: RecordKind, size: number): void {
    const position = this.#take(queue);
    const record = Buffer.alloc(size, `${queue}/${position} `);
    this.store.put(queue, position, record, kind);
    this.#pending.push(() => this.#records(queue).set(position, { kind, record }));
  }

  #remove({ queue, pick, isOtherKind }: Extract<Step, { type: 'remove' }>): void {
    const records = [...this.#records(queue)];
    const found = records[pick % Math.max(1, records.length)];
    if (found === undefined) return;
    const [position, { kind }] = found;
    if (isOtherKind) this.store.remove(queue, position, kind === 'durable' ? 'scratch' : 'durable');
    else {
      this.store.remove(queue, position, kind);
      this.#pending.push(() => this.#records(queue).delete(position));
    }
  }

  async #commit(): Promise<void> {
    await this.store.commit();
    for (const write of this.#pending) write();
    this.#pending = [];
  }

  #read(queue: number, from: number, limit: ReadLimit): void {
    const page: string[] = [];
    let bytes = 0;
    for (const [position, { kind, record }] of this.#records(queue)) {
      if (position < from) continue;
      page.push(`${position} ${kind} ${record}`);
      bytes += record.length;
      if (page.length >= limit.records || bytes >= limit.bytes) break;
    }
    assert.deepEqual(shown(this.store.read(queue, from, limit)), page);
  }

  /** Fills the segment of the journal, so that the next commit begins another turn. */
  async #fill(): Promise<void> {
    const position = this.#take(BALLAST_QUEUE);
    this.store.put(BALLAST_QUEUE, position, BALLAST, 'durable');
    await this.#commit();
    this.store.remove(BALLAST_QUEUE, position, 'durable');
    await this.#commit();
  }

  async #restart(how: Restart): Promise<void> {
    this.#pending = [];
    if (this.#options.restart === undefined) throw new Error('cannot restart');
    this.store = await this.#options.restart(this.store, how);
    for (const records of this.#queues) {
      for (const [position, { kind }] of records) if (kind === 'scratch') records.delete(position);
    }
    for (const { number, name, depth, nextPosition } of this.store.queues()) {
      assert.equal(name, `queue-${number}`);
      if (number !== BALLAST_QUEUE) {
        const positions = [...this.#records(number).keys()];
        assert.equal(depth, positions.length);
        assert.equal(nextPosition, positions.length === 0 ? 0 : Math.max(...positions) + 1);
      }
      this.#nextPositions[number] = nextPosition;
    }
    assert.equal(this.store.queues().length, QUEUES + 1);
  }

  #take(queue: number): number {
    const position = this.#nextPositions[queue] ?? 0;
    this.#nextPositions[queue] = position + 1;
    return position;
  }

  #records(queue: number): Map<number, ModelRecord> {
    return this.#queues[queue] ?? new Map();
  }
}

export async function storeKeepsToModel(options: StoreModelOptions): Promise<void> {
  const property = fc.asyncProperty(stepsOf(options.restarts), async (steps) => {
    const model = new Model(await options.open(), options);
    try {
      for (let queue = 0; queue <= QUEUES; queue++) {
        assert.equal(model.store.createQueue(`queue-${queue}`), queue);
      }
      await model.store.commit();
      for (const step of steps) await model.run(step);
      model.checkAll();
    } finally {
      await model.store.close();
    }
  });
  await fc.assert(property, { numRuns: options.runs });
}
