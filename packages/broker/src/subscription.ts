/**
 * A client's interest in a destination, or in several by a list or a pattern. It turns entries into
 * deliveries as long as there is credit: fewer than `prefetch` of them pending, not too many bytes, and
 * room in the connection.
 *
 *   confirming ──receipt sent──▶ active ──▶ stopped ──all given back──▶ closed
 *        └───────────────────────────────────▲
 *
 * Invariant: in `auto` mode nothing is ever pending; a message is settled when the transport has it.
 */
import { strict as assert } from 'node:assert';
import { type Destination, escapeHeader, type StompVersion } from '@stompbox/protocol';
import type { Connection, FlushListener } from './connection.js';
import type { Delivery, Entry } from './delivery.js';
import type { Message } from './message.js';
import type { Selector } from './selector/selector.js';
import type { WriteNumber } from './store/commit-loop.js';
import type { Transaction } from './transaction.js';

export type AckMode = 'auto' | 'client' | 'client-individual';

/** `sent`: in `auto` mode nobody says whether it was handled. */
export type Settlement = 'acknowledged' | 'sent';

/** Where a subscription gets its messages from: a queue or a topic. */
export interface Source {
  /** True: every entry it offers must be settled, refused or given back. */
  readonly keepsOffered: boolean;
  /** The subscription may have credit again. */
  onCredit(subscription: Subscription): void;
  /** The client is done with the message. */
  settle(entry: Entry, how: Settlement): WriteNumber;
  /** The client refuses the message. */
  refuse(entry: Entry, subscription: Subscription): WriteNumber;
  /** The subscription has ended; these it was offered and has not settled. */
  leave(subscription: Subscription, unsettled: readonly Entry[]): void;
  /** These were offered to somebody who has left since, and not settled. */
  giveBack(unsettled: readonly Entry[]): void;
}

export interface SubscriptionOptions {
  /** As the client gave it; 1.0 clients may give none. */
  readonly id: string | undefined;
  /** As the client gave it. */
  readonly destination: string;
  /** What it names; some may be patterns. */
  readonly destinations: readonly Destination[];
  readonly ackMode: AckMode;
  readonly prefetch: number;
  /** Bytes of unsettled messages at which no further one follows; Infinity where none was named. */
  readonly windowBytes: number;
  /** Only messages that match it are wanted. */
  readonly selector: Selector | undefined;
  /** -128 to 127; higher ones get all messages of a queue as long as they have credit. */
  readonly priority: number;
  /** It wants to be the only one that gets messages of a queue. */
  readonly isExclusive: boolean;
  /** It only looks at a queue. */
  readonly isBrowser: boolean;
  /** It wants no topic messages that its own connection has sent. */
  readonly noLocal: boolean;
  /** It wants what a topic has retained. */
  readonly isRetroactive: boolean;
  /** Topic messages that may wait for it, if it asks for fewer than the topic's policy allows. */
  readonly maxPendingMessages: number | undefined;
  /** Name of the durable subscription that it resumes. */
  readonly durableName: string | undefined;
  /** Which of the topics that its patterns match it gets messages of; all, if it does not say. */
  readonly mayRead?: ((topic: Destination) => boolean) | undefined;
  /** How it wants maps and objects to be written. */
  readonly transformation: string | undefined;
  /** Distinguishes the subscriptions of one session in the `ack` header. */
  readonly serial: number;
}

type SubscriptionState = 'confirming' | 'active' | 'stopped' | 'closed';

const NEXT: Record<SubscriptionState, readonly SubscriptionState[]> = {
  confirming: ['active', 'stopped'],
  active: ['stopped'],
  stopped: ['closed'],
  closed: [],
};

/** No message-id holds it. */
const COPY_MARK = '\u0000';

/** Bytes that one subscription may hold unsettled, besides a first message of any size. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

export class Subscription implements FlushListener {
  readonly options: SubscriptionOptions;
  #sources: Source[] = [];
  readonly #connection: Connection;
  readonly #version: StompVersion;
  /** Start of each MESSAGE: command and subscription header, encoded once. */
  readonly #head: Buffer;
  readonly #headText: string;
  #state: SubscriptionState = 'confirming';
  /** In the order they were offered, which is what `client` mode settles by. */
  readonly #deliveries = new Map<string, Delivery>();
  /** Sent in `auto` mode and not yet handed to the transport. */
  #unflushed: Entry[] = [];
  #pending = 0;
  #pendingBytes = 0;
  #offered = 0;
  /** Keys of further copies of messages, by the message-id, the oldest first. */
  readonly #copies = new Map<string, string[]>();
  /** Which source is asked first for more. */
  #turn = 0;

  constructor(options: SubscriptionOptions, connection: Connection) {
    this.options = options;
    this.#connection = connection;
    this.#version = connection.version;
    const idLine =
      options.id === undefined
        ? ''
        : `subscription:${escapeHeader(options.id, connection.version)}\n`;
    this.#head = Buffer.from(`MESSAGE\n${idLine}`, 'utf8');
    // Output takes text byte for byte, so what UTF-8 made of the id is kept as such.
    this.#headText = this.#head.toString('latin1');
  }

  /** The client, for logs. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** Of its connection. */
  get connectionId(): string {
    return this.#connection.id;
  }

  get hasCredit(): boolean {
    if (this.#state !== 'active' || this.#pending >= this.options.prefetch) return false;
    const mostBytes = Math.min(MAX_PENDING_BYTES, this.options.windowBytes);
    if (this.#pendingBytes >= mostBytes || !this.#connection.hasRoom) return false;
    return this.#pending === 0 || this.#connection.memory.hasRoom;
  }

  get pendingCount(): number {
    return this.#pending;
  }

  /** Messages that it was sent since it began. */
  get offeredCount(): number {
    return this.#offered;
  }

  sources(): readonly Source[] {
    return this.#sources;
  }

  /** Gets messages from there, too. */
  addSource(source: Source): void {
    this.#sources.push(source);
  }

  /** The source has gone; what it had offered is nobody's. */
  removeSource(source: Source): void {
    this.#sources = this.#sources.filter((other) => other !== source);
  }

  /** What it was offered from there and has not settled. */
  *heldOf(source: Source): Iterable<Entry> {
    for (const entry of this.#unflushed) if (entry.source === source) yield entry;
    for (const { entry, state } of this.#deliveries.values()) {
      if (entry.source === source && state !== 'settled') yield entry;
    }
  }

  /** Messages may flow: the client was told that it is subscribed, if it asked. */
  activate(): void {
    if (this.#state !== 'confirming') return;
    this.#become('active');
    if (this.options.isBrowser && this.#sources.length === 0) this.endBrowsing();
    else this.wantsMore();
  }

  /** Sends a message to the client. Only called while there is credit. */
  offer(entry: Entry): void {
    const { message, redeliveries, source } = entry;
    this.#offered += 1;
    if (this.options.ackMode === 'auto') {
      const head = redeliveries === 0 ? this.#head : this.#headText + redeliveryLines(redeliveries);
      this.#send(head, message);
      if (!source.keepsOffered) return;
      if (this.#unflushed.push(entry) === 1) this.#connection.notifyFlushed(this);
      return;
    }
    let head = this.#headText;
    let key: string;
    if (this.#version === '1.2') {
      key = `${this.options.serial}-${this.#offered}`;
      head += `ack:${key}\n`;
    } else key = this.#freeKey(message.id);
    if (redeliveries > 0) head += redeliveryLines(redeliveries);
    const delivery: Delivery = { subscription: this, entry, key, state: 'pending' };
    this.#deliveries.set(key, delivery);
    this.#takeCredit(delivery);
    this.#send(head, message);
  }

  /** In `auto` mode a message counts as consumed once it is on its way (STOMP 1.2, "SUBSCRIBE"). */
  onFlushed(): void {
    const entries = this.#unflushed;
    this.#unflushed = [];
    for (const entry of entries) entry.source.settle(entry, 'sent');
  }

  /** A browser has seen all there was of a queue; after the last one ActiveMQ's marker tells the client. */
  endBrowsing(source?: Source): void {
    if (source) this.removeSource(source);
    if (this.#sources.length > 0) return;
    const { id, destination } = this.options;
    const headers: Array<[string, string]> = [
      ['destination', destination],
      ['message-id', '0'],
      ['browser', 'end'],
    ];
    if (id !== undefined) headers.unshift(['subscription', id]);
    this.#connection.sendFrame('MESSAGE', headers);
  }

  /**
   * The deliveries that an ACK or NACK of this key means: in `client` mode all pending ones up to it,
   * otherwise that one; `undefined` when there is no such one.
   * @param transaction in which it is acknowledged; what this one holds already counts as named
   */
  named(
    key: string,
    isCumulative: boolean,
    transaction: Transaction | undefined,
  ): Delivery[] | undefined {
    const delivery = this.#find(key);
    if (delivery === undefined) return undefined;
    if (delivery.state === 'in-transaction') {
      // A later one has named it too: ActiveMQ's clients acknowledge out of order.
      return isCumulative && delivery.transaction === transaction ? [] : undefined;
    }
    if (!isCumulative) return [delivery];
    const found: Delivery[] = [];
    for (const earlier of this.#deliveries.values()) {
      if (earlier.state === 'pending') found.push(earlier);
      if (earlier === delivery) break;
    }
    return found;
  }

  settle(delivery: Delivery, outcome: 'ack' | 'nack'): WriteNumber {
    if (delivery.state === 'pending') this.#giveCredit(delivery);
    delivery.state = 'settled';
    this.#forget(delivery.key);
    const { source } = delivery.entry;
    return outcome === 'ack'
      ? source.settle(delivery.entry, 'acknowledged')
      : source.refuse(delivery.entry, this);
  }

  /** A transaction holds the delivery. It gives its credit back at once, as in ActiveMQ. */
  hold(delivery: Delivery, transaction: Transaction): void {
    delivery.state = 'in-transaction';
    delivery.transaction = transaction;
    this.#giveCredit(delivery);
  }

  /** The transaction was aborted: the delivery is the client's again, or its queue's if it has left. */
  release(delivery: Delivery): void {
    delivery.transaction = undefined;
    if (this.#state === 'closed') {
      delivery.state = 'settled';
      delivery.entry.source.giveBack([delivery.entry]);
      return;
    }
    delivery.state = 'pending';
    this.#takeCredit(delivery);
  }

  /** Credit may have grown. */
  wantsMore(): void {
    const count = this.#sources.length;
    if (count === 1) {
      if (this.#state === 'active') this.#sources[0]?.onCredit(this);
      return;
    }
    this.#turn += 1;
    const sources = this.#sources;
    for (let asked = 0; asked < count && this.hasCredit; asked++) {
      sources[(asked + this.#turn) % count]?.onCredit(this);
    }
  }

  /** No message is offered to it from now on; `close` follows. */
  stop(): void {
    if (this.#state === 'confirming' || this.#state === 'active') this.#become('stopped');
  }

  /**
   * Ends it; what was not settled goes back to where it came from. What a transaction holds stays with
   * it, to be settled by COMMIT or given back by ABORT.
   */
  close(): void {
    this.stop();
    // What is still on its way out of a living connection arrives, so it must not come back as well.
    if (this.#unflushed.length > 0) this.#connection.flush();
    const unsettled = this.#unflushed;
    this.#unflushed = [];
    for (const delivery of this.#deliveries.values()) {
      if (delivery.state !== 'pending') continue;
      this.#giveCredit(delivery);
      delivery.state = 'settled';
      unsettled.push(delivery.entry);
    }
    this.#deliveries.clear();
    this.#copies.clear();
    this.#become('closed');
    const sources = this.#sources;
    this.#sources = [];
    const bySource = groupBySource(unsettled);
    for (const source of sources) {
      source.leave(this, bySource.get(source) ?? []);
      bySource.delete(source);
    }
    for (const [source, entries] of bySource) source.giveBack(entries);
  }

  /**
   * Before 1.2 a client names a message by its message-id, and a subscription to several queues may hold
   * several copies with the same one. Then the name means the oldest that is pending.
   */
  #freeKey(messageId: string): string {
    const copies = this.#copies.get(messageId);
    if (copies === undefined && !this.#deliveries.has(messageId)) return messageId;
    const key = messageId + COPY_MARK + this.#offered;
    if (copies) copies.push(key);
    else this.#copies.set(messageId, [key]);
    return key;
  }

  #find(key: string): Delivery | undefined {
    const first = this.#deliveries.get(key);
    if (this.#copies.size === 0 || first?.state === 'pending') return first;
    const others = this.#copies.get(key)?.map((copy) => this.#deliveries.get(copy)) ?? [];
    return others.find((copy) => copy?.state === 'pending') ?? first ?? others[0];
  }

  #forget(key: string): void {
    this.#deliveries.delete(key);
    if (this.#copies.size === 0) return;
    const mark = key.indexOf(COPY_MARK);
    if (mark === -1) return;
    const messageId = key.slice(0, mark);
    const others = (this.#copies.get(messageId) ?? []).filter((copy) => copy !== key);
    if (others.length > 0) this.#copies.set(messageId, others);
    else this.#copies.delete(messageId);
  }

  #send(head: string | Uint8Array, message: Message): void {
    this.#connection.sendMessage(head, message, this.options.transformation);
  }

  #takeCredit({ entry }: Delivery): void {
    this.#pending += 1;
    this.#pendingBytes += entry.message.record.length;
    this.#connection.addUnsettled(entry.message.record.length);
  }

  #giveCredit({ entry }: Delivery): void {
    this.#pending -= 1;
    this.#pendingBytes -= entry.message.record.length;
    this.#connection.removeUnsettled(entry.message.record.length);
  }

  #become(next: SubscriptionState): void {
    assert(NEXT[this.#state].includes(next), `subscription ${this.#state} → ${next}`);
    this.#state = next;
  }
}

function groupBySource(entries: readonly Entry[]): Map<Source, Entry[]> {
  const bySource = new Map<Source, Entry[]>();
  for (const entry of entries) {
    const ofSource = bySource.get(entry.source);
    if (ofSource) ofSource.push(entry);
    else bySource.set(entry.source, [entry]);
  }
  return bySource;
}

/** `JMSXDeliveryCount` is JMS' own word: 1 for the first delivery. */
function redeliveryLines(redeliveries: number): string {
  return `redelivered:true\nJMSXDeliveryCount:${redeliveries + 1}\n`;
}
