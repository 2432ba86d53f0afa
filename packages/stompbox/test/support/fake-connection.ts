/**
 * A connection without a broker: it notes what is done with it, and the test plays the broker.
 */
import assert from 'node:assert/strict';
import type {
  AckOptions,
  Connection,
  ConnectionStatus,
  Message,
  SendBody,
  SendOptions,
  SubscribeOptions,
  Subscription,
} from '@stompbox/client';
import { type ProfileName, profileOf } from '@stompbox/client';
import { bodyTypeOf, decodeUtf8, encodeUtf8, FrameHeaders } from '@stompbox/protocol';

export class FakeConnection {
  /** What was done, in order: `subscribe /queue/a client-individual`, `ack m1`, `close`. */
  readonly journal: string[] = [];
  readonly sends: { destination: string; body: string | Uint8Array; options: SendOptions }[] = [];
  readonly subscriptions: FakeSubscription[] = [];
  readonly #statusCallbacks: ((status: ConnectionStatus) => void)[] = [];
  #end: (error: Error | undefined) => void = () => undefined;
  /** Replaced by a test to let a send fail or wait. */
  onSend: () => Promise<void> = () => Promise.resolve();
  onSubscribe: (destination: string, options?: SubscribeOptions) => Promise<void> = () =>
    Promise.resolve();

  readonly connection: Connection;

  /** Artemis by default: it has a schedule, and ACKs that count at once. */
  constructor(server = 'fake/1', profile: ProfileName = 'artemis') {
    const closed = new Promise<Error | undefined>((resolve) => {
      this.#end = resolve;
    });
    const close = async () => {
      this.journal.push('close');
      this.#end(undefined);
    };
    this.connection = {
      state: 'connected',
      version: '1.2',
      server,
      blobUploadUrl: undefined,
      session: 's1',
      peer: 'fake:1',
      closed,
      close,
      send: (destination, body, options = {}) => this.#send(destination, body, options),
      subscribe: async <T>(destination: string, options: SubscribeOptions<T> = {}) =>
        (await this.#subscribe(destination, options)) as Subscription<T>,
      profile: profileOf(profile),
      rtt: () => Promise.resolve(1),
      stats: () => {
        throw new Error('the fake counts nothing');
      },
      drain: () => Promise.reject(new Error('the fake cannot drain')),
      sendFrame: () => Promise.reject(new Error('the fake has no raw frames')),
      onFrame: () => () => undefined,
      begin: () => Promise.reject(new Error('the fake has no transactions')),
      status: () => {
        throw new Error('the fake tells its status by onStatus only');
      },
      onStatus: (callback) => {
        this.#statusCallbacks.push(callback);
        return () => undefined;
      },
      [Symbol.asyncDispose]: close,
    };
  }

  tell(status: ConnectionStatus): void {
    for (const callback of this.#statusCallbacks) callback(status);
  }

  /** The connection is gone for good. */
  lose(error: Error): void {
    for (const subscription of this.subscriptions) subscription.fail(error);
    this.#end(error);
  }

  async #send(destination: string, body: SendBody, options: SendOptions) {
    assert.ok(typeof body === 'string' || body instanceof Uint8Array);
    this.journal.push(`send ${destination}`);
    this.sends.push({ destination, body, options });
    await this.onSend();
  }

  async #subscribe<T>(destination: string, options: SubscribeOptions<T>): Promise<Subscription> {
    const { ack, prefetch, selector } = options;
    const prefetched = prefetch === undefined ? '' : ` prefetch=${prefetch}`;
    const selected = selector === undefined ? '' : ` selector=${selector}`;
    this.journal.push(`subscribe ${destination} ${ack}${prefetched}${selected}`);
    await this.onSubscribe(destination, options as SubscribeOptions);
    const subscription = new FakeSubscription(destination, this.journal);
    this.subscriptions.push(subscription);
    return subscription;
  }
}

type Waiter = {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
};

export class FakeSubscription implements Subscription {
  readonly id = 'sub-1';
  readonly state = 'active';
  readonly waitingCount = 0;
  readonly runningCount = 0;
  readonly destination: string;
  readonly #journal: string[];
  readonly #buffer: Message[] = [];
  readonly #waiters: Waiter[] = [];
  #end: { readonly error?: Error } | undefined;
  /** Replaced by a test to let an unsubscribe fail. */
  onUnsubscribe: () => Promise<void> = () => Promise.resolve();
  /** Replaced by a test to let acks fail or wait. */
  onSettle: () => Promise<void> = () => Promise.resolve();

  constructor(destination: string, journal: string[]) {
    this.destination = destination;
    this.#journal = journal;
  }

  /** The broker delivers a message. */
  deliver(
    messageId: string,
    content: string | Uint8Array,
    headers: Record<string, string> = {},
  ): void {
    const body = typeof content === 'string' ? encodeUtf8(content) : content;
    const all = FrameHeaders.from(headers);
    const settle = async (verb: string, options?: AckOptions) => {
      await this.onSettle();
      this.#journal.push(`${verb} ${messageId}${options?.receipt ? ' with receipt' : ''}`);
    };
    this.#push({
      destination: this.destination,
      messageId,
      headers: all,
      body,
      bodyType: bodyTypeOf(all),
      isRedelivered: false,
      isStreamed: false,
      stream: () => {
        throw new Error('the fake has no streams');
      },
      value: () => decodeUtf8(body),
      bytes: () => body.slice(),
      text: () => decodeUtf8(body),
      json: <T>() => JSON.parse(decodeUtf8(body)) as T,
      ack: (options) => settle('ack', options),
      nack: (options) => settle('nack', options),
    });
  }

  #push(message: Message): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve({ value: message, done: false });
    else this.#buffer.push(message);
  }

  fail(error: Error): void {
    this.#end = { error };
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async unsubscribe(): Promise<void> {
    this.#journal.push(`unsubscribe ${this.destination}`);
    try {
      await this.onUnsubscribe();
    } finally {
      this.#end ??= {};
      const done = { value: undefined, done: true } as const;
      for (const waiter of this.#waiters.splice(0)) waiter.resolve(done);
    }
  }

  drain(): Promise<void> {
    return Promise.reject(new Error('a listener drains by itself'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => {
        const message = this.#buffer.shift();
        if (message) return Promise.resolve({ value: message, done: false });
        if (this.#end?.error) return Promise.reject(this.#end.error);
        if (this.#end) return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
      },
    };
  }
}
