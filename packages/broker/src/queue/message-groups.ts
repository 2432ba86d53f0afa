/**
 * Which consumer of a queue owns which message group (`JMSXGroupID`): all messages of a group go to its
 * owner, one after the other, as long as it is there.
 *
 *   unowned ──first message──▶ owned ──owner leaves, or JMSXGroupSeq < 0 was delivered──▶ unowned
 *
 * Others pass over the messages of an owned group. Where is noted, so that they can look again when the
 * group is free.
 */
import type { Entry } from '../delivery.js';
import { type Message, TRAITS } from '../message.js';
import type { Consumer } from './consumers.js';

/** So many groups that were used last have their owners remembered, at least; twice as many at most. */
const REMEMBERED_GROUPS = 65_536;

interface Group {
  readonly owner: Consumer;
  /** Between which positions others have passed over messages of it, by priority. */
  passedOver: Map<number, Stretch> | undefined;
}

interface Stretch {
  first: number;
  last: number;
}

/** From which position on, by priority, messages may be for somebody else now. */
export type Freed = Map<number, number>;

export class MessageGroups {
  /** Those that were used since `#older` was filled. */
  #recent = new Map<string, Group>();
  #older = new Map<string, Group>();
  /** How many groups each consumer owns. */
  readonly #counts = new Map<Consumer, number>();

  get size(): number {
    return this.#recent.size + this.#older.size;
  }

  /** False when the message is for another consumer. */
  allows({ message, priority, position }: Entry, consumer: Consumer): boolean {
    if (!message.has(TRAITS.grouped)) return true;
    const group = this.#get(groupOf(message));
    if (group === undefined || group.owner === consumer) return true;
    group.passedOver ??= new Map();
    const stretch = group.passedOver.get(priority);
    if (stretch === undefined) group.passedOver.set(priority, { first: position, last: position });
    else {
      stretch.first = Math.min(stretch.first, position);
      stretch.last = Math.max(stretch.last, position);
    }
    return false;
  }

  /** The consumer gets the message. Returns what others may take now that they had to leave. */
  delivered(entry: Entry, consumer: Consumer): Freed | undefined {
    const { message } = entry;
    if (!message.has(TRAITS.grouped)) return undefined;
    const name = groupOf(message);
    const group = this.#get(name);
    if (group) wasTaken(group, entry);
    if (isLast(message)) return group && freed([this.#delete(name, group)]);
    if (group !== undefined && this.#recent.has(name)) return undefined;
    this.#older.delete(name);
    this.#recent.set(name, group ?? { owner: consumer, passedOver: undefined });
    if (group === undefined) this.#count(consumer, 1);
    return this.#recent.size < REMEMBERED_GROUPS ? undefined : this.#forgetOlder();
  }

  /** The groups of a consumer are free; what others may take now that they had to leave to it. */
  left(consumer: Consumer): Freed | undefined {
    if (!this.#counts.has(consumer)) return undefined;
    const groups: Group[] = [];
    for (const known of [this.#older, this.#recent]) {
      for (const [name, group] of known) {
        if (group.owner === consumer) groups.push(this.#delete(name, group));
      }
    }
    return freed(groups);
  }

  #get(name: string): Group | undefined {
    return this.#recent.get(name) ?? this.#older.get(name);
  }

  #delete(name: string, group: Group): Group {
    this.#recent.delete(name);
    this.#older.delete(name);
    this.#count(group.owner, -1);
    return group;
  }

  #forgetOlder(): Freed | undefined {
    const groups = [...this.#older.values()];
    for (const { owner } of groups) this.#count(owner, -1);
    this.#older = this.#recent;
    this.#recent = new Map();
    return freed(groups);
  }

  #count(consumer: Consumer, change: 1 | -1): void {
    const count = (this.#counts.get(consumer) ?? 0) + change;
    if (count === 0) this.#counts.delete(consumer);
    else this.#counts.set(consumer, count);
  }
}

/** What stands before it, and others have passed over, was taken too: its owner gets it in order. */
function wasTaken({ owner, passedOver }: Group, { priority, position }: Entry): void {
  const stretch = passedOver?.get(priority);
  // With a selector the owner may have left out some.
  if (stretch === undefined || !owner.wantsAll) return;
  if (stretch.last <= position) passedOver?.delete(priority);
  else stretch.first = Math.max(stretch.first, position + 1);
}

function freed(groups: readonly Group[]): Freed | undefined {
  const all: Freed = new Map();
  for (const { passedOver } of groups) {
    for (const [priority, { first }] of passedOver ?? []) {
      all.set(priority, Math.min(all.get(priority) ?? first, first));
    }
  }
  return all.size === 0 ? undefined : all;
}

function groupOf(message: Message): string {
  return message.get('JMSXGroupID') ?? '';
}

/** ActiveMQ: a negative number closes the group. */
function isLast(message: Message): boolean {
  return Number(message.get('JMSXGroupSeq') ?? 0) < 0;
}
