/** An outbox in memory, a relay with a fake clock, and a message service that the test plays. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Connection, type ConnectionStatus, profileOf } from '@stompbox/client';
import type { MessageOptions, MessagingEventListener } from 'stompbox';
import {
  createOutbox,
  type Outbox,
  type OutboxOptions,
  type Relay,
  type RelayEvent,
  type RelayMessaging,
  type RelayOptions,
  type SqlExecutor,
  startRelay,
} from 'stompbox/outbox';
import { memorySqlite, type Sqlite } from '../sql/sqlite.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { FakeClock } from './fake-clock.js';

export interface Sent {
  readonly destination: string;
  readonly body: unknown;
  readonly options: MessageOptions;
}

/** A message service: it notes what is sent, and the test says what comes of it. */
export class FakeMessaging {
  readonly sent: Sent[] = [];
  readonly listeners = new Set<MessagingEventListener>();
  state: Connection['state'] = 'connected';
  profile: 'stompbox' | 'activemq' | 'artemis' = 'stompbox';
  /** Rejects to let a send fail. */
  onSend: (sent: Sent) => Promise<void> = async () => undefined;
  onConnect: () => Promise<void> = async () => undefined;

  readonly messaging: RelayMessaging = {
    send: async (destination: unknown, body: unknown, options: MessageOptions = {}) => {
      assert.ok(typeof destination === 'string');
      const sent = { destination, body, options };
      this.sent.push(sent);
      await this.onSend(sent);
    },
    getConnection: async () => {
      await this.onConnect();
      const profile = profileOf(this.profile);
      return { state: this.state, profile } as Connection;
    },
    onEvent: (listener) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  };

  /** Something becomes of the connection. */
  tell(...statuses: readonly ConnectionStatus['type'][]): void {
    for (const type of statuses) {
      if (type === 'reconnecting') this.state = 'reconnecting';
      if (type === 'connected') this.state = 'connected';
      const status = { type, isReconnect: true, error: new Error('lost') } as ConnectionStatus;
      for (const listener of this.listeners) listener({ type: 'connection', status });
    }
  }

  get bodies(): readonly unknown[] {
    return this.sent.map(({ body }) => body);
  }
}

export interface Stage {
  readonly clock: FakeClock;
  readonly database: Sqlite;
  readonly outbox: Outbox;
  readonly broker: FakeMessaging;
  readonly logger: MemoryLogger;
  /** With an executor, the relay sees the table through it. */
  relay(options?: RelayOptions, executor?: SqlExecutor): TestRelay;
  /** A column of all rows, in their order. */
  column(name: string): unknown[];
}

export interface TestRelay {
  readonly relay: Relay;
  readonly events: RelayEvent[];
  /** The types of its events, those of the state left out. */
  types(): string[];
}

export async function stage(context: TestContext, options: OutboxOptions = {}): Promise<Stage> {
  const clock = new FakeClock();
  const database = memorySqlite(context);
  const ports = { now: clock.now };
  const outbox = createOutbox(database, options, ports);
  await outbox.migrate();
  const broker = new FakeMessaging();
  const logger = new MemoryLogger();
  const relay = (relayOptions: RelayOptions = {}, executor?: SqlExecutor): TestRelay => {
    const seen = executor === undefined ? outbox : createOutbox(executor, options, ports);
    const started = startRelay(broker.messaging, seen, relayOptions, {
      clock,
      logger,
      random: () => 1,
    });
    const events: RelayEvent[] = [];
    started.onEvent((event) => events.push(event));
    context.after(() => started.stop());
    const types = () => events.map(({ type }) => type).filter((type) => type !== 'state');
    return { relay: started, events, types };
  };
  const column = (name: string) =>
    database
      .prepare(`SELECT ${name} AS value FROM stompbox_outbox ORDER BY seq`)
      .all()
      .map(({ value }) => value);
  return { clock, database, outbox, broker, logger, relay, column };
}
