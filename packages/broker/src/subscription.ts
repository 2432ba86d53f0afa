/**
 * A client's interest in one destination. It turns entries into deliveries as long as there is credit:
 * fewer than `prefetch` of them pending, and room in the connection.
 *
 *   confirming ──receipt sent──▶ active ──stop──▶ closed
 *
 * Invariant: in `auto` mode nothing is ever pending; a message is settled when the transport has it.
 */
import { strict as assert } from 'node:assert';
import { escapeHeader, type StompVersion } from '@stompbox/protocol';
import type { Connection, FlushListener } from './connection.js';
import type { Delivery, Entry } from './delivery.js';
import type { Selector } from './selector/selector.js';
import type { WriteNumber } from './store/commit-loop.js';

export type AckMode = 'auto' | 'client' | 'client-individual';

/** Where a subscription gets its messages from: a queue or a topic. */
export interface Source {
  /** True: every entry it offers must be settled, refused or given back. */
  readonly keepsOffered: boolean;
  /** The subscription may have credit again. */
  onCredit(subscription: Subscription): void;
  /** The client is done with the message. */
  settle(entry: Entry): WriteNumber;
  /** The client refuses the message. */
  refuse(entry: Entry): WriteNumber;
  /** The subscription has ended. */
  leave(subscription: Subscription): void;
  /** These were offered and not settled. */
  giveBack(unsettled: readonly Entry[]): void;
}

export interface SubscriptionOptions {
  /** As the client gave it; 1.0 clients may give none. */
  readonly id: string | undefined;
  readonly destination: string;
  readonly ackMode: AckMode;
  readonly prefetch: number;
  /** Only messages that match it are wanted. */
  readonly selector: Selector | undefined;
  /** Distinguishes the subscriptions of one session in the `ack` header. */
  readonly serial: number;
}

type SubscriptionState = 'confirming' | 'active' | 'closed';

const NEXT: Record<SubscriptionState, readonly SubscriptionState[]> = {
  confirming: ['active', 'closed'],
  active: ['closed'],
  closed: [],
};

export class Subscription implements FlushListener {
  readonly options: SubscriptionOptions;
  readonly #source: Source;
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
  #offered = 0;

  constructor(options: SubscriptionOptions, source: Source, connection: Connection) {
    this.options = options;
    this.#source = source;
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

  get hasCredit(): boolean {
    const { prefetch } = this.options;
    return this.#state === 'active' && this.#pending < prefetch && this.#connection.hasRoom;
  }

  /** Messages may flow: the client was told that it is subscribed, if it asked. */
  activate(): void {
    if (this.#state !== 'confirming') return;
    this.#become('active');
    this.wantsMore();
  }

  /** Sends a message to the client. Only called while there is credit. */
  offer(entry: Entry): void {
    const { message, redeliveries } = entry;
    if (this.options.ackMode === 'auto') {
      const head = redeliveries === 0 ? this.#head : this.#headText + redeliveryLines(redeliveries);
      this.#connection.sendMessage(head, message);
      if (!this.#source.keepsOffered) return;
      if (this.#unflushed.push(entry) === 1) this.#connection.notifyFlushed(this);
      return;
    }
    this.#offered += 1;
    this.#pending += 1;
    let head = this.#headText;
    let key = message.id;
    if (this.#version === '1.2') {
      key = `${this.options.serial}-${this.#offered}`;
      head += `ack:${key}\n`;
    }
    if (redeliveries > 0) head += redeliveryLines(redeliveries);
    this.#deliveries.set(key, { subscription: this, entry, key, state: 'pending' });
    this.#connection.sendMessage(head, message);
  }

  /** In `auto` mode a message counts as consumed once it is on its way (STOMP 1.2, "SUBSCRIBE"). */
  onFlushed(): void {
    const entries = this.#unflushed;
    this.#unflushed = [];
    for (const entry of entries) this.#source.settle(entry);
  }

  /**
   * The deliveries that an ACK or NACK of this key means: in `client` mode all pending ones up to it,
   * otherwise that one; empty when it is not pending.
   */
  named(key: string, isCumulative: boolean): Delivery[] {
    const delivery = this.#deliveries.get(key);
    if (delivery?.state !== 'pending') return [];
    if (!isCumulative) return [delivery];
    const found: Delivery[] = [];
    for (const earlier of this.#deliveries.values()) {
      if (earlier.state === 'pending') found.push(earlier);
      if (earlier === delivery) break;
    }
    return found;
  }

  settle(delivery: Delivery, outcome: 'ack' | 'nack'): WriteNumber {
    if (delivery.state === 'pending') this.#pending -= 1;
    delivery.state = 'settled';
    this.#deliveries.delete(delivery.key);
    return outcome === 'ack'
      ? this.#source.settle(delivery.entry)
      : this.#source.refuse(delivery.entry);
  }

  /** A transaction holds the delivery. It gives its credit back at once, as in ActiveMQ. */
  hold(delivery: Delivery): void {
    delivery.state = 'in-transaction';
    this.#pending -= 1;
  }

  /** The transaction was aborted: the delivery is the client's again, or its queue's if it has left. */
  release(delivery: Delivery): void {
    if (this.#state === 'closed') {
      delivery.state = 'settled';
      this.#source.giveBack([delivery.entry]);
      return;
    }
    delivery.state = 'pending';
    this.#pending += 1;
  }

  /** Credit may have grown. */
  wantsMore(): void {
    if (this.#state === 'active') this.#source.onCredit(this);
  }

  /** No message is offered to it from now on; `close` follows. */
  stop(): void {
    if (this.#state !== 'closed') this.#become('closed');
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
      delivery.state = 'settled';
      unsettled.push(delivery.entry);
    }
    this.#deliveries.clear();
    this.#source.leave(this);
    this.#source.giveBack(unsettled);
  }

  #become(next: SubscriptionState): void {
    assert(NEXT[this.#state].includes(next), `subscription ${this.#state} → ${next}`);
    this.#state = next;
  }
}

/** `JMSXDeliveryCount` is JMS' own word: 1 for the first delivery. */
function redeliveryLines(redeliveries: number): string {
  return `redelivered:true\nJMSXDeliveryCount:${redeliveries + 1}\n`;
}
