/** A message service whose snapshot, events and connection a test writes by hand. */
import type { ConnectionStatistics, ConnectionStatus } from '@stompbox/client';
import { profileOf } from '@stompbox/client';
import type {
  ConnectionSnapshot,
  HealthSource,
  ListenerSnapshot,
  MessagingEvent,
  MessagingEventListener,
  MessagingSnapshot,
  WatchedConnection,
} from 'stompbox';
import type { FakeClock } from './fake-clock.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class FakeService implements HealthSource {
  state: MessagingSnapshot['state'] = 'open';
  listeners: Writable<ListenerSnapshot>[] = [];
  connection: Writable<ConnectionSnapshot>;
  readonly fakeConnection = new FakeConnectionPart();
  /** How often a connection was asked for. */
  asked = 0;
  /** Replaced by a test to let connecting fail. */
  onConnect: () => Promise<void> = () => Promise.resolve();
  readonly #clock: FakeClock;
  readonly #eventListeners = new Set<MessagingEventListener>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.connection = {
      state: 'connected',
      sinceMs: clock.now(),
      peer: 'broker:61613',
      profile: 'generic',
      reconnects: 0,
      error: undefined,
    };
  }

  snapshot(): MessagingSnapshot {
    const { state, listeners, connection } = this;
    return {
      state,
      connection: { ...connection },
      listeners: listeners.map((listener) => ({ ...listener })),
      startingCount: 0,
      sendingCount: 0,
    };
  }

  onEvent(listener: MessagingEventListener): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  async getConnection(): Promise<WatchedConnection> {
    this.asked += 1;
    await this.onConnect();
    return this.fakeConnection.connection;
  }

  emit(event: MessagingEvent): void {
    for (const listener of this.#eventListeners) listener(event);
  }

  get eventListenerCount(): number {
    return this.#eventListeners.size;
  }

  /** A listener that runs and is confirmed. */
  runs(name: string, subscribedTo = '/queue/orders'): Writable<ListenerSnapshot> {
    const listener: Writable<ListenerSnapshot> = {
      listener: name,
      subscribedTo,
      state: 'running',
      confirmedAtMs: this.#clock.now(),
      circuit: 'closed',
      handlingCount: 0,
      oldestHandlingSinceMs: undefined,
      waitingCount: 0,
      settlingCount: 0,
      lastDeliveryAtMs: undefined,
      lastConsumedAtMs: undefined,
      counts: {
        received: 0,
        consumed: 0,
        failedAttempts: 0,
        retried: 0,
        deadLettered: 0,
        duplicates: 0,
        redelivered: 0,
      },
    };
    this.listeners.push(listener);
    return listener;
  }

  loses(error = new Error('it went')): void {
    this.connection.state = 'reconnecting';
    this.connection.error = error;
    this.emit({ type: 'connection', status: { type: 'reconnecting', error } });
  }

  comesBack(): void {
    this.connection.state = 'connected';
    this.connection.error = undefined;
    const status: ConnectionStatus = {
      type: 'connected',
      peer: 'broker:61613',
      version: '1.2',
      server: undefined,
      isReconnect: true,
    };
    this.emit({ type: 'connection', status });
  }
}

class FakeConnectionPart {
  bytesIn = 0;
  rtts = 0;
  /** True: questions are not answered. */
  isSilent = false;
  /** What a test says when something is subscribed to. */
  onSubscribe: () => never = () => {
    throw new Error('this fake subscribes to nothing');
  };
  readonly connection: WatchedConnection;

  constructor() {
    this.connection = {
      state: 'connected',
      profile: profileOf('generic'),
      session: 's1',
      // What health reads of it.
      stats: () => ({ bytesIn: this.bytesIn }) as ConnectionStatistics,
      rtt: () => {
        this.rtts += 1;
        if (this.isSilent) return Promise.reject(new Error('no answer'));
        this.bytesIn += 20;
        return Promise.resolve(1);
      },
      send: () => Promise.reject(new Error('this fake sends nothing')),
      subscribe: async () => this.onSubscribe(),
    };
  }
}
