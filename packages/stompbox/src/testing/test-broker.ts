/**
 * A broker for tests: the embedded one, in this process and in memory, on a clock that stands still. The
 * bytes of its clients pass a wire in memory on which another broker is imitated and faults are made.
 */
import { type Broker, startBroker } from '@stompbox/broker';
import {
  type Connection,
  type ConnectOptions,
  connect,
  systemClock,
  type TransportFactory,
} from '@stompbox/client';
import type { DestinationLike } from '../destination/destination.js';
import { Activity } from './activity.js';
import { browse, type QueuedMessage } from './browse.js';
import { Door, type TestPorts } from './door.js';
import type { TestFaults } from './fault/test-faults.js';
import type { Imitation, TestProfile } from './profile/imitation.js';
import { imitationOf } from './profile/imitations.js';
import { TcpDoor } from './tcp-door.js';
import { resolveTestBroker, type TestBrokerOptions } from './test-broker-options.js';
import { fakeClock, realClock, type TestClock } from './test-clock.js';

/** The server that clients in this process believe to be connected to. */
export const TEST_URL = 'stomp://test-broker:61613';

export interface TestBroker extends AsyncDisposable {
  readonly profile: TestProfile;
  readonly clock: TestClock;
  /** The broker itself: its statistics, its counters. */
  readonly broker: Broker;
  /** `stomp://127.0.0.1:…` if it has a port. */
  readonly url: string | undefined;
  /** What may go wrong with the connections of `connect`, `ports`, `transport` and of the port. */
  readonly faults: TestFaults;
  /** Makes a service use it: `createMessaging(settings, broker.ports)`. */
  readonly ports: TestPorts;
  /** Makes any client of `@stompbox/client` use it. */
  readonly transport: TransportFactory;
  /** A client, on the clock of the broker. */
  connect(options?: ConnectOptions): Promise<Connection>;
  /** What a queue holds, in its order; nothing is taken. */
  messages(queue: DestinationLike): Promise<readonly QueuedMessage[]>;
  /** Ends all connections and the broker; what it holds is gone. */
  close(): Promise<void>;
}

/**
 * Starts a broker for tests. It needs no port and no directory, and is gone with its process.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export async function testBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  return await EmbeddedTestBroker.start(options);
}

export class EmbeddedTestBroker implements TestBroker {
  readonly profile: TestProfile;
  readonly clock: TestClock;
  readonly broker: Broker;
  /** What goes on between the broker and its clients. */
  readonly activity: Activity;
  readonly #imitation: Imitation;
  readonly #doors = new Set<Door>();
  readonly #door: Door;
  #tcp: TcpDoor | undefined;
  #prefixes = 0;

  private constructor(
    parts: Pick<EmbeddedTestBroker, 'profile' | 'clock' | 'broker' | 'activity'>,
    imitation: Imitation,
  ) {
    this.profile = parts.profile;
    this.clock = parts.clock;
    this.broker = parts.broker;
    this.activity = parts.activity;
    this.#imitation = imitation;
    this.#door = this.newDoor();
  }

  static async start(options: TestBrokerOptions): Promise<EmbeddedTestBroker> {
    const { profile, port, ...resolved } = resolveTestBroker(options);
    const imitation = imitationOf(profile, resolved);
    const activity = new Activity();
    const startAt = resolved.startAt ?? Math.floor(systemClock.now());
    const clock = resolved.hasFakeClock ? fakeClock(startAt, () => activity.settled()) : realClock;
    const broker = await startBroker({
      random: () => 0.5,
      ...imitation.brokerOptions,
      ...resolved.broker,
      memory: true,
      connectors: [],
      clock,
    });
    const started = new EmbeddedTestBroker({ profile, clock, broker, activity }, imitation);
    if (port !== undefined) await started.#listen(port);
    return started;
  }

  get url(): string | undefined {
    return this.#tcp && `stomp://127.0.0.1:${this.#tcp.port}`;
  }

  get faults(): TestFaults {
    return this.#door.faults;
  }

  get ports(): TestPorts {
    return this.#door.ports;
  }

  get transport(): TransportFactory {
    return this.#door.transport;
  }

  connect(options: ConnectOptions = {}): Promise<Connection> {
    return this.#door.ports.connect(TEST_URL, options);
  }

  messages(queue: DestinationLike): Promise<readonly QueuedMessage[]> {
    return this.browse(queue, undefined);
  }

  /** A way for one application, with faults and, if wanted, names of its own. */
  newDoor(prefix?: string): Door {
    const { broker, clock, activity } = this;
    const door = new Door({ broker, clock, activity, stages: this.#imitation.stages, prefix });
    this.#doors.add(door);
    return door;
  }

  /** One that nobody else on this broker has. */
  newPrefix(): string {
    this.#prefixes += 1;
    return `t${this.#prefixes}.`;
  }

  /** Past all faults and imitations. @param prefix of the names at the broker */
  async browse(
    queue: DestinationLike,
    prefix: string | undefined,
  ): Promise<readonly QueuedMessage[]> {
    const { broker, clock, activity } = this;
    const door = new Door({ broker, clock, activity, stages: [], prefix });
    const heartBeat = { outgoingMs: 0, incomingMs: 0 };
    const { transport } = door;
    return await browse(queue, () =>
      connect(TEST_URL, { transport, clock, heartBeat, reconnect: false }),
    );
  }

  async close(): Promise<void> {
    await this.#tcp?.close();
    for (const door of this.#doors) door.close();
    await this.broker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(port: number): Promise<void> {
    try {
      this.#tcp = await TcpDoor.open(port, (wire) => this.#door.accept(wire));
    } catch (error) {
      await this.broker.close();
      throw error;
    }
  }
}
