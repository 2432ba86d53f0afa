/**
 * The one connection of a message service: made at the first use, and made again at the next use when it
 * is gone for good. What happens to it is logged, told as an event, and kept for a snapshot.
 */
import {
  type Clock,
  type Connection,
  ConnectionError,
  type ConnectionStatus,
} from '@stompbox/client';
import { logStatus } from './connection-log.js';
import type { Logger } from './logger.js';
import type { MessagingEvent } from './messaging-event.js';
import type { ConnectionSnapshot } from './messaging-snapshot.js';

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly onStatus: (status: ConnectionStatus) => void;
}

export interface ServiceConnectionParts {
  /** True when the first connection is waited for, however long. */
  readonly isPatient: boolean;
  /** Must tell every event up to its end to `onStatus`. */
  readonly open: (options: OpenOptions) => Promise<Connection>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: (event: MessagingEvent) => void;
}

export class ServiceConnection {
  readonly #parts: ServiceConnectionParts;
  readonly #connecting = new AbortController();
  #connection: Promise<Connection> | undefined;
  /** Set as long as the connection lives. */
  #connected: Connection | undefined;
  #state: ConnectionSnapshot['state'] = 'none';
  #sinceMs: number;
  #reconnects = 0;
  #error: Error | undefined;

  constructor(parts: ServiceConnectionParts) {
    this.#parts = parts;
    this.#sinceMs = parts.clock.now();
  }

  /** The connection that lives now, if there is one. */
  get current(): Connection | undefined {
    return this.#connected;
  }

  /**
   * Connects if need be.
   *
   * @throws ConnectionError `STOMP_NET_CLOSED` when `stopConnecting` was called before there is one.
   */
  async get(what: string): Promise<Connection> {
    const { signal } = this.#connecting;
    try {
      this.#connection ??= this.#open();
      return await this.#connection;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw ConnectionError.of('STOMP_NET_CLOSED', [what], error);
    }
  }

  /** A broker that is down may never come back, so nobody waits for the first connection any more. */
  stopConnecting(): void {
    this.#connecting.abort(new Error('The message service was closed'));
  }

  snapshot(): ConnectionSnapshot {
    const connection = this.#connected;
    // Its own word counts: the last event may be older.
    const state = connection?.state ?? (this.#connection === undefined ? 'none' : 'connecting');
    return {
      state,
      sinceMs: this.#sinceMs,
      peer: connection?.peer,
      profile: connection?.profile.name,
      reconnects: this.#reconnects,
      error: this.#error,
    };
  }

  async #open(): Promise<Connection> {
    const { signal } = this.#connecting;
    this.#enter('connecting');
    try {
      const onStatus = (status: ConnectionStatus) => this.#observeFirst(status);
      const connection = await this.#parts.open({ signal, onStatus });
      if (signal.aborted) {
        // Too late: closing has gone on without it.
        await connection.close();
        throw signal.reason;
      }
      this.#connected = connection;
      this.#error = undefined;
      this.#enter(connection.state);
      connection.onStatus((status) => this.#observe(status));
      void connection.closed.then((error) => this.#forget(error));
      return connection;
    } catch (error) {
      this.#forget(error instanceof Error ? error : undefined);
      throw error;
    }
  }

  /** Until there is a connection. Who waits for one without a word would look as if nothing happened. */
  #observeFirst(status: ConnectionStatus): void {
    if (this.#connected !== undefined || status.type !== 'connect-failed') return;
    this.#error = status.error;
    const { isPatient, logger } = this.#parts;
    if (isPatient) logger.warn(`${status.error.message}; trying again`);
  }

  #observe(status: ConnectionStatus): void {
    logStatus(status, this.#parts.logger);
    switch (status.type) {
      case 'connected':
        if (status.isReconnect) this.#reconnects += 1;
        this.#error = undefined;
        this.#enter('connected');
        break;
      case 'reconnecting':
        this.#error = status.error;
        this.#enter('reconnecting');
        break;
      case 'connect-failed':
        this.#error = status.error;
        break;
      case 'closing':
        this.#enter('closing');
        break;
      default:
        break;
    }
    this.#parts.emit({ type: 'connection', status });
  }

  #forget(error: Error | undefined): void {
    this.#connection = undefined;
    this.#connected = undefined;
    this.#error = error;
    this.#enter('none');
  }

  #enter(state: ConnectionSnapshot['state']): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#sinceMs = this.#parts.clock.now();
  }
}
