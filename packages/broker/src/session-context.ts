import type { Clock } from './clock.js';
import type { BrokerEvent } from './events.js';
import type { MessageIds } from './message-ids.js';
import type { Router } from './router.js';
import type { CommitLoop } from './store/commit-loop.js';

/** What sessions share. */
export interface SessionContext {
  readonly clock: Clock;
  readonly commits: CommitLoop;
  readonly router: Router;
  readonly messageIds: MessageIds;
  /** Value of the `server` header: name and version. */
  readonly serverName: string;
  /** Time from the opening of the connection to CONNECT. */
  readonly connectTimeoutMs: number;
  readonly onEvent: (event: BrokerEvent) => void;
}
