/** A broker made from its parts, so that a test hears what they tell of slowed producers. */
import type { TestContext } from 'node:test';
import type { BrokerOptions } from '@stompbox/broker';
import type { ActivityOf } from '../../dist/activity.js';
import { assembleParts } from '../../dist/broker-parts.js';
import { Connection } from '../../dist/connection.js';
import { resolveOptions } from '../../dist/options.js';
import { Session } from '../../dist/session.js';
import { MemoryStore } from '../../dist/store/memory-store.js';
import type { Store } from '../../dist/store/store.js';
import { memoryPipe } from '../../dist/transport/memory-pipe.js';
import { FakeClock } from '../fake-clock.js';
import { StompClient } from '../stomp-client.js';

type Told = ActivityOf<'producer-slowed'> | ActivityOf<'producer-resumed'>;

export interface SlowingScene {
  readonly clock: FakeClock;
  /** A client that has logged in. */
  client(): Promise<StompClient>;
  /** What was told so far, in order. */
  told(): readonly Told[];
}

export function slowingScene(
  t: TestContext,
  options: BrokerOptions,
  store: Store = new MemoryStore(),
): SlowingScene {
  const clock = new FakeClock();
  const resolved = resolveOptions({ clock, memory: true, ...options });
  const { connectionContext, sessionContext } = assembleParts(store, resolved, {
    sessions: new Set(),
    connectors: [],
    onStoreFailed: (error) => {
      throw error;
    },
  });
  const told: Told[] = [];
  connectionContext.activities.on(['producer-slowed', 'producer-resumed'], (activity) =>
    told.push(activity),
  );
  const clients: StompClient[] = [];
  t.after(() => {
    for (const client of clients) client.vanishes();
  });
  return {
    clock,
    told: () => told,
    client: async () => {
      const [clientEnd, brokerEnd] = memoryPipe();
      const connection = new Connection(brokerEnd, connectionContext);
      connection.start(new Session(connection, sessionContext, () => {}));
      const client = new StompClient(clientEnd);
      clients.push(client);
      await client.connects();
      return client;
    },
  };
}
