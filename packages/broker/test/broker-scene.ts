/**
 * A broker for one test: in memory, on a clock that stands still, with clients in the same process.
 * Everything it opens is closed after the test.
 */
import type { TestContext } from 'node:test';
import { Broker, type BrokerEvent, type BrokerOptions, startBroker } from '@stompbox/broker';
import type { StompVersion } from '@stompbox/protocol';
import { resolveOptions } from '../dist/options.js';
import type { Store } from '../dist/store/store.js';
import { FakeClock } from './fake-clock.js';
import { type Headers, StompClient } from './stomp-client.js';

class EventLog {
  readonly events: BrokerEvent[] = [];
  #waiting: Array<() => void> = [];

  add(event: BrokerEvent): void {
    this.events.push(event);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export class BrokerScene {
  readonly broker: Broker;
  readonly clock: FakeClock;
  readonly #log: EventLog;
  readonly #clients = new Set<StompClient>();

  constructor(broker: Broker, clock: FakeClock, log: EventLog) {
    this.broker = broker;
    this.clock = clock;
    this.#log = log;
  }

  /** What the broker has told of so far. */
  get events(): readonly BrokerEvent[] {
    return this.#log.events;
  }

  /** A client that has not logged in. */
  stranger(): StompClient {
    return this.#added(StompClient.inMemory(this.broker));
  }

  async strangerOverTcp(): Promise<StompClient> {
    return this.#added(await StompClient.overTcp(this.broker));
  }

  /** A client that has logged in. */
  async client(version: StompVersion = '1.2', headers: Headers = {}): Promise<StompClient> {
    const client = this.stranger();
    await client.connects(version, headers);
    return client;
  }

  async clientOverTcp(version: StompVersion = '1.2'): Promise<StompClient> {
    const client = await this.strangerOverTcp();
    await client.connects(version);
    return client;
  }

  eventsOf<Type extends BrokerEvent['type']>(type: Type): Extract<BrokerEvent, { type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<BrokerEvent, { type: Type }> => event.type === type,
    );
  }

  /** Waits until so many events of a type have come, since the start. */
  async hasTold(type: BrokerEvent['type'], count = 1): Promise<void> {
    while (this.eventsOf(type).length < count) await this.#log.next();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.vanishes();
    await this.broker.close();
  }

  #added(client: StompClient): StompClient {
    this.#clients.add(client);
    return client;
  }
}

export interface SceneOptions extends BrokerOptions {
  /** A store of the test's own instead of `data` or `memory`. */
  readonly store?: Store;
}

/** Starts a broker; with `connectors` it also listens. */
export async function brokerScene(
  t: TestContext,
  { store, ...options }: SceneOptions = {},
): Promise<BrokerScene> {
  const clock = new FakeClock();
  const log = new EventLog();
  const all: BrokerOptions = {
    memory: options.data === undefined,
    connectors: [],
    // Tests that look at timers see their own only.
    expiryScanMs: 0,
    clock,
    onEvent: (event) => log.add(event),
    ...options,
  };
  const broker = store ? await brokerOn(store, all) : await startBroker(all);
  const scene = new BrokerScene(broker, clock, log);
  t.after(() => scene.close());
  return scene;
}

async function brokerOn(store: Store, options: BrokerOptions): Promise<Broker> {
  const broker = new Broker(store, resolveOptions(options));
  await broker.listen();
  return broker;
}

/** Any free port on this machine. */
export const LISTENING = { connectors: [{ port: 0 }] } as const;
