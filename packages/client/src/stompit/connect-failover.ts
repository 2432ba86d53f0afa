/**
 * Gets clients from one of several servers, again and again. It keeps no client: whoever has one
 * calls `reconnect` when it is lost.
 *
 *   first server │ fails │ pause │ next server │ … │ all given up: callback(error)
 *
 * - A server that fails goes to the end of the line; one that refuses CONNECT, or has failed
 *   `maxReconnects` times in a row, leaves it.
 * - Before a server that has not failed there is no pause, except when a client that was connected is
 *   lost: then `initialReconnectDelay`, or a server that hangs up at once would be called in a loop.
 */
import { EventEmitter } from 'node:events';
import { ConnectionError } from '../index.js';
import type { Client } from './client.js';
import type { ConnectOptions } from './connect.js';
import {
  type ConnectFailoverOptions,
  type ResolvedFailover,
  resolveFailover,
} from './failover-options.js';
import { FailoverServer, type ServerProperties, serverProperties } from './failover-server.js';
import { parseFailoverUri } from './failover-uri.js';
import { isStompitError, type StompitError, withConnectArgs } from './stompit-error.js';

export type FailoverCallback = (
  error: Error | null,
  client: Client,
  reconnect: () => void,
  server: FailoverServer,
) => void;

export interface FailoverAttempt {
  /** Ends it: no further attempt, and no callback. */
  abort(): void;
}

export interface ConnectFailoverEvents {
  connecting: [server: FailoverServer];
  connect: [server: FailoverServer];
  /** One attempt failed; others follow. */
  error: [error: StompitError, server: FailoverServer];
}

export class ConnectFailover extends EventEmitter<ConnectFailoverEvents> {
  readonly #options: ResolvedFailover;
  readonly #servers: ServerProperties[];

  /**
   * @param servers options or texts, or a failover URI whose options come before those given
   * @throws OptionsError a server or an option is wrong
   */
  constructor(
    servers: readonly (ConnectOptions | string)[] | string = [{}],
    options: ConnectFailoverOptions = {},
  ) {
    super();
    const uri = typeof servers === 'string' ? parseFailoverUri(servers) : undefined;
    this.#options = resolveFailover({ ...options, ...uri?.options });
    const list = typeof servers === 'string' ? (uri?.servers ?? []) : servers;
    this.#servers = list.map((server) => serverProperties(server, this.#options.connect));
  }

  addServer(server: ConnectOptions | string): void {
    this.#servers.push(serverProperties(server, this.#options.connect));
  }

  /** Milliseconds before a server that failed this often in a row is tried again. */
  getReconnectDelay(failures: number): number {
    const { initialReconnectDelay, maxReconnectDelay } = this.#options;
    const { useExponentialBackOff, reconnectDelayExponent } = this.#options;
    const factor = useExponentialBackOff
      ? reconnectDelayExponent ** failures - 1
      : Math.min(failures, 1);
    return Math.min(initialReconnectDelay * factor, maxReconnectDelay);
  }

  /**
   * Connects; the callback gets a client, now and after each call of `reconnect`, or the error when
   * no server is left.
   */
  connect(callback: FailoverCallback): FailoverAttempt {
    const servers = this.#servers.map((properties) => new FailoverServer(properties));
    const first = servers.splice(0, 1);
    const { randomize, random } = this.#options;
    const others = randomize ? shuffled(servers, random) : servers;
    const walk = new FailoverWalk(this, [...first, ...others], this.#options, callback);
    walk.start();
    return { abort: () => walk.abort() };
  }
}

/** One call of `connect`, with its own view of the servers. */
class FailoverWalk {
  readonly #failover: ConnectFailover;
  readonly #options: ResolvedFailover;
  readonly #callback: FailoverCallback;
  /** The one that is tried or in use, then those to come. */
  #servers: readonly FailoverServer[];
  readonly #givenUp: FailoverServer[] = [];
  #state: 'connecting' | 'connected' | 'waiting' | 'over' = 'waiting';
  #client: Client | undefined;
  #cancelTimer = () => {};

  constructor(
    failover: ConnectFailover,
    servers: readonly FailoverServer[],
    options: ResolvedFailover,
    callback: FailoverCallback,
  ) {
    this.#failover = failover;
    this.#servers = servers;
    this.#options = options;
    this.#callback = callback;
  }

  start(): void {
    const [server] = this.#servers;
    if (server) this.#try(server);
    else this.#giveUp(unreachable('No server is left to try: name one that can be reached'));
  }

  abort(): void {
    const client = this.#state === 'connecting' ? this.#client : undefined;
    this.#state = 'over';
    this.#cancelTimer();
    client?.destroy();
  }

  #try(server: FailoverServer): void {
    const { connectOptions } = server.serverProperties;
    this.#state = 'connecting';
    this.#client = this.#options.connectFunction(connectOptions, (error, client) => {
      if (this.#state !== 'connecting') {
        if (!error) client.destroy();
      } else if (error) this.#handleFailure(server, error);
      else this.#handleConnected(server, client);
    });
    this.#failover.emit('connecting', server);
  }

  #handleConnected(server: FailoverServer, client: Client): void {
    this.#state = 'connected';
    server.failedConnects = 0;
    this.#failover.emit('connect', server);
    let isLost = false;
    const reconnect = () => {
      if (isLost || this.#state !== 'connected') return;
      isLost = true;
      this.#next(server, this.#options.initialReconnectDelay);
    };
    this.#callback(null, client, reconnect, server);
  }

  #handleFailure(server: FailoverServer, error: StompitError): void {
    const { connectOptions } = server.serverProperties;
    withConnectArgs(error, connectOptions);
    if (this.#failover.listenerCount('error') > 0) this.#failover.emit('error', error, server);
    // CONNECT itself is wrong there: trying again would only lock the account.
    if (isStompitError(error) && error.isApplicationError()) server.blacklist(error);
    server.failedConnects++;
    const { maxReconnects } = this.#options;
    if (maxReconnects !== -1 && server.failedConnects >= maxReconnects) server.blacklist(error);
    if (this.#state === 'connecting') this.#next(server, 0);
  }

  #next(server: FailoverServer, minDelayMs: number): void {
    this.#servers = this.#servers.filter((other) => other !== server);
    if (server.isBlacklisted()) this.#givenUp.push(server);
    else this.#servers = [...this.#servers, server];
    const [next] = this.#servers;
    if (next === undefined) {
      this.#giveUp(this.#summary());
      return;
    }
    this.#state = 'waiting';
    const delayMs = Math.max(this.#failover.getReconnectDelay(next.failedConnects), minDelayMs);
    // The process must not end while it waits to get its connection back.
    this.#cancelTimer = this.#options.clock.setTimer(() => this.#try(next), delayMs, {
      keepAlive: true,
    });
  }

  #summary(): Error {
    const errors = this.#givenUp.map((server) => server.getBlacklistError());
    const [only] = errors;
    if (only && errors.length === 1) return only;
    const texts = errors.map((error) => error?.message).join('; ');
    return unreachable(`All ${errors.length} servers are given up: ${texts}`, errors);
  }

  #giveUp(error: Error): void {
    this.#state = 'over';
    (this.#callback as (error: Error) => void)(error);
  }
}

function unreachable(text: string, errors: readonly (Error | null)[] = []): Error {
  const cause = errors.length > 0 ? new AggregateError(errors) : undefined;
  return ConnectionError.of('STOMP_NET_UNREACHABLE', ['The failover', text], cause);
}

/** Fisher–Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const picked = Math.floor(random() * (last + 1));
    [order[last], order[picked]] = [order[picked] as T, order[last] as T];
  }
  return order;
}
