/**
 * Random sequences of writes, commits, reads, drops and restarts, with the answers that a plain model of
 * maps gives. A store on disk is also filled, so that its journal takes turns under way, and is restarted
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

/** At the start; one more takes the records that only fill the journal. */
const QUEUES = 3;
const BALLAST = Buffer.alloc(16 * 1024 * 1024, 'ballast');
const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };

/** `queue` picks one of those that are there. */
type Step =
  | { type: 'create'; kind: RecordKind }
  | { type: 'drop'; queue: number }
  | { type: 'put'; queue: number; kind: RecordKind; size: number }
  | { type: 'remove'; queue: number; pick: number; isOtherKind: boolean }
  | { type: 'commit' }
  | { type: 'read'; queue: number; from: number; limit: ReadLimit }
  | { type: 'fill' }
  | { type: 'restart'; how: Restart };

function stepsOf(restarts: readonly Restart[]): fc.Arbitrary<Step[]> {
  const queue = fc.nat();
  const kind = fc.constantFrom<RecordKind>('durable', 'durable', 'scratch');
  const limit = fc.record({ records: fc.integer({ min: 1, max: 8 }), bytes: fc.nat(400) });
  const isOtherKind = fc.nat(9).map((number) => number === 0);
  const step = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  const steps = [
    step(2, fc.record({ type: fc.constant('create'), kind })),
    step(2, fc.record({ type: fc.constant('drop'), queue })),
    step(14, fc.record({ type: fc.constant('put'), queue, kind, size: fc.nat(100) })),
    step(8, fc.record({ type: fc.constant('remove'), queue, pick: fc.nat(), isOtherKind })),
    step(6, fc.constant<Step>({ type: 'commit' })),
    step(5, fc.record({ type: fc.constant('read'), queue, from: fc.nat(30), limit })),
  ];
  if (restarts.length > 0) {
    steps.push(step(2, fc.constant<Step>({ type: 'fill' })));
    const how = fc.constantFrom(...restarts);
    steps.push(step(2, fc.record({ type: fc.constant('restart'), how })));
  }
  return fc.array(fc.oneof(...steps), { minLength: 10, maxLength: 80, size: 'max' });
}

interface ModelRecord {
  readonly kind: RecordKind;
  readonly record: Buffer;
}

interface ModelQueue {
  readonly name: string;
  readonly number: number;
  readonly kind: RecordKind;
  nextPosition: number;
  /** What was committed. */
  readonly records: Map<number, ModelRecord>;
}

class Model {
  store: Store;
  readonly #options: StoreModelOptions;
  /** Queues as the next commit would leave them. */
  #live: ModelQueue[] = [];
  /** Queues as the last commit has left them. */
  #committed = new Map<number, ModelQueue>();
  /** All numbers since the last start. */
  #numbers = new Set<number>();
  #ballast: ModelQueue | undefined;
  #created = 0;
  #pending: Array<() => void> = [];

  constructor(store: Store, options: StoreModelOptions) {
    this.store = store;
    this.#options = options;
  }

  async start(): Promise<void> {
    for (let queue = 0; queue < QUEUES; queue++) this.#create('durable');
    this.#create('durable');
    this.#ballast = this.#live.pop();
    await this.#commit();
  }

  async run(step: Step): Promise<void> {
    if (step.type === 'create') this.#create(step.kind);
    else if (step.type === 'commit') await this.#commit();
    else if (step.type === 'fill') await this.#fill();
    else if (step.type === 'restart') await this.#restart(step.how);
    else {
      const queue = this.#live[step.queue % Math.max(1, this.#live.length)];
      if (queue === undefined) return;
      if (step.type === 'drop') this.#drop(queue);
      else if (step.type === 'put') this.#put(queue, step.kind, step.size);
      else if (step.type === 'remove') this.#remove(queue, step);
      else this.#read(queue.number, step.from, step.limit);
    }
  }

  checkAll(): void {
    for (const number of this.#numbers) this.#read(number, 0, ALL);
  }

  #create(kind: RecordKind): void {
    const name = `queue-${this.#created++}`;
    const number = this.store.createQueue(name, kind);
    assert.ok(!this.#numbers.has(number), `${number} is the number of another queue`);
    this.#numbers.add(number);
    const queue = { name, number, kind, nextPosition: 0, records: new Map() };
    this.#live.push(queue);
    this.#pending.push(() => this.#committed.set(number, queue));
  }

  #drop(queue: ModelQueue): void {
    this.store.dropQueue(queue.number);
    this.#live = this.#live.filter((other) => other !== queue);
    this.#pending.push(() => this.#committed.delete(queue.number));
  }

  #put(queue: ModelQueue, wanted: RecordKind, size: number): void {
    const kind = queue.kind === 'scratch' ? 'scratch' : wanted;
    const position = queue.nextPosition++;
    const record = Buffer.alloc(size, `${queue.number}/${position} `);
    this.store.put(queue.number, position, record, kind);
    this.#pending.push(() => queue.records.set(position, { kind, record }));
  }

  #remove(queue: ModelQueue, { pick, isOtherKind }: Extract<Step, { type: 'remove' }>): void {
    const { number } = queue;
    const records = [...queue.records];
    const found = records[pick % Math.max(1, records.length)];
    if (found === undefined) return;
    const [position, { kind }] = found;
    if (isOtherKind)
      this.store.remove(number, position, kind === 'durable' ? 'scratch' : 'durable');
    else {
      this.store.remove(number, position, kind);
      this.#pending.push(() => queue.records.delete(position));
    }
  }

  async #commit(): Promise<void> {
    await this.store.commit();
    for (const write of this.#pending) write();
    this.#pending = [];
  }

  #read(number: number, from: number, limit: ReadLimit): void {
    const page: string[] = [];
    let bytes = 0;
    for (const [position, { kind, record }] of this.#committed.get(number)?.records ?? []) {
      if (position < from) continue;
      page.push(`${position} ${kind} ${record}`);
      bytes += record.length;
      if (page.length >= limit.records || bytes >= limit.bytes) break;
    }
    assert.deepEqual(shown(this.store.read(number, from, limit)), page);
  }

  /** Fills the segment of the journal, so that the next commit begins another turn. */
  async #fill(): Promise<void> {
    assert(this.#ballast);
    const { number } = this.#ballast;
    const position = this.#ballast.nextPosition++;
    this.store.put(number, position, BALLAST, 'durable');
    await this.#commit();
    this.store.remove(number, position, 'durable');
    await this.#commit();
  }

  async #restart(how: Restart): Promise<void> {
    this.#pending = [];
    if (this.#options.restart === undefined) throw new Error('cannot restart');
    this.store = await this.#options.restart(this.store, how);
    for (const queue of this.#committed.values()) {
      if (queue.kind === 'scratch') this.#committed.delete(queue.number);
      for (const [position, { kind }] of queue.records) {
        if (kind === 'scratch') queue.records.delete(position);
      }
      queue.nextPosition = Math.max(-1, ...queue.records.keys()) + 1;
    }
    const queues = [...this.#committed.values()].sort((a, b) => a.number - b.number);
    assert.deepEqual(
      this.store.queues(),
      queues.map(({ name, number, nextPosition, records }) => {
        return { name, number, depth: records.size, nextPosition };
      }),
    );
    this.#live = queues.filter((queue) => queue !== this.#ballast);
    this.#numbers = new Set(this.#committed.keys());
    this.checkAll();
  }
}

export async function storeKeepsToModel(options: StoreModelOptions): Promise<void> {
  const property = fc.asyncProperty(stepsOf(options.restarts), async (steps) => {
    const model = new Model(await options.open(), options);
    try {
      await model.start();
      for (const step of steps) await model.run(step);
      model.checkAll();
    } finally {
      await model.store.close();
    }
  });
  await fc.assert(property, { numRuns: options.runs });
}
