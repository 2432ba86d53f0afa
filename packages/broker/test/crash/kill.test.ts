/**
 * A broker that is killed again and again in the middle of mixed work, always on the same data. After
 * each restart everything confirmed must be there, and nothing that was undone.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { BrokerProcess } from './broker-process.js';
import { type Found, GROUP_SIZE, Ledger } from './ledger.js';
import { PipelinedClient, type Received } from './pipelined-client.js';

const ROUNDS = 16;
const SEED = 20_261_122;
const EVERYTHING = 1_000_000;

/** What one round does: chosen before it begins, so that a seed is a plan. */
interface Plan {
  /** The broker is killed when it has confirmed so much. */
  readonly killAfter: number;
  /** Bytes of the bodies, in turn. */
  readonly sizes: readonly number[];
  /** What becomes of received messages, in turn. */
  readonly ends: ReadonlyArray<'ack' | 'move' | 'leave'>;
}

const anyPlan: fc.Arbitrary<Plan> = fc.record({
  killAfter: fc.integer({ min: 1, max: 500 }),
  sizes: fc.array(fc.constantFrom(10, 100, 1000, 5000, 40_000, 200_000), {
    minLength: 5,
    maxLength: 20,
  }),
  ends: fc.array(fc.constantFrom('ack', 'ack', 'move', 'leave'), { minLength: 5, maxLength: 20 }),
});

class Work {
  readonly #broker: BrokerProcess;
  readonly #ledger: Ledger;
  readonly #plan: Plan;
  #confirmations = 0;
  #received = 0;

  constructor(broker: BrokerProcess, ledger: Ledger, plan: Plan) {
    this.#broker = broker;
    this.#ledger = ledger;
    this.#plan = plan;
  }

  /** Sends and consumes until the broker is killed; the number of the next message. */
  async run(first: number): Promise<number> {
    const consumer: PipelinedClient = new PipelinedClient(
      await this.#broker.transport(),
      (message) => this.#handle(consumer, message),
    );
    consumer.tells('SUBSCRIBE', { destination: '/queue/a', id: 'a', ack: 'client-individual' });
    const producer = new PipelinedClient(await this.#broker.transport());
    let number = first;
    for (; !producer.isClosed; number++) {
      this.#send(producer, number);
      if (number % 5 === 0) this.#sendGroup(producer, number);
      await producer.room();
    }
    await consumer.closed;
    return number;
  }

  #send(client: PipelinedClient, number: number): void {
    const { sizes } = this.#plan;
    const padding = 'x'.repeat(sizes[number % sizes.length] ?? 0);
    this.#ledger.sent(number, 'asked');
    client.asks('SEND', { destination: '/queue/a' }, `${number};${padding}`, () =>
      this.#confirmed(() => this.#ledger.sent(number, 'confirmed')),
    );
  }

  #sendGroup(client: PipelinedClient, group: number): void {
    const transaction = `g${group}`;
    this.#ledger.sentGroup(group, 'asked');
    client.tells('BEGIN', { transaction });
    for (let index = 0; index < GROUP_SIZE; index++) {
      client.tells('SEND', { destination: '/queue/g', transaction }, `${group}/${index};`);
    }
    client.asks('COMMIT', { transaction }, '', () =>
      this.#confirmed(() => this.#ledger.sentGroup(group, 'confirmed')),
    );
  }

  #handle(client: PipelinedClient, { ack, body }: Received): void {
    const { ends } = this.#plan;
    const how = ends[this.#received % ends.length] ?? 'leave';
    this.#received += 1;
    if (how === 'leave') return;
    const number = Number.parseInt(body, 10);
    const onConfirmed = () => this.#confirmed(() => this.#ledger.ended(number, how, 'confirmed'));
    this.#ledger.ended(number, how, 'asked');
    if (how === 'ack') client.asks('ACK', { id: ack }, '', onConfirmed);
    else {
      const transaction = `m${number}`;
      client.tells('BEGIN', { transaction });
      client.tells('SEND', { destination: '/queue/b', transaction }, `${number};`);
      client.tells('ACK', { id: ack, transaction });
      client.asks('COMMIT', { transaction }, '', onConfirmed);
    }
  }

  #confirmed(note: () => void): void {
    note();
    this.#confirmations += 1;
    if (this.#confirmations === this.#plan.killAfter) this.#broker.kill();
  }
}

/** All that the queues hold; it stays there. */
async function look(client: StompClient): Promise<Found> {
  const a = await lookInto(client, 'a');
  const b = await lookInto(client, 'b');
  const g = await lookInto(client, 'g');
  return { a: a.map(Number), b: b.map(Number), g };
}

async function lookInto(client: StompClient, queue: string): Promise<string[]> {
  const destination = `/queue/${queue}`;
  await client.sends(destination, 'end;');
  await client.subscribes(destination, {
    id: queue,
    ack: 'client-individual',
    'activemq.prefetchSize': EVERYTHING,
  });
  const texts: string[] = [];
  for (;;) {
    const message = await client.nextMessage();
    const [text = ''] = message.body.split(';', 1);
    if (text === 'end') {
      await client.acks(message);
      await client.unsubscribes(queue);
      return texts;
    }
    texts.push(text);
  }
}

describe('a broker that is killed in the middle of mixed work', () => {
  test(`has what it confirmed, ${ROUNDS} times in a row`, async (context) => {
    const data = temporaryDirectory(context);
    const ledger = new Ledger();
    const plans = fc.sample(anyPlan, { seed: SEED, numRuns: ROUNDS });
    let next = 0;
    for (const [round, plan] of plans.entries()) {
      const broker = await BrokerProcess.start(context, data);
      const client = await broker.client();
      const found = await look(client);
      assert.deepEqual(ledger.problems(found), [], `round ${round}`);
      ledger.settle(found);
      client.vanishes();
      next = await new Work(broker, ledger, plan).run(next);
      assert.equal(await broker.exitCode(), null);
    }
    const broker = await BrokerProcess.start(context, data);
    const client = await broker.client();
    const found = await look(client);
    assert.deepEqual(ledger.problems(found), []);
    assert.ok(found.a.length > 0 && found.b.length > 0 && found.g.length > 0);
    client.vanishes();
    broker.stop();
    assert.equal(await broker.exitCode(), 0);
  });
});
