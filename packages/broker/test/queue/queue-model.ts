/**
 * A queue as its users see it, and the steps that they take in any order. After each step every client
 * makes a round trip, so what the step has led to is there, and is compared with the model:
 *
 *   sent = settled + dead + pending at a client + in the queue        (each message once)
 *
 * A message without `redelivered` was never seen before and follows those of its producer that the same
 * client got first; one with it was seen before and is nobody's now.
 */
import assert from 'node:assert/strict';
import type { StompVersion } from '@stompbox/protocol';
import type { BrokerScene } from '../broker-scene.js';
import type { Received, StompClient } from '../stomp-client.js';

export type Step =
  | { readonly type: 'send'; readonly producer: number; readonly persistent: boolean }
  | {
      readonly type: 'subscribe';
      readonly slot: number;
      readonly version: StompVersion;
      readonly ack: 'auto' | 'client' | 'client-individual';
      readonly prefetch: number;
    }
  | { readonly type: 'ack' | 'nack'; readonly slot: number; readonly pick: number }
  | {
      readonly type: 'transaction';
      readonly slot: number;
      readonly pick: number;
      readonly end: 'COMMIT' | 'ABORT';
    }
  | { readonly type: 'unsubscribe' | 'disconnect' | 'vanish'; readonly slot: number }
  | { readonly type: 'wait'; readonly ms: number };

interface Consumer {
  readonly client: StompClient;
  readonly ack: string;
  /** In the order in which they came. */
  pending: Received[];
  readonly lastFirst: Map<string, number>;
}

/** Small, so that messages die within a few steps. */
export const REDELIVERY = { maxRedeliveries: 2, initialDelayMs: 1000 };

export class QueueModel {
  readonly #scene: BrokerScene;
  readonly #producers: readonly StompClient[];
  readonly #consumers = new Map<number, Consumer>();
  readonly #counts: number[];
  readonly #sent = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #settled = new Set<string>();
  readonly #refusals = new Map<string, number>();
  readonly #dead = new Set<string>();

  constructor(scene: BrokerScene, producers: readonly StompClient[]) {
    this.#scene = scene;
    this.#producers = producers;
    this.#counts = producers.map(() => 0);
  }

  async take(step: Step): Promise<void> {
    if (step.type === 'send') await this.#send(step.producer, step.persistent);
    else if (step.type === 'wait') this.#scene.clock.advance(step.ms);
    else if (step.type === 'subscribe') await this.#subscribe(step);
    else await this.#act(step);
    await this.#collect();
  }

  /** All consumers leave; what is left must be in the queue, in order, or dead. */
  async finish(): Promise<void> {
    for (const slot of [...this.#consumers.keys()]) await this.take({ type: 'vanish', slot });
    this.#scene.clock.advance(60_000);
    const client = await this.#scene.client();
    await client.subscribes('/queue/a', { id: 'rest' });
    await client.subscribes('/queue/DLQ.a', { id: 'dead' });
    await client.roundTrip();
    const left = await client.nextMessages(client.waitingFrames.length);
    const bodies = (id: string) =>
      left.filter(({ headers }) => headers['subscription'] === id).map(({ body }) => body);
    const gone = new Set([...this.#settled, ...this.#dead]);
    const expected = [...this.#sent].filter((body) => !gone.has(body));
    // Both producers write to one queue in the order of this model.
    assert.deepEqual(bodies('rest'), expected);
    assert.deepEqual(bodies('dead').sort(), [...this.#dead].sort());
  }

  async #send(producer: number, persistent: boolean): Promise<void> {
    const count = (this.#counts[producer] ?? 0) + 1;
    this.#counts[producer] = count;
    const body = `${producer}-${count}`;
    this.#sent.add(body);
    await this.#producers[producer]?.sends('/queue/a', body, { persistent: String(persistent) });
  }

  async #subscribe(step: Extract<Step, { type: 'subscribe' }>): Promise<void> {
    if (this.#consumers.has(step.slot)) return;
    const { version, ack, prefetch } = step;
    const client = await this.#scene.client(version);
    const consumer = { client, ack, pending: [], lastFirst: new Map() };
    this.#consumers.set(step.slot, consumer);
    await client.subscribes('/queue/a', { ack, 'prefetch-count': prefetch });
  }

  async #act(step: Exclude<Step, { type: 'send' | 'subscribe' | 'wait' }>): Promise<void> {
    const consumer = this.#consumers.get(step.slot);
    if (consumer === undefined) return;
    const { client } = consumer;
    switch (step.type) {
      case 'ack':
      case 'nack':
        return this.#settle(consumer, step.pick, step.type);
      case 'transaction':
        return this.#settleInTransaction(consumer, step.pick, step.end);
      case 'unsubscribe':
        await client.unsubscribes();
        // What came before the receipt went back with the rest.
        await this.#collectFrom(consumer);
        client.vanishes();
        break;
      case 'disconnect':
        await client.disconnects();
        break;
      case 'vanish':
        client.vanishes();
        await client.expectsClose();
        break;
    }
    this.#consumers.delete(step.slot);
  }

  async #settle(consumer: Consumer, pick: number, outcome: 'ack' | 'nack'): Promise<void> {
    const covered = this.#covered(consumer, pick);
    const named = covered.at(-1);
    if (named === undefined) return;
    const { client } = consumer;
    // STOMP 1.0 has no NACK.
    const isAck = outcome === 'ack' || client.version === '1.0';
    this.#wasSettled(consumer, covered, isAck);
    await (isAck ? client.acks(named) : client.nacks(named));
  }

  async #settleInTransaction(
    consumer: Consumer,
    pick: number,
    end: 'COMMIT' | 'ABORT',
  ): Promise<void> {
    const covered = this.#covered(consumer, pick);
    const named = covered.at(-1);
    if (named === undefined) return;
    const { client } = consumer;
    const transaction = { transaction: 't' };
    await client.confirms('BEGIN', transaction);
    await client.acks(named, transaction);
    if (end === 'COMMIT') this.#wasSettled(consumer, covered, true);
    await client.confirms(end, transaction);
  }

  /** The pending messages that an ACK of the picked one means, itself last. */
  #covered({ pending, ack }: Consumer, pick: number): Received[] {
    if (pending.length === 0) return [];
    const index = pick % pending.length;
    return pending.slice(ack === 'client' ? 0 : index, index + 1);
  }

  #wasSettled(consumer: Consumer, covered: readonly Received[], isAck: boolean): void {
    consumer.pending = consumer.pending.filter((message) => !covered.includes(message));
    for (const { body } of covered) {
      if (isAck) this.#settled.add(body);
      else this.#refused(body);
    }
  }

  #refused(body: string): void {
    const refusals = (this.#refusals.get(body) ?? 0) + 1;
    this.#refusals.set(body, refusals);
    if (refusals > REDELIVERY.maxRedeliveries) this.#dead.add(body);
  }

  async #collect(): Promise<void> {
    for (const { client } of this.#consumers.values()) await client.roundTrip();
    for (const consumer of this.#consumers.values()) await this.#collectFrom(consumer);
  }

  async #collectFrom(consumer: Consumer): Promise<void> {
    const { client } = consumer;
    const messages = await client.nextMessages(client.waitingFrames.length);
    for (const message of messages) this.#came(consumer, message);
  }

  #came(consumer: Consumer, message: Received): void {
    const { body, headers } = message;
    assert(this.#sent.has(body), `${body} was never sent`);
    assert(!this.#settled.has(body), `${body} was settled`);
    assert(!this.#dead.has(body), `${body} is dead`);
    for (const other of this.#consumers.values()) {
      assert(!other.pending.some((held) => held.body === body), `${body} is pending`);
    }
    const isFirst = headers['redelivered'] === undefined;
    assert.equal(this.#seen.has(body), !isFirst, `${body} is marked wrongly`);
    if (isFirst) this.#inOrder(consumer, body);
    this.#seen.add(body);
    if (consumer.ack === 'auto') this.#settled.add(body);
    else consumer.pending.push(message);
  }

  #inOrder({ lastFirst }: Consumer, body: string): void {
    const [producer = '', number] = body.split('-');
    const last = lastFirst.get(producer) ?? 0;
    assert(Number(number) > last, `${body} came after ${producer}-${last}`);
    lastFirst.set(producer, Number(number));
  }
}
