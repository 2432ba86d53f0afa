/**
 * The subscriptions of a client by id: those that it asked the broker for, and implicit ones, whose
 * messages come unasked and which the client beneath does not know.
 */
import { FrameError, OptionsError } from '@stompbox/protocol';
import type { Connection, Subscription as Feed, ObservedFrame } from '../index.js';
import { checkAckMode } from './client-options.js';
import { copyHeaders, receivedHeaders, type StompitHeaders } from './frame-headers.js';
import { IncomingMessage, type MessageOwner } from './incoming-message.js';
import { type AckMode, type MessageCallback, Subscription } from './subscription.js';

/** What the list needs from its client, which also owns the messages. */
export interface SubscriptionHost extends MessageOwner {
  /** Does something with the connection when all before is written. */
  inTurn(act: (connection: Connection) => Promise<unknown>): void;
}

/** A subscription of the client beneath, from SUBSCRIBE to its receipt and after. */
interface PendingFeed {
  opening?: Promise<Feed>;
  open?: Feed;
}

type Delivery = Pick<ObservedFrame, 'headers' | 'body'>;

/** Headers of SUBSCRIBE that are options of the client, or its own business. */
const SUBSCRIBE_OPTIONS: ReadonlySet<string> = new Set([
  'destination',
  'id',
  'ack',
  'selector',
  'receipt',
]);

export class SubscriptionList {
  readonly #host: SubscriptionHost;
  readonly #byId = new Map<string, Subscription>();
  readonly #implicitIds = new Set<string>();
  #lastId = 0;

  constructor(host: SubscriptionHost) {
    this.#host = host;
  }

  get(id: string | number): Subscription | undefined {
    return this.#byId.get(String(id));
  }

  /** @throws OptionsError for an ack mode that is none */
  open(headers: Readonly<Record<string, string>>, onMessage: MessageCallback): Subscription {
    const id = this.#freeId(headers['id']);
    const feed: PendingFeed = {};
    const subscription = new Subscription(id, checkAckMode(headers['ack']), onMessage, (more) =>
      this.#host.inTurn(() => this.#close(subscription, feed, more)),
    );
    this.#byId.set(String(id), subscription);
    this.#host.inTurn(async (connection) => {
      feed.opening = this.#subscribe(connection, subscription, headers);
      feed.open = await feed.opening;
    });
    return subscription;
  }

  /** @throws OptionsError for an id that is in use, or an ack mode that is none */
  openImplicit(
    id: string | number,
    ack: AckMode | null | undefined,
    onMessage: MessageCallback,
  ): Subscription {
    const key = String(id);
    if (this.#byId.has(key)) {
      const text = `The subscription id ${id} is in use: take another`;
      throw new OptionsError('STOMP_OPT_INVALID', text);
    }
    const subscription = new Subscription(id, checkAckMode(ack), onMessage, () => {
      this.#byId.delete(key);
      this.#implicitIds.delete(key);
    });
    this.#byId.set(key, subscription);
    this.#implicitIds.add(key);
    return subscription;
  }

  /** Hands over a MESSAGE that is for an implicit subscription; others come by their own way. */
  deliverImplicit(frame: Delivery): void {
    const id = frame.headers.get('subscription') ?? '';
    const subscription = this.#implicitIds.has(id) ? this.#byId.get(id) : undefined;
    if (subscription) this.#deliver(subscription, frame);
  }

  stopIntake(): void {
    for (const subscription of this.#byId.values()) subscription.stopIntake();
  }

  /** @returns how many were told of the error */
  end(error: Error | undefined): number {
    let toldCount = 0;
    for (const subscription of this.#byId.values()) if (subscription.end(error)) toldCount++;
    return toldCount;
  }

  #subscribe(
    connection: Connection,
    subscription: Subscription,
    headers: Readonly<Record<string, string>>,
  ): Promise<Feed> {
    const { destination = '', selector } = headers;
    const others = Object.entries(headers).filter(([name]) => !SUBSCRIBE_OPTIONS.has(name));
    const options = {
      ack: subscription.ack,
      id: String(subscription.getId()),
      headers: Object.fromEntries(others),
      ...(selector ? { selector } : {}),
    };
    return connection
      .subscribe(destination, options, (message) => this.#deliver(subscription, message))
      .catch(rethrow);
  }

  async #close(
    subscription: Subscription,
    { open, opening }: PendingFeed,
    headers: StompitHeaders | undefined,
  ): Promise<void> {
    const all = Object.entries(copyHeaders(headers));
    const options = {
      headers: Object.fromEntries(all.filter(([name]) => name !== 'id' && name !== 'receipt')),
    };
    // At once when possible, so that UNSUBSCRIBE goes out before what is asked for after it.
    await (open ? open.unsubscribe(options) : (await opening)?.unsubscribe(options));
    this.#byId.delete(String(subscription.getId()));
  }

  #deliver(subscription: Subscription, { headers, body }: Delivery): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    subscription.take(new IncomingMessage(receivedHeaders(headers), bytes, this.#host));
  }

  #freeId(given: string | undefined): string | number {
    let id: string | number = given ?? ++this.#lastId;
    while (this.#byId.has(String(id))) id = ++this.#lastId;
    return id;
  }
}

/** Headers that cannot travel are a mistake of the program; a broken frame of the broker is none. */
function rethrow(error: unknown): never {
  if (!(error instanceof FrameError)) throw error;
  throw new OptionsError('STOMP_OPT_INVALID', error.message, { cause: error });
}
