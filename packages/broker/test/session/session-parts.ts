/** A session made from its parts, for connections that no connector would open in a test. */
import type { BrokerEvent } from '@stompbox/broker';
import { DEFAULT_LIMITS, type FrameLimits } from '@stompbox/protocol';
import { Activities } from '../../dist/activity.js';
import { ClientIds } from '../../dist/client-ids.js';
import { Connection } from '../../dist/connection.js';
import { countActivities, newCounters } from '../../dist/events.js';
import { FlushSchedule } from '../../dist/flush-schedule.js';
import { MessageIds } from '../../dist/message-ids.js';
import { resolveOptions } from '../../dist/options.js';
import { Router } from '../../dist/router.js';
import { Logins } from '../../dist/security/logins.js';
import { usersOf } from '../../dist/security/user-directory.js';
import { Session } from '../../dist/session.js';
import { ProducerCounts } from '../../dist/session-producers.js';
import { CommitLoop } from '../../dist/store/commit-loop.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import { FakeClock } from '../fake-clock.js';
import { FakeTransport } from './fake-transport.js';

export interface SessionParts {
  readonly transport: FakeTransport;
  readonly session: Session;
  readonly clock: FakeClock;
  readonly router: Router;
  readonly events: readonly BrokerEvent[];
}

export function sessionParts({
  isLocal = true,
  limits = DEFAULT_LIMITS,
}: {
  readonly isLocal?: boolean;
  readonly limits?: FrameLimits;
} = {}): SessionParts {
  const clock = new FakeClock();
  const events: BrokerEvent[] = [];
  const onEvent = (event: BrokerEvent) => void events.push(event);
  const store = new MemoryStore();
  const commits = new CommitLoop(store, clock, (error) => {
    throw error;
  });
  const options = resolveOptions({ clock, onEvent });
  const activities = new Activities((error) => {
    throw error;
  });
  const counters = newCounters();
  countActivities(activities, counters, onEvent);
  const messageIds = new MessageIds();
  const { policies, random } = options;
  const router = new Router({ store, commits, clock, random, policies, activities, messageIds });
  const transport = new FakeTransport({ isLocal });
  const flushes = new FlushSchedule();
  const connection = new Connection(transport, {
    ids: messageIds,
    clock,
    limits,
    commits,
    flushes,
  });
  const context = {
    clock,
    commits,
    router,
    activities,
    clientIds: new ClientIds(),
    producerCounts: new ProducerCounts(),
    populatesUserId: false,
    messageIds,
    logins: new Logins({ ...options, users: usersOf({ ...options, memory: true }) }),
    onEvent,
    serverName: 'test/0',
    connectTimeoutMs: 1000,
  };
  const session = new Session(connection, context, () => {});
  connection.start(session);
  return { transport, session, clock, router, events };
}

/** The end of the turn, when connections write what is due, logins of this turn included. */
export async function endOfTurn(): Promise<void> {
  for (const _turn of ['login', 'write']) await new Promise((resolve) => setImmediate(resolve));
}
