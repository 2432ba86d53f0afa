/**
 * Which consumer of a queue owns which message group (`JMSXGroupID`): all messages of a group go to its
 * owner, one after the other, as long as it is there.
 *
 *   unowned ──first message──▶ owned ──owner leaves, or JMSXGroupSeq < 0 was delivered──▶ unowned
 */
import { type Message, TRAITS } from '../message.js';
import type { Consumer } from './consumers.js';

/** Groups whose owner is remembered; beyond that the one that was used least recently may move. */
const MAX_GROUPS = 65_536;

export class MessageGroups {
  readonly #owners = new Map<string, Consumer>();

  get size(): number {
    return this.#owners.size;
  }

  /** False when the message is for another consumer. */
  allows(message: Message, consumer: Consumer): boolean {
    if (!message.has(TRAITS.grouped)) return true;
    const owner = this.#owners.get(groupOf(message));
    return owner === undefined || owner === consumer;
  }

  /** The consumer gets the message. True when others may take messages now that they had to leave to it. */
  delivered(message: Message, consumer: Consumer): boolean {
    if (!message.has(TRAITS.grouped)) return false;
    const group = groupOf(message);
    const wasOwned = this.#owners.delete(group);
    if (isLast(message)) return wasOwned;
    this.#owners.set(group, consumer);
    if (this.#owners.size <= MAX_GROUPS) return false;
    const [leastUsed] = this.#owners.keys();
    if (leastUsed !== undefined) this.#owners.delete(leastUsed);
    return true;
  }

  /** True when it owned groups, which are free now. */
  left(consumer: Consumer): boolean {
    let wasOwner = false;
    for (const [group, owner] of this.#owners) {
      if (owner !== consumer) continue;
      this.#owners.delete(group);
      wasOwner = true;
    }
    return wasOwner;
  }
}

function groupOf(message: Message): string {
  return message.get('JMSXGroupID') ?? '';
}

/** ActiveMQ: a negative number closes the group. */
function isLast(message: Message): boolean {
  return Number(message.get('JMSXGroupSeq') ?? 0) < 0;
}
