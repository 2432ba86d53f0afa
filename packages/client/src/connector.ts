/**
 * Gets a session from one of several servers: rounds over all of them, with growing pauses.
 *
 *   round 1: a, b, c │ pause │ round 2: a, b, c │ pause │ …
 *
 * A refused login ends it at once: trying again would only lock the account. So does a round in
 * which all servers failed by a mistake of the program, which the next round would repeat.
 * The server whose connection was lost comes last, as in ActiveMQ's failover transport.
 * It keeps no session: what becomes of one is its owner's business.
 */
import { FrameError, OptionsError } from '@stompbox/protocol';
import type { BackOff } from './back-off.js';
import {
  type AttemptOptions,
  type ResolvedConnectOptions,
  resolveHeaders,
} from './connect-options.js';
import { Credentials } from './credentials.js';
import { BrokerError, ConnectionError, TimeoutError } from './errors.js';
import type { FrameFeed } from './frame-feed.js';
import type { Server } from './server-url.js';
import { Session } from './session.js';
import type { ConnectionStatus } from './status.js';
import { isTraced, trace, traceOrigin } from './trace/tracing.js';
import type { Traffic } from './traffic.js';
import { formatAddress, type Transport } from './transport.js';

export interface Connected {
  readonly session: Session;
  /** The round that succeeded. */
  readonly attempt: number;
}

export interface ConnectorPlan {
  /** Rounds that earlier calls made; they count. */
  readonly attemptsMade: number;
  /** Rounds over all servers. */
  readonly maxAttempts: number;
  /** True after a loss: pause before the first round too. */
  readonly isReconnect: boolean;
  readonly signal: AbortSignal;
}

/** What an attempt tells others. */
export interface ConnectorHost {
  readonly backOff: BackOff;
  readonly frames: FrameFeed;
  readonly traffic: Traffic;
  report(status: ConnectionStatus): void;
}

export class Connector {
  readonly #options: ResolvedConnectOptions;
  readonly #host: ConnectorHost;
  /** In the order in which the next round tries them. */
  #servers: readonly Server[];

  constructor(servers: readonly Server[], options: ResolvedConnectOptions, host: ConnectorHost) {
    this.#options = options;
    this.#host = host;
    this.#servers = byPriority(options.isRandomOrder ? shuffled(servers, options.random) : servers);
  }

  /**
   * @throws the reason of the signal, `STOMP_BROKER_LOGIN`, the error of the only server, or
   *   `STOMP_NET_UNREACHABLE` that lists the errors of all.
   */
  async connect(plan: ConnectorPlan): Promise<Connected> {
    const { signal, maxAttempts } = plan;
    for (let attempt = plan.attemptsMade + 1; ; attempt++) {
      if (attempt > 1 || plan.isReconnect) await this.#pause(attempt, signal);
      const failures: Error[] = [];
      for (const server of this.#servers) {
        signal.throwIfAborted();
        const peer = formatAddress(server.address);
        this.#host.report({ type: 'connecting', peer, attempt });
        try {
          const session = await this.#attempt(server, attempt, plan);
          this.#putLast(server);
          return { session, attempt };
        } catch (cause) {
          signal.throwIfAborted();
          const error = cause as Error;
          this.#host.report({ type: 'connect-failed', peer, attempt, error });
          if (isFatal(error)) throw error;
          failures.push(error);
        }
      }
      if (attempt >= maxAttempts || failures.every(isMistake)) throw summary(failures);
    }
  }

  #attempt(server: Server, attempt: number, { isReconnect, signal }: ConnectorPlan) {
    if (!isTraced('connect')) return this.#open(server, attempt, signal);
    const { profile } = this.#options;
    const context = {
      ...traceOrigin(formatAddress(server.address), profile === 'auto' ? 'generic' : profile),
      attempt,
      isReconnect,
    };
    return trace('connect', context, async () => {
      const session = await this.#open(server, attempt, signal);
      context.system = session.profile.name;
      return session;
    });
  }

  /** @throws an error that says what to do; the reason of the signal */
  async #open(server: Server, number: number, signal: AbortSignal): Promise<Session> {
    const { connectTimeoutMs, clock } = this.#options;
    const peer = formatAddress(server.address);
    const attempt = new AbortController();
    const cancelTimer = clock.setTimer(
      () => attempt.abort(TimeoutError.of('STOMP_NET_TIMEOUT_CONNECT', [peer, connectTimeoutMs])),
      connectTimeoutMs,
    );
    const abandon = () => attempt.abort(new Error('Connecting was given up'));
    signal.addEventListener('abort', abandon, { once: true });
    try {
      // Whoever was told of the attempt may have stopped it.
      signal.throwIfAborted();
      const changes = await this.#changes(peer, number, attempt.signal);
      const transport = await this.#openTransport(server, attempt.signal);
      const options = this.#sessionOptions(server, changes);
      return await Session.open(transport, options, attempt.signal);
    } catch (error) {
      signal.throwIfAborted();
      throw explain(peer, error);
    } finally {
      cancelTimer();
      signal.removeEventListener('abort', abandon);
    }
  }

  /** A factory may ignore the signal; what it opens too late is closed again. */
  #openTransport(server: Server, signal: AbortSignal): Promise<Transport> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      this.#options.transport(server.address, signal).then((transport) => {
        signal.removeEventListener('abort', abort);
        if (signal.aborted) transport.destroy();
        else resolve(transport);
      }, reject);
    });
  }

  /** What the application says to this attempt; the attempt's end ends the wait for it, too. */
  #changes(peer: string, attempt: number, signal: AbortSignal): Promise<AttemptOptions> {
    const { beforeAttempt } = this.#options;
    if (beforeAttempt === undefined) return Promise.resolve({});
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      Promise.resolve()
        .then(() => beforeAttempt({ peer, attempt }))
        .then((changes) => resolve(changes ?? {}), reject);
    });
  }

  #sessionOptions(server: Server, changes: AttemptOptions) {
    const { credentials, host, heartBeat, headers, ...options } = this.#options;
    const { login, passcode } = changes;
    const isReplaced = login !== undefined || passcode !== undefined;
    return {
      ...options,
      headers: { ...headers, ...resolveHeaders(changes.headers ?? {}) },
      heartBeat,
      frames: this.#host.frames,
      traffic: this.#host.traffic,
      toleranceFactor: heartBeat.toleranceFactor,
      host: host ?? server.address.host,
      credentials: isReplaced
        ? new Credentials(login, passcode)
        : (server.credentials ?? credentials),
    };
  }

  async #pause(attempt: number, signal: AbortSignal): Promise<void> {
    const delayMs = this.#host.backOff.next();
    this.#host.report({ type: 'waiting', attempt, delayMs });
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      // The process must not end while it waits to get its connection back.
      const cancelTimer = this.#options.clock.setTimer(
        () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
        delayMs,
        { keepAlive: true },
      );
      const abort = () => {
        cancelTimer();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  #putLast(server: Server): void {
    this.#servers = byPriority([...this.#servers.filter((other) => other !== server), server]);
  }
}

/** ActiveMQ's priorityBackup: the others are tried only when these have failed. */
function byPriority(servers: readonly Server[]): readonly Server[] {
  return [
    ...servers.filter(({ isPriority }) => isPriority),
    ...servers.filter(({ isPriority }) => !isPriority),
  ];
}

/** Fisher–Yates. */
function shuffled(servers: readonly Server[], random: () => number): readonly Server[] {
  const order = [...servers];
  for (let last = order.length - 1; last > 0; last--) {
    const picked = Math.floor(random() * (last + 1));
    [order[last], order[picked]] = [order[picked] as Server, order[last] as Server];
  }
  return order;
}

function isFatal(error: Error): boolean {
  return error instanceof BrokerError && error.code === 'STOMP_BROKER_LOGIN';
}

/** A stream that was used up, a package that is missing. */
function isMistake(error: Error): boolean {
  return error instanceof OptionsError;
}

/** The errors of sockets as errors that say what to do. */
function explain(peer: string, error: unknown): Error {
  if (error instanceof FrameError) {
    return ConnectionError.of('STOMP_NET_NOT_STOMP', [peer, error.message], error);
  }
  if (error instanceof ConnectionError && error.code === 'STOMP_NET_LOST') {
    const reason = error.cause instanceof Error ? error.cause.message : 'it closed the connection';
    return ConnectionError.of('STOMP_NET_NOT_STOMP', [peer, reason], error);
  }
  if (error instanceof Error && 'retryable' in error) return error;
  const code = systemCode(error);
  if (code === 'ECONNREFUSED') return ConnectionError.of('STOMP_NET_REFUSED', [peer], error);
  const text = error instanceof Error && error.message !== '' ? error.message : code;
  return ConnectionError.of('STOMP_NET_UNREACHABLE', [peer, text ?? 'unknown reason'], error);
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function summary(failures: readonly Error[]): Error {
  const [only, second] = failures;
  if (only !== undefined && second === undefined) return only;
  const texts = failures.map((failure) => failure.message).join('; ');
  return ConnectionError.of(
    'STOMP_NET_UNREACHABLE',
    [`None of ${failures.length} servers`, texts],
    new AggregateError(failures, 'All servers failed'),
  );
}
