/** The parts that one broker is made of, put together. They know each other only as far as shown here. */
import type { FrameLimits, StompError } from '@stompbox/protocol';
import { Activities } from './activity.js';
import { Advisories } from './advisory/advisories.js';
import { BlobService } from './blob/blob-service.js';
import { ClientIds } from './client-ids.js';
import type { ConnectionContext } from './connection.js';
import { DedupWindow } from './dedup/dedup-window.js';
import { type BrokerCounters, countActivities, newCounters } from './events.js';
import { ExpiryScan, queuesOf } from './expiry-scan.js';
import { FlushSchedule } from './flush-schedule.js';
import { BrokerHttp } from './http/broker-http.js';
import { DirectoryUse } from './memory/directory-use.js';
import { MemoryUse } from './memory/memory-use.js';
import { ProducerLine } from './memory/producer-line.js';
import { MessageIds } from './message-ids.js';
import type { ResolvedOptions } from './options.js';
import { Overview } from './overview.js';
import { Router } from './router.js';
import { Schedules } from './schedule/schedules.js';
import { Logins } from './security/logins.js';
import { usersOf } from './security/user-directory.js';
import type { Session } from './session.js';
import type { SessionContext } from './session-context.js';
import { ProducerCounts } from './session-producers.js';
import { Statistics } from './statistics/statistics.js';
import { CommitLoop } from './store/commit-loop.js';
import type { Store } from './store/store.js';
import { VERSION } from './version.js';

export interface BrokerParts {
  readonly commits: CommitLoop;
  readonly router: Router;
  readonly schedules: Schedules;
  readonly expiryScan: ExpiryScan;
  readonly advisories: Advisories;
  readonly statistics: Statistics;
  readonly counters: BrokerCounters;
  readonly blobs: BlobService;
  readonly http: BrokerHttp;
  readonly connectionContext: ConnectionContext;
  readonly sessionContext: SessionContext;
}

/** What the parts see of the broker itself. */
export interface BrokerView {
  readonly sessions: ReadonlySet<Session>;
  readonly connectors: ReadonlyArray<{ readonly url: string }>;
  onStoreFailed(error: StompError): void;
}

export function assembleParts(
  store: Store,
  options: ResolvedOptions,
  view: BrokerView,
): BrokerParts {
  const { clock, onEvent, policies, random, memoryLimits } = options;
  const commits = new CommitLoop(store, clock, (error) => view.onStoreFailed(error));
  const activities = new Activities((error) => onEvent({ type: 'listener-failed', error }));
  const counters = newCounters();
  countActivities(activities, counters, onEvent);
  const [memory, messageIds] = [memoryOf(options), new MessageIds()];
  const blobs = blobsOf(store, commits, options);
  const base = { store, commits, clock, random, policies, memory, activities, messageIds };
  const router = new Router({ ...base, blobs });
  const logins = new Logins({ ...options, users: usersOf(options) });
  const http = httpOf(options, blobs, logins);
  const producerCounts = new ProducerCounts();
  const overview = new Overview({
    brokerId: messageIds.next(),
    dataDirectory: options.memory ? '' : options.data,
    memory,
    directoryUse: new DirectoryUse(options.memory ? undefined : options.data, clock),
    router,
    producerCounts,
    ...view,
  });
  const statistics = new Statistics(overview);
  const advisories = advisoriesOf(activities, router, overview);
  const schedules = schedulesOf(store, commits, router, options, activities);
  const expiryScan = new ExpiryScan({
    clock,
    everyMs: options.expiryScanMs,
    queues: () => queuesOf(router),
  });
  const dedup = dedupOf(store, commits, options, activities);
  const connectionContext = {
    ...base,
    ids: messageIds,
    limits: frameLimitsOf(options),
    memoryLimits,
    producerLine: new ProducerLine(memory, clock),
    flushes: new FlushSchedule(),
  };
  const sessionContext = {
    clock,
    onEvent,
    commits,
    router,
    activities,
    schedules,
    dedup,
    statistics,
    advisories,
    clientIds: new ClientIds(),
    producerCounts,
    logins,
    blobs,
    populatesUserId: options.populateUserId,
    messageIds,
    serverName: `stompbox/${VERSION}`,
    connectTimeoutMs: options.connectTimeoutMs,
    defaultHeartBeat: options.defaultHeartBeat,
  };
  return {
    commits,
    router,
    schedules,
    expiryScan,
    advisories,
    statistics,
    counters,
    blobs,
    http,
    connectionContext,
    sessionContext,
  };
}

function advisoriesOf(activities: Activities, router: Router, overview: Overview): Advisories {
  const advisories = new Advisories(activities, {
    hasListeners: (destination) => router.hasListeners(destination),
    send: (outgoing) => router.publish(outgoing),
    snapshot: () => overview.snapshot(),
    origin: () => overview.origin(),
  });
  for (const { queue } of router.durables) advisories.durableRecovered(queue.destination);
  return advisories;
}

function blobsOf(store: Store, commits: CommitLoop, options: ResolvedOptions): BlobService {
  const { clock, onEvent } = options;
  return new BlobService({
    data: options.memory ? undefined : options.data,
    isServed: options.http !== undefined,
    store,
    commits,
    clock,
    limits: options.blobs,
    onError: (error) => onEvent({ type: 'blob-failed', error }),
  });
}

function httpOf(options: ResolvedOptions, blobs: BlobService, logins: Logins): BrokerHttp {
  const onError = (error: Error) => options.onEvent({ type: 'blob-failed', error });
  return new BrokerHttp({ options: options.http, blobs, logins, onError });
}

function dedupOf(
  store: Store,
  commits: CommitLoop,
  { clock, dedup }: ResolvedOptions,
  activities: Activities,
): DedupWindow {
  const onCorruptRecord = (position: number) =>
    activities.emit({ type: 'corrupt-record', queue: 'dedup', position });
  return new DedupWindow({ store, commits, clock, options: dedup, onCorruptRecord });
}

function memoryOf({ memoryLimits, onEvent }: ResolvedOptions): MemoryUse {
  const memory = new MemoryUse(memoryLimits.maxBytes);
  memory.onChange((state) => {
    const { usedBytes, limitBytes } = memory;
    const type = state === 'full' ? 'memory-limit-reached' : 'memory-limit-relieved';
    onEvent({ type, usedBytes, limitBytes });
  });
  return memory;
}

/** A frame must fit into what its connection may make the broker hold. */
function frameLimitsOf({ limits, memoryLimits }: ResolvedOptions): FrameLimits {
  const maxFrameBytes = Math.min(limits.maxFrameBytes, memoryLimits.maxConnectionBytes);
  return { ...limits, maxFrameBytes };
}

function schedulesOf(
  store: Store,
  commits: CommitLoop,
  router: Router,
  { clock, onEvent }: ResolvedOptions,
  activities: Activities,
): Schedules {
  return new Schedules({
    store,
    commits,
    clock,
    send: (outgoing) => router.send(outgoing),
    deadLetter: (outgoing, cause) => router.deadLetter(outgoing, cause),
    onProblem: (problem) => {
      if (problem.type === 'corrupt-job') {
        const { position } = problem;
        activities.emit({ type: 'corrupt-record', queue: 'schedule', position });
      } else onEvent(problem);
    },
  });
}
