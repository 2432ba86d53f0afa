/**
 * The rhythm of what health asks the broker: canary and statistics, one round after the other.
 *
 *   resting ──everyMs──▶ asking ──▶ resting …        close() ends it from both
 *
 * A round is made while the service is open and connected, when a listener is idle, statistics are told,
 * or the last canary was lost. A new connection forgets everything.
 */
import type { Clock } from '@stompbox/client';
import { ProtocolError } from '@stompbox/protocol';
import type { Logger } from '../logger.js';
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import {
  consumersRequest,
  plainQueueName,
  queueRequests,
  readConsumers,
  readQueues,
  tellsStatistics,
} from './broker-statistics.js';
import type { ResolvedHealth } from './health-options.js';
import type { Fault, Verdict } from './health-report.js';
import type { HealthSource, WatchedConnection } from './health-source.js';
import { type KeyedListener, withKeys } from './listener-watches.js';
import { type ProbeOutcome, ProbeQueue } from './probe-queue.js';
import { StatisticsWatch } from './statistics-watch.js';

export interface DeliveryProbeParts {
  readonly source: HealthSource;
  readonly options: ResolvedHealth;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  /** For how long the idlest listener got nothing. */
  readonly longestIdleMs: (nowMs: number) => number;
  /** Called after each round, when verdicts may have changed. */
  readonly onRound: () => void;
}

type CanaryState = 'off' | 'idle' | 'arrived' | 'lost' | 'refused';

/** A refusal costs the connection, so it is tried again once, in case it had another cause. */
const MAX_REFUSALS = 2;

export class DeliveryProbe {
  readonly statistics: StatisticsWatch;
  readonly #parts: DeliveryProbeParts;
  #queue: ProbeQueue | undefined;
  #canary: CanaryState;
  #refusals = 0;
  /** The broker was asked for statistics and told none, or none that can be read. */
  #hasNoStatistics = false;
  #isClosed = false;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: DeliveryProbeParts) {
    this.#parts = parts;
    this.#canary = parts.options.canary.isOn ? 'idle' : 'off';
    this.statistics = new StatisticsWatch(parts.options);
    this.#rest();
  }

  verdict(): Verdict {
    return {
      component: 'canary',
      state: this.#canary,
      isRequired: true,
      fault: this.#canary === 'lost' ? this.#lostFault() : undefined,
    };
  }

  /** What was found out is about a session that is gone. */
  handleLoss(): void {
    this.#queue?.interrupt();
    this.statistics.reset();
    this.#hasNoStatistics = false;
    if (this.#canary === 'lost' || this.#canary === 'arrived') this.#canary = 'idle';
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer();
    try {
      await this.#queue?.close();
    } catch (error) {
      this.#warn('the probe queue was not ended in order', error);
    }
  }

  #rest(): void {
    if (this.#isClosed) return;
    const { clock, options } = this.#parts;
    this.#cancelTimer = clock.setTimer(() => {
      this.#round()
        .catch((error: unknown) => this.#handleFailure(error))
        .finally(() => {
          if (!this.#isClosed) this.#parts.onRound();
          this.#rest();
        });
    }, options.canary.everyMs);
  }

  async #round(): Promise<void> {
    const { source, clock, options } = this.#parts;
    const { state, connection: about, listeners } = source.snapshot();
    if (state !== 'open' || about.state !== 'connected') return;
    const connection = await source.getConnection();
    const confirmed = withKeys(listeners).filter(({ listener }) => isConfirmed(listener));
    const names = this.#statisticsNames(connection, confirmed);
    if (names.length === 0 && !this.#isCanaryDue()) return;
    const queue = this.#queueOn(connection);
    const outcome = await queue.ask(queueRequests(names), options.canary.timeoutMs);
    this.#noteOutcome(outcome);
    if (outcome.type !== 'arrived' || names.length === 0) return;
    const queues = readQueues(outcome.replies);
    if (queues.size === 0) {
      this.#hasNoStatistics = true;
      this.#warn('the broker tells no statistics; is its statistics plugin missing?');
      return;
    }
    const suspects = this.statistics.noteQueues(queues, this.#stillThere(confirmed), clock.now());
    if (suspects.length === 0) return;
    const answer = await queue.ask([consumersRequest()], options.canary.timeoutMs);
    this.#noteOutcome(answer);
    if (answer.type !== 'arrived') return;
    const consumers = readConsumers(answer.replies, connection.session);
    this.statistics.noteConsumers(consumers, suspects, clock.now());
  }

  #handleFailure(error: unknown): void {
    if (error instanceof ProtocolError) this.#hasNoStatistics = true;
    this.#warn('a round of questions to the broker failed', error);
  }

  /** As they are now, so that counters of both sides are of about the same moment. */
  #stillThere(before: readonly KeyedListener[]): KeyedListener[] {
    const confirmedAtMs = new Map(before.map(({ key, listener }) => [key, listener.confirmedAtMs]));
    return withKeys(this.#parts.source.snapshot().listeners).filter(
      ({ key, listener }) =>
        isConfirmed(listener) && confirmedAtMs.get(key) === listener.confirmedAtMs,
    );
  }

  #queueOn(connection: WatchedConnection): ProbeQueue {
    if (this.#queue?.connection !== connection) {
      const { clock, newId } = this.#parts;
      this.#queue = new ProbeQueue(connection, clock, newId());
    }
    return this.#queue;
  }

  #statisticsNames(
    { profile }: WatchedConnection,
    listeners: readonly KeyedListener[],
  ): readonly string[] {
    const { statistics } = this.#parts.options;
    if (this.#hasNoStatistics || this.#canary === 'refused') return [];
    if (!tellsStatistics(profile.name, statistics)) return [];
    const names = listeners.map(({ listener }) => plainQueueName(listener.subscribedTo));
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  #isCanaryDue(): boolean {
    if (this.#canary === 'off' || this.#canary === 'refused') return false;
    const { clock, options, longestIdleMs } = this.#parts;
    return this.#canary === 'lost' || longestIdleMs(clock.now()) >= options.canary.idleMs;
  }

  #noteOutcome(outcome: ProbeOutcome): void {
    switch (outcome.type) {
      case 'arrived':
        this.#refusals = 0;
        if (this.#canary !== 'off') this.#canary = 'arrived';
        break;
      case 'lost':
        if (this.#canary !== 'off') this.#canary = 'lost';
        break;
      case 'refused':
        this.#refusals += 1;
        if (this.#refusals < MAX_REFUSALS) break;
        this.#canary = 'refused';
        this.#warn(
          'the broker refuses the probe queue of health, so neither canary nor statistics run: allow ' +
            'this user temporary queues, or set canary to false',
          outcome.error,
        );
        break;
      case 'interrupted':
        break;
    }
  }

  #lostFault(): Fault {
    const { timeoutMs } = this.#parts.options.canary;
    return {
      code: 'canary-lost',
      reason:
        `a message to ourselves did not come back within ${timeoutMs} ms: the broker, or something ` +
        'on the way to it, takes messages and delivers none',
    };
  }

  #warn(what: string, error?: unknown): void {
    const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : error}`;
    this.#parts.logger.warn(`health: ${what}${why}`);
  }
}

function isConfirmed({ state, confirmedAtMs }: ListenerSnapshot): boolean {
  return state === 'running' && confirmedAtMs !== undefined;
}
