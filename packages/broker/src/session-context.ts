import type { HeartBeat } from '@stompbox/protocol';
import type { Activities } from './activity.js';
import type { Advisories } from './advisory/advisories.js';
import type { BlobService } from './blob/blob-service.js';
import type { ClientIds } from './client-ids.js';
import type { Clock } from './clock.js';
import type { DedupWindow } from './dedup/dedup-window.js';
import type { BrokerEvent } from './events.js';
import type { MessageIds } from './message-ids.js';
import type { Router } from './router.js';
import type { Schedules } from './schedule/schedules.js';
import type { Logins } from './security/logins.js';
import type { ProducerCounts } from './session-producers.js';
import type { Statistics } from './statistics/statistics.js';
import type { CommitLoop } from './store/commit-loop.js';

/** What sessions share. */
export interface SessionContext {
  readonly clock: Clock;
  readonly commits: CommitLoop;
  readonly router: Router;
  readonly activities: Activities;
  readonly schedules: Schedules;
  readonly dedup: DedupWindow;
  readonly statistics: Statistics;
  readonly advisories: Advisories;
  readonly blobs: BlobService;
  readonly clientIds: ClientIds;
  readonly producerCounts: ProducerCounts;
  readonly logins: Logins;
  /** Messages carry the login of their sender as JMSXUserID. */
  readonly populatesUserId: boolean;
  readonly messageIds: MessageIds;
  /** Value of the `server` header: name and version. */
  readonly serverName: string;
  /** Time from the opening of the connection to CONNECTED. */
  readonly connectTimeoutMs: number;
  /** Of clients that say nothing of heart-beats. */
  readonly defaultHeartBeat: HeartBeat;
  readonly onEvent: (event: BrokerEvent) => void;
}
