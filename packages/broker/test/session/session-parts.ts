/** A session made from its parts, for connections that no connector would open in a test. */
import type { BrokerEvent } from '@stompbox/broker';
import { DEFAULT_LIMITS, type FrameLimits } from '@stompbox/protocol';
import { assembleParts } from '../../dist/broker-parts.js';
import { Connection } from '../../dist/connection.js';
import type { MemoryLimits } from '../../dist/memory/memory-limits.js';
import { resolveOptions } from '../../dist/options.js';
import type { Router } from '../../dist/router.js';
import { Session } from '../../dist/session.js';
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
  memoryLimits = {},
}: {
  readonly isLocal?: boolean;
  readonly limits?: FrameLimits;
  readonly memoryLimits?: Partial<MemoryLimits>;
} = {}): SessionParts {
  const clock = new FakeClock();
  const events: BrokerEvent[] = [];
  const onEvent = (event: BrokerEvent) => void events.push(event);
  const settings = { limits, memoryLimits, connectTimeoutMs: 1000, memory: true };
  const options = resolveOptions({ clock, onEvent, ...settings });
  const { router, connectionContext, sessionContext } = assembleParts(new MemoryStore(), options, {
    sessions: new Set(),
    connectors: [],
    onStoreFailed: (error) => {
      throw error;
    },
  });
  const transport = new FakeTransport({ isLocal });
  const connection = new Connection(transport, connectionContext);
  const context = { ...sessionContext, serverName: 'test/0' };
  const session = new Session(connection, context, () => {});
  connection.start(session);
  return { transport, session, clock, router, events };
}

/** The end of the turn, when connections write what is due, logins of this turn included. */
export async function endOfTurn(): Promise<void> {
  for (const _turn of ['login', 'write']) await new Promise((resolve) => setImmediate(resolve));
}
