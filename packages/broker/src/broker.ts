/**
 * The broker: opens the store, listens, and gives every connection a session. It wires the parts and
 * owns their lifetime; what they do is theirs.
 *
 *   starting ──store open, all connectors listen──▶ running ──close(), store failed──▶ closing ──▶ closed
 */
import { strict as assert } from 'node:assert';
import type { StompError } from '@stompbox/protocol';
import { assembleParts, type BrokerParts } from './broker-parts.js';
import { Connection } from './connection.js';
import { type StoreError, writeFailed } from './errors.js';
import type { BrokerCounters } from './events.js';
import { type BrokerOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { Session } from './session.js';
import type { StatisticsSnapshot } from './statistics/statistics.js';
import { DiskStore } from './store/disk-store.js';
import { MemoryStore } from './store/memory-store.js';
import type { Store } from './store/store.js';
import { type Connector, listen } from './transport/connector.js';
import { memoryPipe } from './transport/memory-pipe.js';
import type { Transport } from './transport/transport.js';

export type BrokerState = 'starting' | 'running' | 'closing' | 'closed';

const NEXT: Record<BrokerState, readonly BrokerState[]> = {
  starting: ['running', 'closing'],
  running: ['closing'],
  closing: ['closed'],
  closed: [],
};

/**
 * Starts a broker.
 *
 * @throws OptionsError for options that are wrong
 * @throws StoreError `STOMP_STORE_UNWRITABLE`, `STOMP_STORE_IN_USE`, `STOMP_STORE_FORMAT`,
 *   `STOMP_STORE_USERS_FORMAT`
 * @throws BrokerStartError `STOMP_START_PORT_IN_USE`, `STOMP_START_CANNOT_LISTEN`
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const resolved = resolveOptions(options);
  const store = resolved.memory ? new MemoryStore() : await DiskStore.open(resolved.data);
  const broker = new Broker(store, resolved);
  await broker.listen();
  return broker;
}

export class Broker {
  readonly #options: ResolvedOptions;
  readonly #store: Store;
  readonly #parts: BrokerParts;
  readonly #connectors: Connector[] = [];
  readonly #sessions = new Set<Session>();
  readonly #closed: Promise<StompError | undefined>;
  #resolveClosed: (error?: StompError) => void = () => {};
  #onLastSession: () => void = () => {};
  #state: BrokerState = 'starting';
  #failure: StompError | undefined;

  /** Use `startBroker`. */
  constructor(store: Store, options: ResolvedOptions) {
    this.#options = options;
    this.#store = store;
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#parts = assembleParts(store, options, {
      sessions: this.#sessions,
      connectors: this.#connectors,
      onStoreFailed: (error) => void this.#stop(error),
    });
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** Where it listens, with real ports. */
  get connectors(): ReadonlyArray<Omit<Connector, 'stop'>> {
    return this.#connectors;
  }

  /** Where it serves HTTP; `undefined` unless the option `http` was given. */
  get httpUrl(): string | undefined {
    return this.#parts.http.url;
  }

  /** Counts since the start. */
  get counters(): Readonly<BrokerCounters> {
    return this.#parts.counters;
  }

  /** All numbers as they are now: of the broker, its queues and its topics. */
  statistics(): StatisticsSnapshot {
    return this.#parts.statistics.snapshot();
  }

  /** Resolves when the broker has closed; with the error if it had to. Never rejects. */
  get closed(): Promise<StompError | undefined> {
    return this.#closed;
  }

  /** Called by `startBroker`. */
  async listen(): Promise<void> {
    assert.equal(this.#state, 'starting');
    try {
      await this.#parts.sessionContext.logins.load();
      await this.#parts.blobs.open();
      await this.#parts.http.start();
      const { clock, connectTimeoutMs, limits, onEvent } = this.#options;
      for (const options of this.#options.connectors) {
        const connector = await listen(options, {
          clock,
          handshakeTimeoutMs: connectTimeoutMs,
          maxMessageBytes: limits.maxFrameBytes,
          onTransport: (transport, { url }) => this.#accept(transport, url),
          onError: (error) => onEvent({ type: 'connector-failed', error }),
        });
        this.#connectors.push(connector);
      }
    } catch (error) {
      for (const connector of this.#connectors) connector.stop();
      await this.#parts.http.stop();
      await this.#parts.blobs.close();
      await this.#store.close();
      throw error;
    }
    this.#parts.schedules.start();
    this.#parts.expiryScan.start();
    this.#become('running');
  }

  /** The client's end of a new connection in memory. */
  connectInMemory(): Transport {
    const [clientEnd, brokerEnd] = memoryPipe();
    this.#accept(brokerEnd);
    return clientEnd;
  }

  /** Ends all sessions, makes everything durable and closes the store. Safe to call again. */
  async close(): Promise<void> {
    void this.#stop();
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @param connectorUrl undefined in memory */
  #accept(transport: Transport, connectorUrl?: string): void {
    // Also while other connectors still have to open: if one of them fails, there is no broker.
    if (this.#state !== 'running') {
      transport.destroy();
      return;
    }
    const connection = new Connection(transport, this.#parts.connectionContext, connectorUrl);
    const session = new Session(connection, this.#parts.sessionContext, (ended) =>
      this.#ended(ended),
    );
    this.#sessions.add(session);
    connection.start(session);
  }

  #become(next: BrokerState): void {
    assert(NEXT[this.#state].includes(next), `broker ${this.#state} → ${next}`);
    this.#state = next;
  }

  #ended(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#onLastSession();
  }

  async #stop(error?: StompError): Promise<void> {
    if (error) {
      this.#failure ??= error;
      this.#options.onEvent({ type: 'store-failed', error });
    }
    if (this.#state === 'closing' || this.#state === 'closed') {
      // What the sessions wait for will never be confirmed any more.
      if (error) for (const session of this.#sessions) session.sendError(error);
      return;
    }
    this.#become('closing');
    for (const connector of this.#connectors) connector.stop();
    await this.#endSessions(error);
    this.#parts.schedules.close();
    this.#parts.expiryScan.stop();
    this.#parts.advisories.close();
    await this.#parts.http.stop();
    await this.#parts.blobs.close();
    await this.#parts.commits.flush();
    this.#parts.router.close();
    const closeError = await this.#closeStore();
    this.#become('closed');
    this.#resolveClosed(this.#failure ?? closeError);
  }

  async #closeStore(): Promise<StoreError | undefined> {
    try {
      await this.#store.close();
      return undefined;
    } catch (cause) {
      return writeFailed(cause);
    }
  }

  #endSessions(error: StompError | undefined): Promise<void> {
    if (this.#sessions.size === 0) return Promise.resolve();
    const allEnded = new Promise<void>((resolve) => {
      this.#onLastSession = resolve;
    });
    // Or what one session gives back would go to the next one, only to come back again.
    for (const session of this.#sessions) session.subscriptions.stopAll();
    for (const session of this.#sessions) {
      if (error) session.sendError(error);
      else session.shutDown();
    }
    return allEnded;
  }
}
