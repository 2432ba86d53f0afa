/** The subscriptions of one session, found by the ids that clients use. */
import { ProtocolError, type StompVersion } from '@stompbox/protocol';
import type { Delivery } from './delivery.js';
import type { Subscription } from './subscription.js';
import type { Transaction } from './transaction.js';

/** How an ACK or NACK names its message; which of them are there depends on the version. */
export interface DeliveryName {
  readonly id: string | undefined;
  readonly messageId: string | undefined;
  readonly subscriptionId: string | undefined;
}

/** Ids of ended subscriptions that are remembered for acknowledgements that come late. */
const REMEMBERED_IDS = 1000;

export class SessionSubscriptions {
  readonly #bySerial = new Map<number, Subscription>();
  readonly #byId = new Map<string, Subscription>();
  readonly #endedIds = new Set<string>();
  #serials = 0;
  #turns = 0;

  nextSerial(): number {
    this.#serials += 1;
    return this.#serials;
  }

  [Symbol.iterator](): Iterator<Subscription> {
    return this.#bySerial.values();
  }

  get(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }

  add(subscription: Subscription): void {
    const { id, serial } = subscription.options;
    this.#bySerial.set(serial, subscription);
    if (id !== undefined) this.#byId.set(id, subscription);
  }

  /** STOMP 1.0, "UNSUBSCRIBE": the oldest subscription to this destination. */
  firstOf(destination: string): Subscription | undefined {
    for (const subscription of this.#bySerial.values()) {
      if (subscription.options.destination === destination) return subscription;
    }
    return undefined;
  }

  remove(subscription: Subscription): void {
    const { id, serial } = subscription.options;
    this.#bySerial.delete(serial);
    if (id !== undefined) {
      this.#byId.delete(id);
      this.#rememberEnded(id);
    }
    subscription.close();
  }

  /**
   * The pending deliveries that an ACK or NACK means; none when their subscription has ended and
   * they have gone back, as in ActiveMQ: a handler that finishes just then did nothing wrong.
   * @throws ProtocolError `STOMP_PROTO_NO_MESSAGE` when there is none: never sent, settled already, or auto
   */
  named(
    name: DeliveryName,
    version: StompVersion,
    transaction: Transaction | undefined,
  ): Delivery[] {
    let isKnown = false;
    for (const [subscription, key] of this.#candidates(name, version)) {
      const isCumulative = subscription.options.ackMode === 'client';
      const deliveries = subscription.named(key, isCumulative, transaction);
      // Without one the transaction holds it already; another subscription may have its own copy.
      if (deliveries && deliveries.length > 0) return deliveries;
      if (deliveries) isKnown = true;
    }
    if (isKnown || this.#isOfEnded(name, version)) return [];
    const shown = name.id ?? name.messageId ?? '';
    throw new ProtocolError(
      'STOMP_PROTO_NO_MESSAGE',
      `No message "${shown}" waits for an acknowledgement: it was settled already, or never sent here`,
    );
  }

  /**
   * There may be room for more messages. Each time another subscription is asked first, or one with a
   * long queue would take all the room every time.
   */
  wantMore(): void {
    const subscriptions = [...this.#bySerial.values()];
    this.#turns += 1;
    for (let index = 0; index < subscriptions.length; index++) {
      subscriptions[(index + this.#turns) % subscriptions.length]?.wantsMore();
    }
  }

  /** None takes anything any more; `closeAll` follows. */
  stopAll(): void {
    for (const subscription of this.#bySerial.values()) subscription.stop();
  }

  closeAll(): void {
    // Or what one gives back would go to the next one.
    this.stopAll();
    for (const subscription of this.#bySerial.values()) subscription.close();
    this.#bySerial.clear();
    this.#byId.clear();
  }

  #isOfEnded({ id, subscriptionId }: DeliveryName, version: StompVersion): boolean {
    if (version === '1.2') {
      const serial = Number.parseInt(id ?? '', 10);
      return serial >= 1 && serial <= this.#serials && !this.#bySerial.has(serial);
    }
    if (subscriptionId !== undefined) return this.#endedIds.has(subscriptionId);
    // A 1.0 client need not say which one it means: it may be any that has ended.
    return this.#serials > this.#bySerial.size;
  }

  #rememberEnded(id: string): void {
    this.#endedIds.add(id);
    if (this.#endedIds.size <= REMEMBERED_IDS) return;
    for (const oldest of this.#endedIds) {
      this.#endedIds.delete(oldest);
      return;
    }
  }

  #candidates(name: DeliveryName, version: StompVersion): Array<[Subscription, string]> {
    const { id, messageId, subscriptionId } = name;
    if (version === '1.2') {
      const subscription = this.#bySerial.get(Number.parseInt(id ?? '', 10));
      return subscription && id !== undefined ? [[subscription, id]] : [];
    }
    if (messageId === undefined) return [];
    if (subscriptionId !== undefined) {
      const subscription = this.#byId.get(subscriptionId);
      return subscription ? [[subscription, messageId]] : [];
    }
    return [...this.#bySerial.values()].map((subscription) => [subscription, messageId]);
  }
}
