/**
 * One application's way to a test broker: opens its wires, with the faults and the names that are its
 * own. Wires that are open when the door closes are cut.
 */
import { type Broker, memoryPipe } from '@stompbox/broker';
import { connect, type Transport, type TransportFactory } from '@stompbox/client';
import type { MessagingPorts } from '../messaging.js';
import type { Activity } from './activity.js';
import { FaultPlan } from './fault/fault-plan.js';
import { FaultStage } from './fault/fault-stage.js';
import { TestFaults } from './fault/test-faults.js';
import type { MakeStage } from './link/frame-stage.js';
import { Link } from './link/link.js';
import { NamePrefix } from './link/name-prefix.js';
import type { TestClock } from './test-clock.js';

/** What `createMessaging(settings, ports)` needs to use a test broker. */
export type TestPorts = Required<Pick<MessagingPorts, 'connect' | 'clock' | 'now' | 'random'>>;

export interface DoorParts {
  readonly broker: Broker;
  readonly clock: TestClock;
  readonly activity: Activity;
  /** What of another broker is imitated. */
  readonly stages: readonly MakeStage[];
  /** Before the names of the application at the broker; undefined: they are the same. */
  readonly prefix: string | undefined;
}

export class Door {
  readonly faults: TestFaults;
  readonly ports: TestPorts;
  readonly #parts: DoorParts;
  readonly #stages: readonly MakeStage[];
  readonly #plan = new FaultPlan();
  readonly #links = new Set<Link>();

  constructor(parts: DoorParts) {
    const { clock, prefix } = parts;
    this.#parts = parts;
    this.#stages = [
      (ends) => new FaultStage(this.#plan, clock, ends),
      ...(prefix === undefined ? [] : [() => new NamePrefix(prefix)]),
      ...parts.stages,
    ];
    this.faults = new TestFaults(this.#plan, this.#links);
    // Half of every jitter, so that pauses are always the same.
    const random = () => 0.5;
    const { transport } = this;
    this.ports = {
      clock,
      random,
      now: () => Math.floor(clock.now()),
      connect: (url, options) => connect(url, { ...options, transport, clock, random }),
    };
  }

  /** Opens connections, for any client: `connect(url, { transport })`. */
  get transport(): TransportFactory {
    return async () => {
      if (this.#plan.take('refusals')) {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }
      const [client, wire] = memoryPipe();
      this.#open(wire);
      return client;
    };
  }

  /** A client that came by another way. @param wire gives what it writes */
  accept(wire: Transport): void {
    if (this.#plan.take('refusals')) wire.destroy();
    else this.#open(wire);
  }

  close(): void {
    for (const link of [...this.#links]) link.drop();
  }

  #open(client: Transport): void {
    const { broker, activity } = this.#parts;
    const link = new Link({
      client,
      broker: broker.connectInMemory(),
      stages: this.#stages,
      activity,
      onClosed: (closed) => this.#links.delete(closed),
    });
    this.#links.add(link);
  }
}
