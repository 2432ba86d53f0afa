/** A connected client, its broker and its clock, as most tests need them. */
import {
  type Connection,
  type ConnectionStatus,
  type ConnectOptions,
  connect,
} from '@stompbox/client';
import { FakeClock } from './fake-clock.js';
import { ScriptedBroker } from './scripted-broker.js';

export interface Scene {
  readonly broker: ScriptedBroker;
  readonly clock: FakeClock;
  readonly connection: Connection;
  readonly events: ConnectionStatus[];
}

export interface Stage {
  readonly broker: ScriptedBroker;
  readonly clock: FakeClock;
  readonly events: ConnectionStatus[];
  /** Options that tie a client to this stage. */
  readonly options: ConnectOptions;
}

/** Everything but the connection. Pauses are exact, because nothing is random. */
export function stage(options: ConnectOptions = {}): Stage {
  const broker = new ScriptedBroker();
  const clock = new FakeClock();
  const events: ConnectionStatus[] = [];
  return {
    broker,
    clock,
    events,
    options: {
      transport: broker.transport,
      clock,
      heartBeat: { outgoingMs: 0, incomingMs: 0 },
      reconnect: { jitter: 'none' },
      onStatus: (status) => events.push(status),
      ...options,
    },
  };
}

export async function scene(options: ConnectOptions = {}): Promise<Scene> {
  const { options: all, ...rest } = stage(options);
  return { ...rest, connection: await connect('stomp://broker:61613', all) };
}

/** The types of events so far. */
export function typesOf(events: readonly ConnectionStatus[]): string[] {
  return events.map((event) => event.type);
}
