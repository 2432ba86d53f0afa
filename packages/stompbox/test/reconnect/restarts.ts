/** Kills and restarts a broker under load, and counts what became of the messages. */
import type { TestContext } from 'node:test';
import { type Connection, connect } from '@stompbox/client';
import fc from 'fast-check';
import * as consumers from './consumers.js';
import { Ledger, type Step, type Totals } from './ledger.js';
import * as producers from './producers.js';
import { RestartedBroker } from './restarted-broker.js';

const QUEUES = ['/queue/each', '/queue/batches'] as const;
/** Sends that each producer has under way. */
const LANES = 4;
const MAX_BACKLOG = 400;
/** What comes after all others in a queue. */
const LAST = 'last';

/** When a broker is killed: at a number of steps since it listens, or of connections that are back. */
interface Plan {
  readonly step: Step | 'connected';
  readonly count: number;
}

export interface Outcome extends Totals {
  readonly restarts: number;
  /** From the kill until all connections are back, in the mean; those times that it came so far. */
  readonly backMs: number;
  /** The part of it that the broker needed to die and to listen again. */
  readonly brokerMs: number;
}

export async function restarts(test: TestContext, count: number, seed: number): Promise<Outcome> {
  const broker = new RestartedBroker(test);
  await broker.start();
  const ledger = new Ledger(MAX_BACKLOG);
  const connections = new Connections(test, broker);
  let isOver = false;
  const work: producers.Work = { ledger, isOver: () => isOver };
  const consuming = await startConsumers(ledger, connections);
  const producing = startProducers(
    work,
    await Promise.all(PRODUCERS.map(() => connections.open())),
  );
  // Only their failures end a wait early.
  const failed = Promise.race([
    Promise.all(producing).then(() => new Promise<never>(() => {})),
    ...consuming.map((consumer) => consumer.failed),
  ]);
  const times = new Times();
  for (const plan of fc.sample(anyPlan(connections.count), { seed, numRuns: count })) {
    await Promise.race([failed, reached(plan, ledger, connections)]);
    times.killed();
    await broker.kill();
    await broker.start();
    times.listening();
    connections.onceAllAreBack(() => times.back());
  }
  isOver = true;
  await Promise.race([failed, Promise.all(producing)]);
  for (const consumer of consuming) await consumer.stop();
  await connections.close();
  await broker.stop();
  await broker.start();
  await takeWhatIsLeft(broker, ledger);
  return { restarts: count, ...ledger.totals(), ...times.means() };
}

const PRODUCERS = [
  producers.sendsPlainly,
  producers.sendsPlainly,
  producers.resends,
  producers.resendsWithoutDedup,
  producers.commits,
];

function startProducers(work: producers.Work, connections: readonly Connection[]) {
  return PRODUCERS.flatMap((produce, index) => {
    const connection = connections[index] as Connection;
    return Array.from({ length: LANES }, (_, lane) =>
      produce(work, connection, QUEUES[lane % QUEUES.length] as string),
    );
  });
}

async function startConsumers(ledger: Ledger, connections: Connections) {
  const [each, batches] = QUEUES;
  return Promise.all([
    consumers.handlesEach(ledger, await connections.open(), each),
    consumers.loopsOverEach(ledger, await connections.open(), each),
    consumers.handlesBatches(ledger, await connections.open(), batches),
    consumers.loopsOverBatches(ledger, await connections.open(), batches),
  ]);
}

function anyPlan(connections: number): fc.Arbitrary<Plan> {
  return fc.oneof(
    { weight: 4, arbitrary: plans(['confirmed', 'consumed', 'acked'], 300) },
    // Soon after the start, so that little has happened yet.
    { weight: 2, arbitrary: plans(['confirmed', 'consumed', 'acked'], 5) },
    { weight: 1, arbitrary: plans(['connected'], connections) },
  );
}

function plans(steps: readonly Plan['step'][], max: number): fc.Arbitrary<Plan> {
  return fc.record({ step: fc.constantFrom(...steps), count: fc.integer({ min: 1, max }) });
}

/** Resolves in the turn in which it is so far. */
function reached({ step, count }: Plan, ledger: Ledger, connections: Connections): Promise<void> {
  if (step === 'connected') return connections.whenBack(count);
  return new Promise((resolve) => {
    let left = count;
    const stop = ledger.watch((taken) => {
      if (taken !== step || --left > 0) return;
      stop();
      resolve();
    });
  });
}

/** What the broker still has, also among its dead letters. */
async function takeWhatIsLeft(broker: RestartedBroker, ledger: Ledger): Promise<void> {
  const connection = await connect(broker.url);
  for (const queue of QUEUES.flatMap((name) => [name, name.replace('/queue/', '/queue/DLQ.')])) {
    await connection.send(queue, LAST);
    for await (const message of await connection.subscribe(queue, { ack: 'client-individual' })) {
      // Or it would end at the prefetch.
      await message.ack();
      if (message.text() === LAST) break;
      ledger.consumed(message.text());
    }
  }
  await connection.close();
}

/** All connections of the load, and how many of them are connected. */
class Connections {
  readonly #test: TestContext;
  readonly #broker: RestartedBroker;
  readonly #all: Connection[] = [];
  readonly #connected = new Set<Connection>();
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(test: TestContext, broker: RestartedBroker) {
    this.#test = test;
    this.#broker = broker;
  }

  get count(): number {
    return this.#all.length;
  }

  async open(): Promise<Connection> {
    const connection = await connect(this.#broker.url, {
      reconnect: { initialDelayMs: 10, maxDelayMs: 100 },
      receiptTimeoutMs: 60_000,
    });
    this.#test.after(() => connection.close({ timeoutMs: 1 }).catch(() => 'it was cut'));
    this.#all.push(connection);
    this.#connected.add(connection);
    connection.onStatus(({ type }) => {
      if (type === 'connected') this.#add(connection);
      else if (type === 'reconnecting') this.#connected.delete(connection);
    });
    return connection;
  }

  /** Resolves when so many are connected. */
  whenBack(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#connected.size >= count) resolve();
      else this.#waiting.push({ count, resolve });
    });
  }

  /** Calls back when all are connected; a later call replaces this one. */
  onceAllAreBack(callback: () => void): void {
    this.#onAll = callback;
    this.#check();
  }

  #onAll: (() => void) | undefined;

  async close(): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.close()));
  }

  #add(connection: Connection): void {
    this.#connected.add(connection);
    this.#check();
  }

  #check(): void {
    const { size } = this.#connected;
    for (const { count, resolve } of this.#waiting) if (size >= count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => size < count);
    if (size < this.#all.length) return;
    this.#onAll?.();
    this.#onAll = undefined;
  }
}

class Times {
  readonly #brokerMs: number[] = [];
  readonly #backMs: number[] = [];
  #killedAt = 0;

  killed(): void {
    this.#killedAt = performance.now();
  }

  listening(): void {
    this.#brokerMs.push(performance.now() - this.#killedAt);
  }

  back(): void {
    this.#backMs.push(performance.now() - this.#killedAt);
  }

  means(): { readonly backMs: number; readonly brokerMs: number } {
    return { backMs: mean(this.#backMs), brokerMs: mean(this.#brokerMs) };
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}
