/**
 * A queue as its users see it, and the steps that they take in any order. After each step every client
 * makes round trips until nothing more comes, so what the step has led to is there, and is compared with
 * the model. Each message is in one place:
 *
 *   waiting ──▶ pending at a client ──▶ settled, or delayed ──▶ waiting, or dead
 *      └──▶ expired      └──▶ waiting                    (lost: it was not persistent at a restart)
 *
 * What is checked beyond that stands in `queue-rules.ts`.
 */
import assert from 'node:assert/strict';
import type { StompVersion } from '@stompbox/protocol';
import type { BrokerScene } from '../broker-scene.js';
import type { Headers, Received, StompClient } from '../stomp-client.js';
import { checkArrivals, checkNothingHidden } from './queue-rules.js';

export interface SendStep {
  readonly type: 'send';
  readonly producer: number;
  readonly persistent: boolean;
  readonly priority: number;
  readonly color: string;
  readonly group: string | undefined;
  readonly timeToLiveMs: number | undefined;
  /** So large that what follows it is not kept in memory. */
  readonly isHuge: boolean;
}

export interface SubscribeStep {
  readonly type: 'subscribe';
  readonly slot: number;
  readonly version: StompVersion;
  readonly ack: 'auto' | 'client' | 'client-individual';
  readonly prefetch: number;
  /** Only messages of this colour. */
  readonly color: string | undefined;
  readonly priority: number;
  readonly isExclusive: boolean;
}

export type Step =
  | SendStep
  | SubscribeStep
  | { readonly type: 'ack' | 'nack'; readonly slot: number; readonly pick: number }
  | {
      readonly type: 'transaction';
      readonly slot: number;
      readonly pick: number;
      readonly end: 'COMMIT' | 'ABORT';
    }
  | { readonly type: 'unsubscribe' | 'disconnect' | 'vanish'; readonly slot: number }
  | { readonly type: 'browse' }
  | { readonly type: 'restart' }
  | { readonly type: 'wait'; readonly ms: number };

export interface Sent extends Omit<SendStep, 'type' | 'producer' | 'timeToLiveMs'> {
  readonly name: string;
  readonly number: number;
  readonly expiresAtMs: number;
  state: 'waiting' | 'pending' | 'delayed' | 'settled' | 'dead' | 'expired' | 'lost';
  hasBeenSeen: boolean;
  refusals: number;
  delayedUntilMs: number;
}

export interface Consumer {
  readonly client: StompClient;
  readonly options: SubscribeStep;
  /** In the order in which they came. */
  pending: Received[];
}

/** A message that came in a step. */
export interface Arrival {
  readonly consumer: Consumer;
  readonly message: Sent;
}

/** Small, so that messages die within a few steps. */
export const REDELIVERY = { maxRedeliveries: 2, initialDelayMs: 1000 };

const HUGE = Buffer.alloc(4 * 1024 * 1024 + 1, 'x');

export class QueueModel {
  readonly #open: () => Promise<BrokerScene>;
  #scene: BrokerScene;
  #producers: StompClient[] = [];
  /** In the order in which they came. */
  readonly #consumers = new Map<number, Consumer>();
  readonly #sent: Sent[] = [];
  /** Who owns a message group. */
  readonly #owners = new Map<string, Consumer>();
  #ownersBefore: ReadonlyMap<string, Consumer> = new Map();
  #arrivals: Arrival[] = [];
  #stepStartMs = 0;
  #deadLettered = 0;

  private constructor(scene: BrokerScene, open: () => Promise<BrokerScene>) {
    this.#scene = scene;
    this.#open = open;
  }

  /** @param open opens the broker; again, after a restart */
  static async start(open: () => Promise<BrokerScene>): Promise<QueueModel> {
    const model = new QueueModel(await open(), open);
    await model.#connectProducers();
    return model;
  }

  /** Dead letters that all brokers have told of. */
  get deadLettered(): number {
    return this.#deadLettered + this.#scene.broker.counters.deadLettered;
  }

  messages(): readonly Sent[] {
    return this.#sent;
  }

  consumers(): readonly Consumer[] {
    return [...this.#consumers.values()];
  }

  /** Who owned the group of a message before the step and who does after it. */
  ownersOf({ group }: Sent): { before: Consumer | undefined; after: Consumer | undefined } {
    if (group === undefined) return { before: undefined, after: undefined };
    return { before: this.#ownersBefore.get(group), after: this.#owners.get(group) };
  }

  async take(step: Step): Promise<void> {
    this.#stepStartMs = this.#scene.clock.now();
    this.#ownersBefore = new Map(this.#owners);
    this.#arrivals = [];
    if (step.type === 'send') await this.#send(step);
    else if (step.type === 'wait') this.#wait(step.ms);
    else if (step.type === 'subscribe') await this.#subscribe(step);
    else if (step.type === 'browse') await this.#browse();
    else if (step.type === 'restart') await this.#restart();
    else await this.#act(step);
    await this.#collect();
    // In a longer time several things happen one after the other.
    if (step.type !== 'wait') checkArrivals(this, this.#arrivals);
    checkNothingHidden(this);
  }

  /** All consumers leave; what is left must be in the queue, in order, or dead. */
  async finish(): Promise<void> {
    for (const slot of [...this.#consumers.keys()]) await this.take({ type: 'vanish', slot });
    await this.take({ type: 'wait', ms: 60_000 });
    await this.take({ type: 'browse' });
    const left = this.#holding();
    const names = async (destination: string) => {
      const client = await this.#scene.client();
      await client.subscribes(destination);
      return (await settled(client)).map(nameOf);
    };
    assert.deepEqual(await names('/queue/a'), left);
    const dead = this.#sent.filter(({ state }) => state === 'dead').map(({ name }) => name);
    assert.deepEqual((await names('/queue/DLQ.a')).sort(), dead.sort());
    await this.#scene.close();
  }

  async #connectProducers(): Promise<void> {
    this.#producers = [await this.#scene.client(), await this.#scene.client('1.1')];
  }

  async #send({ producer, timeToLiveMs, ...step }: SendStep): Promise<void> {
    const { persistent, priority, color, group, isHuge } = step;
    const number = this.#sent.length + 1;
    const expiresAtMs = timeToLiveMs === undefined ? 0 : this.#scene.clock.now() + timeToLiveMs;
    const name = `m${number}`;
    this.#sent.push({
      ...step,
      ...{ name, number, expiresAtMs },
      ...{ state: 'waiting', hasBeenSeen: false, refusals: 0, delayedUntilMs: 0 },
    });
    const headers: Headers = {
      ...{ name, color, priority, persistent: String(persistent) },
      JMSXGroupID: group,
      expires: timeToLiveMs === undefined ? undefined : expiresAtMs,
    };
    await this.#producers[producer]?.sends('/queue/a', isHuge ? HUGE : '', headers);
  }

  async #subscribe(step: SubscribeStep): Promise<void> {
    if (this.#consumers.has(step.slot)) return;
    const { version, ack, prefetch, color, priority, isExclusive } = step;
    const client = await this.#scene.client(version);
    this.#consumers.set(step.slot, { client, options: step, pending: [] });
    await client.subscribes('/queue/a', {
      ...{ ack, 'prefetch-count': prefetch, 'activemq.priority': priority },
      'activemq.exclusive': String(isExclusive),
      selector: color === undefined ? undefined : `color = '${color}'`,
    });
  }

  #wait(ms: number): void {
    const { clock } = this.#scene;
    clock.advance(ms);
    for (const message of this.#sent) {
      if (message.state === 'delayed' && message.delayedUntilMs <= clock.now()) {
        message.state = 'waiting';
      }
    }
  }

  async #browse(): Promise<void> {
    const client = await this.#scene.client();
    await client.subscribes('/queue/a', { browser: 'true' });
    const names: Array<string | undefined> = [];
    for (;;) {
      const message = await client.nextMessage();
      if (message.headers['browser'] === 'end') break;
      names.push(nameOf(message));
    }
    await client.disconnects();
    const now = this.#scene.clock.now();
    const held = this.#holding((message) => message.state === 'pending' && isOver(message, now));
    assert.deepEqual(names, held);
  }

  /** What waits or is held, in the order of delivery. */
  #holding(isLeftOut: (message: Sent) => boolean = () => false): string[] {
    this.#expire();
    return this.#sent
      .filter(({ state }) => state === 'waiting' || state === 'pending' || state === 'delayed')
      .filter((message) => !isLeftOut(message))
      .filter((message) => message.state !== 'delayed' || !isOver(message, this.#scene.clock.now()))
      .sort((a, b) => b.priority - a.priority || a.number - b.number)
      .map(({ name }) => name);
  }

  async #restart(): Promise<void> {
    const { clock } = this.#scene;
    for (const { client } of this.#consumers.values()) client.vanishes();
    this.#consumers.clear();
    this.#owners.clear();
    this.#deadLettered += this.#scene.broker.counters.deadLettered;
    await this.#scene.close();
    this.#expire();
    for (const message of this.#sent) {
      if (!['waiting', 'pending', 'delayed'].includes(message.state)) continue;
      message.state = message.persistent ? 'waiting' : 'lost';
      message.hasBeenSeen = false;
      message.refusals = 0;
    }
    this.#scene = await this.#open();
    this.#scene.clock.advance(clock.now() - this.#scene.clock.now());
    await this.#connectProducers();
  }

  async #act(step: Exclude<Extract<Step, { slot: number }>, SubscribeStep>): Promise<void> {
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
        this.#came(consumer, await client.nextMessages(client.waitingFrames.length));
        client.vanishes();
        break;
      case 'disconnect':
        await client.disconnects();
        break;
      default:
        client.vanishes();
        await client.expectsClose();
    }
    this.#left(step.slot, consumer);
  }

  #left(slot: number, consumer: Consumer): void {
    this.#consumers.delete(slot);
    for (const [group, owner] of this.#owners) if (owner === consumer) this.#owners.delete(group);
    for (const received of consumer.pending) this.#message(received).state = 'waiting';
  }

  async #settle(consumer: Consumer, pick: number, outcome: 'ack' | 'nack'): Promise<void> {
    const covered = covers(consumer, pick);
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
    const covered = covers(consumer, pick);
    const named = covered.at(-1);
    if (named === undefined) return;
    const { client } = consumer;
    const transaction = { transaction: 't' };
    await client.confirms('BEGIN', transaction);
    await client.acks(named, transaction);
    if (end === 'COMMIT') this.#wasSettled(consumer, covered, true);
    await client.confirms(end, transaction);
  }

  #wasSettled(consumer: Consumer, covered: readonly Received[], isAck: boolean): void {
    consumer.pending = consumer.pending.filter((message) => !covered.includes(message));
    for (const received of covered) {
      const message = this.#message(received);
      if (isAck) message.state = 'settled';
      else this.#refused(message);
    }
  }

  #refused(message: Sent): void {
    message.refusals += 1;
    message.state = message.refusals > REDELIVERY.maxRedeliveries ? 'dead' : 'delayed';
    const delayMs = REDELIVERY.initialDelayMs * 2 ** (message.refusals - 1);
    message.delayedUntilMs = this.#scene.clock.now() + delayMs;
  }

  async #collect(): Promise<void> {
    for (let hasCome = true; hasCome; ) {
      hasCome = false;
      for (const { client } of this.#consumers.values()) await client.roundTrip();
      for (const consumer of this.#consumers.values()) {
        const { client } = consumer;
        const messages = await client.nextMessages(client.waitingFrames.length);
        if (messages.length > 0) hasCome = true;
        this.#came(consumer, messages);
      }
    }
    this.#expire();
  }

  #came(consumer: Consumer, messages: readonly Received[]): void {
    for (const received of messages) {
      const message = this.#message(received);
      const { name, state, expiresAtMs, group } = message;
      assert.equal(state, 'waiting', `${name} came although it was ${state}`);
      assert(expiresAtMs === 0 || expiresAtMs > this.#stepStartMs, `${name} has expired`);
      const isFirst = received.headers['redelivered'] === undefined;
      assert.equal(message.hasBeenSeen, !isFirst, `${name} is marked wrongly`);
      message.hasBeenSeen = true;
      message.state = consumer.options.ack === 'auto' ? 'settled' : 'pending';
      if (message.state === 'pending') consumer.pending.push(received);
      if (group !== undefined) {
        assert.equal(
          this.#owners.get(group) ?? consumer,
          consumer,
          `${name} is of another's group`,
        );
        this.#owners.set(group, consumer);
      }
      this.#arrivals.push({ consumer, message });
    }
  }

  #expire(): void {
    const now = this.#scene.clock.now();
    for (const message of this.#sent) {
      if (message.state === 'waiting' && isOver(message, now)) message.state = 'expired';
    }
  }

  #message(received: Received): Sent {
    const message = this.#sent.find(({ name }) => name === nameOf(received));
    assert(message, `${nameOf(received)} was never sent`);
    return message;
  }
}

const nameOf = ({ headers }: Received) => headers['name'];

function isOver({ expiresAtMs }: Sent, now: number): boolean {
  return expiresAtMs !== 0 && expiresAtMs <= now;
}

/** The pending messages that an ACK of the picked one means, itself last. */
function covers({ pending, options }: Consumer, pick: number): Received[] {
  if (pending.length === 0) return [];
  const index = pick % pending.length;
  return pending.slice(options.ack === 'client' ? 0 : index, index + 1);
}

/** All messages that a client gets until nothing more comes. */
async function settled(client: StompClient): Promise<Received[]> {
  const all: Received[] = [];
  for (;;) {
    await client.roundTrip();
    const messages = await client.nextMessages(client.waitingFrames.length);
    if (messages.length === 0) return all;
    all.push(...messages);
  }
}
