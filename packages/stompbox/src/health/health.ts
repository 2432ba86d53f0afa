/**
 * Health of a message service that proves consumption: not that a process is there, nor that some
 * connection can be made, but that this connection delivers to these listeners and that they get on.
 *
 * It looks at everything each `sampleMs` and at each check. It reads snapshots and events and asks the
 * broker over the service's own connection; it never restarts, resubscribes or closes anything, and
 * keeps no process alive.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '@stompbox/client';
import { type Logger, stderrLogger } from '../logger.js';
import type { MessagingEvent } from '../messaging-event.js';
import { ConnectionWatch } from './connection-watch.js';
import { DeliveryProbe } from './delivery-probe.js';
import { type EventLoopMonitor, EventLoopWatch, openEventLoopMonitor } from './event-loop.js';
import { type HealthOptions, type ResolvedHealth, resolveHealthOptions } from './health-options.js';
import {
  describeFaults,
  faultKeys,
  type HealthReport,
  HealthReports,
  type Verdict,
} from './health-report.js';
import type { HealthSource, WatchedConnection } from './health-source.js';
import { ListenerWatches, withKeys } from './listener-watches.js';
import { SilenceWatch } from './silence-watch.js';

export interface Health extends AsyncDisposable {
  /** How everything is now. Answers at once and never rejects. */
  check(): Promise<HealthReport>;
  /** Calls back when a probe or a component begins or ceases to fail; returns what ends that. */
  onChange(listener: (report: HealthReport) => void): () => void;
  /** Ends watching and the probe queue. The service stays as it is. */
  close(): Promise<void>;
}

/** What health works with; only tests replace it. */
export interface HealthPorts {
  /** Measures how long something lasts. */
  readonly clock?: Clock;
  /** Milliseconds since the epoch by the system's time, for the report. */
  readonly now?: () => number;
  readonly logger?: Logger;
  readonly eventLoop?: EventLoopMonitor;
  /** Makes names of probe queues. */
  readonly newId?: () => string;
}

/** @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` */
export function health(
  messaging: HealthSource,
  options: HealthOptions = {},
  ports: HealthPorts = {},
): Health {
  return new MessagingHealth(messaging, resolveHealthOptions(options), ports);
}

/** A connection that is gone for good is asked for again this often. */
const CONNECT_EVERY_MS = 5_000;

class MessagingHealth implements Health {
  readonly #source: HealthSource;
  readonly #options: ResolvedHealth;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #eventLoop: EventLoopWatch;
  readonly #silence: SilenceWatch;
  readonly #connectionWatch: ConnectionWatch;
  readonly #listeners: ListenerWatches;
  readonly #probe: DeliveryProbe;
  readonly #reports = new HealthReports();
  readonly #changeListeners = new Set<(report: HealthReport) => void>();
  readonly #stopEvents: () => void;
  #connection: WatchedConnection | undefined;
  #isConnecting = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** What failed when it was looked at last. */
  #faults: string | undefined;
  #cancelTimer: () => void = () => undefined;
  #isClosed = false;

  constructor(source: HealthSource, options: ResolvedHealth, ports: HealthPorts) {
    this.#source = source;
    this.#options = options;
    this.#clock = ports.clock ?? systemClock;
    this.#now = ports.now ?? Date.now;
    this.#logger = ports.logger ?? stderrLogger;
    this.#eventLoop = new EventLoopWatch(
      ports.eventLoop ?? openEventLoopMonitor(),
      options.eventLoop,
    );
    this.#silence = new SilenceWatch(options);
    this.#connectionWatch = new ConnectionWatch(options);
    this.#listeners = new ListenerWatches(options);
    this.#probe = new DeliveryProbe({
      source,
      options,
      clock: this.#clock,
      logger: this.#logger,
      newId: ports.newId ?? randomUUID,
      longestIdleMs: (nowMs) => this.#listeners.longestIdleMs(nowMs),
      onRound: () => this.#look(),
    });
    this.#stopEvents = source.onEvent((event) => this.#note(event));
    this.#sample();
  }

  async check(): Promise<HealthReport> {
    return this.#look();
  }

  onChange(listener: (report: HealthReport) => void): () => void {
    const entry = (report: HealthReport) => listener(report);
    this.#changeListeners.add(entry);
    return () => this.#changeListeners.delete(entry);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    this.#stopEvents();
    this.#eventLoop.close();
    await this.#probe.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #sample(): void {
    if (this.#isClosed) return;
    this.#eventLoop.sample(this.#clock.now());
    this.#look();
    this.#cancelTimer = this.#clock.setTimer(() => this.#sample(), this.#options.sampleMs);
  }

  #note(event: MessagingEvent): void {
    this.#connectionWatch.note(event, this.#clock.now());
    if (event.type !== 'connection' || event.status.type !== 'reconnecting') return;
    this.#probe.handleLoss();
  }

  /** Judges everything, and tells of changes. */
  #look(): HealthReport {
    const nowMs = this.#clock.now();
    const report = this.#reports.make(this.#verdicts(nowMs), nowMs, this.#now());
    const faults = faultKeys(report).join();
    const before = this.#faults;
    this.#faults = faults;
    if (before !== undefined && before !== faults) this.#tell(report);
    return report;
  }

  #verdicts(nowMs: number): Verdict[] {
    const snapshot = this.#source.snapshot();
    const isConnected = snapshot.connection.state === 'connected';
    this.#follow(snapshot.connection.state, snapshot.state === 'open', nowMs);
    const silence = this.#silence.sample(isConnected ? this.#connection : undefined, nowMs);
    const shared = {
      isConnected,
      isServiceOpen: snapshot.state === 'open',
      losses: this.#connectionWatch.losses,
      startingCount: snapshot.startingCount,
    };
    const keyed = new Map(withKeys(snapshot.listeners).map((one) => [one.key, one]));
    const viewOf = (key: string) => {
      const one = keyed.get(key);
      return one === undefined
        ? { hasPending: false, evidence: undefined }
        : this.#probe.statistics.viewOf(one);
    };
    return [
      this.#eventLoop.verdict(),
      ...this.#connectionWatch.judge(snapshot, silence, nowMs),
      this.#probe.verdict(),
      ...this.#listeners.judge(snapshot.listeners, shared, viewOf, nowMs),
    ];
  }

  /** Gets hold of the connection, and makes one where there is none and one is wanted. */
  #follow(state: string, isOpen: boolean, nowMs: number): void {
    if (this.#connection?.state === 'closed') {
      this.#connection = undefined;
      this.#probe.handleLoss();
    }
    if (!isOpen || this.#isClosed || this.#isConnecting || this.#connection !== undefined) return;
    if (state !== 'connected') {
      if (!this.#options.connect || nowMs - this.#askedAtMs < CONNECT_EVERY_MS) return;
      this.#askedAtMs = nowMs;
    }
    this.#isConnecting = true;
    this.#source
      .getConnection()
      .then((connection) => {
        this.#connection = connection;
      })
      .catch((error: unknown) => this.#connectionWatch.noteConnectFailed(error))
      .finally(() => {
        this.#isConnecting = false;
      });
  }

  #tell(report: HealthReport): void {
    const faults = describeFaults(report);
    if (faults.length === 0) this.#logger.info('health: all is well');
    else this.#logger.warn(`health: ${faults.join('; ')}`);
    for (const listener of this.#changeListeners) {
      try {
        listener(report);
      } catch (error) {
        this.#logger.error(
          `health: a listener of changes failed: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
}
