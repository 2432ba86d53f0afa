/**
 * A topic goes to all who are subscribed now and whose selector matches, and keeps nothing for later. A
 * subscriber without credit gets a backlog in memory; when that exceeds its limit the oldest messages in
 * it are given up, and counted.
 */
import { strict as assert } from 'node:assert';
import type { Entry } from '../delivery.js';
import { Fifo } from '../fifo.js';
import type { Message } from '../message.js';
import { MessageValues } from '../selector/message-values.js';
import type { SelectorValues } from '../selector/selector.js';
import type { WriteNumber } from '../store/commit-loop.js';
import type { Source, Subscription } from '../subscription.js';
import { decodeMessage } from '../transcode.js';

export interface TopicLimits {
  /** Messages that may wait for one slow subscriber. */
  readonly maxBacklogMessages: number;
  /** Their bytes. */
  readonly maxBacklogBytes: number;
}

export interface TopicContext {
  readonly limits: TopicLimits;
  /** A subscriber was too slow, and this message is given up for it. */
  onDropped(topic: Topic, subscription: Subscription): void;
  /** A subscriber refused a message; a topic has nobody else to give it to. */
  onRefused(topic: Topic): void;
  /** Nobody is subscribed any more. */
  onUnused(topic: Topic): void;
}

interface Backlog {
  readonly entries: Fifo<Entry>;
  bytes: number;
}

export class Topic implements Source {
  readonly keepsOffered = false;
  readonly name: string;
  readonly #context: TopicContext;
  readonly #subscribers = new Map<Subscription, Backlog>();

  constructor(name: string, context: TopicContext) {
    this.name = name;
    this.#context = context;
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  publish(message: Message): void {
    const entry: Entry = {
      message,
      position: 0,
      keptIn: 'memory',
      writeNumber: 0,
      redeliveries: 0,
      refusals: 0,
    };
    // One entry serves all: what a topic has offered never comes back to it.
    let values: SelectorValues | undefined;
    for (const [subscription, backlog] of this.#subscribers) {
      const { selector } = subscription.options;
      if (selector) {
        values ??= new MessageValues().of(decodeMessage(message).headers, 0);
        if (!selector.matches(values)) continue;
      }
      if (backlog.entries.length === 0 && subscription.hasCredit) subscription.offer(entry);
      else this.#wait(subscription, backlog, entry);
    }
  }

  join(subscription: Subscription): void {
    this.#subscribers.set(subscription, { entries: new Fifo(), bytes: 0 });
  }

  onCredit(subscription: Subscription): void {
    const backlog = this.#subscribers.get(subscription);
    while (backlog && backlog.entries.length > 0 && subscription.hasCredit) {
      const entry = backlog.entries.shift() as Entry;
      backlog.bytes -= entry.message.record.length;
      subscription.offer(entry);
    }
  }

  settle(): WriteNumber {
    return 0;
  }

  refuse(): WriteNumber {
    this.#context.onRefused(this);
    return 0;
  }

  leave(subscription: Subscription): void {
    assert(this.#subscribers.delete(subscription), `not a subscriber of ${this.name}`);
    if (this.#subscribers.size === 0) this.#context.onUnused(this);
  }

  /** Nobody else is waiting for them. */
  giveBack(): void {}

  #wait(subscription: Subscription, backlog: Backlog, entry: Entry): void {
    const { maxBacklogMessages, maxBacklogBytes } = this.#context.limits;
    backlog.entries.push(entry);
    backlog.bytes += entry.message.record.length;
    while (backlog.entries.length > maxBacklogMessages || backlog.bytes > maxBacklogBytes) {
      const oldest = backlog.entries.shift() as Entry;
      backlog.bytes -= oldest.message.record.length;
      this.#context.onDropped(this, subscription);
    }
  }
}
