/**
 * The message service: what an application holds to send and to listen.
 *
 *   open ──close()──► draining ──► closing ──► closed
 *
 * - it connects on first use, with one connection for everything; when that is gone for good, the
 *   next use connects again
 * - `send…` resolves only after the broker's RECEIPT
 * - while it drains, handlers may still send, but no listener starts; after that all is refused
 * - closing always ends: nobody waits for a connection that is not there yet, and what is not
 *   finished within the time is cut, with an error that says what it was
 *
 * It only wires: settings, bodies, listeners and the connection each live in a file of their own.
 */
import assert from 'node:assert/strict';
import {
  type Clock,
  type Connection,
  ConnectionError,
  type ConnectOptions,
  connect as connectToBroker,
  systemClock,
  TimeoutError,
} from '@stompbox/client';
import { parseDestination } from '@stompbox/protocol';
import { logStatus } from './connection-log.js';
import {
  type ListenerDefinition,
  type ListenerFunction,
  type MessageListener,
  type ResolvedListener,
  resolveListener,
} from './listener/listener.js';
import { ListenerContainer } from './listener/listener-container.js';
import {
  type ListenerHandle,
  listenerHandle,
  type StartedContainer,
  stopContainers,
} from './listener/listener-handle.js';
import {
  type ConsumeOptions,
  type ResolvedConsumption,
  resolveConsumption,
} from './listener/listener-options.js';
import { discardWarning } from './listener/nack-meaning.js';
import { type Logger, stderrLogger } from './logger.js';
import {
  type MessageOptions,
  type OutgoingMessage,
  prepareMessage,
} from './message/message-options.js';
import {
  describeLeft,
  type MessagingCloseOptions,
  type ResolvedClose,
  resolveCloseOptions,
} from './messaging-close.js';
import { resolveSettings } from './settings/resolve-settings.js';
import { Settings, type SettingsInput } from './settings/settings.js';
import { withinWait } from './within-wait.js';

export interface Messaging extends AsyncDisposable {
  readonly settings: Settings;
  /**
   * Resolves when the broker has confirmed the message by a RECEIPT: a persistent message is on its
   * disk. A text travels as it is, a Uint8Array as bytes, everything else as JSON.
   *
   * @throws OptionsError `STOMP_OPT_BODY` before anything is sent, when the body or an option is
   *   wrong; ConnectionError, TimeoutError and BrokerError of the client.
   */
  send(destination: string, body: unknown, options?: MessageOptions): Promise<void>;
  /** `send` to the queue of the settings. */
  sendToQueue(body: unknown, options?: MessageOptions): Promise<void>;
  /** `send` to the topic of the settings. */
  sendToTopic(body: unknown, options?: MessageOptions): Promise<void>;
  /**
   * Starts a listener on a queue, a topic or both; without either, on those of the settings.
   * Resolves when the broker has confirmed every subscription.
   */
  consume<Body>(
    listener: MessageListener<Body> | ListenerFunction<Body> | ListenerDefinition<Body>,
    options?: ConsumeOptions,
  ): Promise<ListenerHandle>;
  /** The connection itself, for what the service does not cover. Connects if need be. */
  getConnection(): Promise<Connection>;
  /**
   * Drains the listeners (see `ListenerHandle.close`), waits for what is being sent and closes the
   * connection. A send that still waits for the first connection is rejected at once. After
   * `timeoutMs` the rest is cut: pending sends are rejected, queue messages that are not
   * acknowledged come again, and the log says what was left. May be called more than once; all
   * calls get the same end, and the options of the first one count.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_CLOSE` when it was cut; the reason of the signal.
   * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`; nothing is closed then.
   */
  close(options?: MessagingCloseOptions): Promise<void>;
}

/** What the service works with; only tests and adapters replace it. */
export interface MessagingPorts {
  readonly logger?: Logger;
  /** Must reject with the reason of `options.signal` when that aborts. */
  readonly connect?: (url: string, options: ConnectOptions) => Promise<Connection>;
  /** Milliseconds since the epoch by the system's time, from which messages expire. */
  readonly now?: () => number;
  /** Measures and ends waits. */
  readonly clock?: Clock;
}

/**
 * @param settings what the program sets itself; the rest comes from the environment,
 *   `stompbox.config.ts` and the defaults.
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN` when a setting is wrong.
 */
export function createMessaging(
  settings: SettingsInput | Settings = {},
  ports: MessagingPorts = {},
): Messaging {
  const resolved = settings instanceof Settings ? settings : resolveSettings(settings);
  return new StompMessaging(resolved, ports);
}

type MessagingState = 'open' | 'draining' | 'closing' | 'closed';

const TRANSITIONS: Readonly<Record<MessagingState, readonly MessagingState[]>> = {
  open: ['draining'],
  draining: ['closing'],
  closing: ['closed'],
  closed: [],
};

/** For DISCONNECT and its receipt, after all that should be finished has been given up. */
const CUT_TIMEOUT_MS = 1_000;

class StompMessaging implements Messaging {
  readonly settings: Settings;
  readonly #logger: Logger;
  readonly #warnOfDiscard: (server: string | undefined) => void;
  readonly #connect: NonNullable<MessagingPorts['connect']>;
  readonly #now: () => number;
  readonly #clock: Clock;
  readonly #containers = new Set<StartedContainer>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #sending = new Set<Promise<unknown>>();
  readonly #connecting = new AbortController();
  #state: MessagingState = 'open';
  #connection: Promise<Connection> | undefined;
  /** Set as long as the connection lives. */
  #connected: Connection | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, ports: MessagingPorts) {
    this.settings = settings;
    this.#logger = ports.logger ?? stderrLogger;
    this.#warnOfDiscard = discardWarning(this.#logger);
    this.#connect = ports.connect ?? connectToBroker;
    this.#now = ports.now ?? Date.now;
    this.#clock = ports.clock ?? systemClock;
  }

  async send(destination: string, body: unknown, options: MessageOptions = {}): Promise<void> {
    const what = `SEND to ${destination}`;
    this.#assertState(what, 'open', 'draining');
    const message = prepareMessage(destination, body, options, this.#now());
    await track(this.#sending, () => this.#sendNow(what, message));
  }

  sendToQueue(body: unknown, options?: MessageOptions): Promise<void> {
    return this.send(this.settings.queue, body, options);
  }

  sendToTopic(body: unknown, options?: MessageOptions): Promise<void> {
    return this.send(this.settings.topic, body, options);
  }

  async consume<Body>(
    listener: MessageListener<Body> | ListenerFunction<Body> | ListenerDefinition<Body>,
    options: ConsumeOptions = {},
  ): Promise<ListenerHandle> {
    const resolved = resolveListener(listener);
    const { queue, topic } = this.settings;
    const fallback = resolved.destination === undefined ? [queue, topic] : [resolved.destination];
    const consumption = resolveConsumption(options, resolved.options ?? {}, fallback);
    this.#assertState(`SUBSCRIBE to ${consumption.destinations.join(' and ')}`, 'open');
    return track(this.#starting, () => this.#start(resolved, consumption));
  }

  async getConnection(): Promise<Connection> {
    this.#assertState('getConnection()', 'open', 'draining');
    return this.#connectFor('getConnection()');
  }

  async close(options: MessagingCloseOptions = {}): Promise<void> {
    const wait = resolveCloseOptions(options);
    this.#closing ??= this.#close(wait);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connects if need be; the timeout of the message is for both. */
  async #sendNow(what: string, { destination, body, sendOptions }: OutgoingMessage): Promise<void> {
    const { timeoutMs, signal } = sendOptions;
    const begunAtMs = this.#clock.now();
    const connecting = this.#connectFor(what);
    const connection = await withinWait(connecting, { timeoutMs, signal }, this.#clock, (ms) =>
      TimeoutError.of('STOMP_NET_TIMEOUT_NOT_SENT', [what, ms]),
    );
    if (timeoutMs === undefined) return await connection.send(destination, body, sendOptions);
    const leftMs = Math.ceil(begunAtMs + timeoutMs - this.#clock.now());
    await connection.send(destination, body, { ...sendOptions, timeoutMs: Math.max(1, leftMs) });
  }

  async #start(
    listener: ResolvedListener,
    consumption: ResolvedConsumption,
  ): Promise<ListenerHandle> {
    const what = `SUBSCRIBE to ${consumption.destinations.join(' and ')}`;
    const connection = await this.#connectFor(what);
    const started: StartedContainer[] = [];
    try {
      for (const destination of consumption.destinations) {
        started.push(await this.#subscribe(connection, listener, consumption, destination));
      }
    } catch (error) {
      await stopContainers(started);
      this.#forget(started);
      throw error;
    }
    return listenerHandle(listener.name, started, () => this.#forget(started));
  }

  #forget(started: readonly StartedContainer[]): void {
    for (const one of started) this.#containers.delete(one);
  }

  async #subscribe(
    connection: Connection,
    listener: ResolvedListener,
    consumption: ResolvedConsumption,
    destination: string,
  ): Promise<StartedContainer> {
    const { concurrency, prefetch, selector } = consumption;
    const isAutoAcked = parseDestination(destination).kind.endsWith('topic');
    const subscription = await connection.subscribe(destination, {
      ack: isAutoAcked ? 'auto' : 'client-individual',
      ...(isAutoAcked ? {} : { prefetch }),
      ...(selector === undefined ? {} : { selector }),
    });
    const beforeNack = () => this.#warnOfDiscard(connection.server);
    const logger = this.#logger;
    const parts = { listener, subscription, concurrency, isAutoAcked, logger, beforeNack };
    const name = listener.name;
    const started = { name, destination, container: new ListenerContainer(parts) };
    this.#containers.add(started);
    return started;
  }

  /**
   * The one connection; made now if there is none, or none that still lives.
   *
   * @throws ConnectionError `STOMP_NET_CLOSED` when the service is closed before there is one.
   */
  async #connectFor(what: string): Promise<Connection> {
    const { signal } = this.#connecting;
    try {
      this.#connection ??= this.#open();
      return await this.#connection;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw ConnectionError.of('STOMP_NET_CLOSED', [what], error);
    }
  }

  async #open(): Promise<Connection> {
    const { url, user, password } = this.settings;
    const { signal } = this.#connecting;
    try {
      const connection = await this.#connect(url, {
        ...(user === undefined ? {} : { login: user }),
        ...(password === undefined ? {} : { passcode: password.reveal() }),
        signal,
      });
      if (signal.aborted) {
        // Too late: closing has gone on without it.
        await connection.close();
        throw signal.reason;
      }
      this.#connected = connection;
      connection.onStatus((status) => logStatus(status, this.#logger));
      void connection.closed.then(() => this.#forgetConnection());
      return connection;
    } catch (error) {
      this.#forgetConnection();
      throw error;
    }
  }

  #forgetConnection(): void {
    this.#connection = undefined;
    this.#connected = undefined;
  }

  async #close({ timeoutMs, signal }: ResolvedClose): Promise<void> {
    this.#transition('draining');
    // A broker that is down may never come back, so nobody waits for the first connection any more.
    this.#connecting.abort(new Error('The message service was closed'));
    try {
      await withinWait(this.#drain(), { timeoutMs, signal }, this.#clock, (ms) =>
        TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', ['The message service', ms, this.#whatIsLeft()]),
      );
    } catch (error) {
      await this.#cut();
      throw error;
    }
    try {
      await this.#connected?.close();
    } finally {
      this.#transition('closed');
    }
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#containers].map(({ container }) => container.stop()));
    // Cut meanwhile, there is nothing to wait for any more.
    if (this.#state !== 'draining') return;
    this.#transition('closing');
    await Promise.allSettled(this.#sending);
  }

  /** Ends what did not end by itself; the broker delivers again what it has no ack for. */
  async #cut(): Promise<void> {
    this.#logger.error(`closing was cut short; still open: ${this.#whatIsLeft()}`);
    if (this.#state === 'draining') this.#transition('closing');
    for (const { container } of this.#containers) container.abandon();
    try {
      await this.#connected?.close({ timeoutMs: CUT_TIMEOUT_MS });
    } catch (error) {
      this.#logger.warn(error instanceof Error ? error.message : String(error));
    } finally {
      this.#transition('closed');
    }
  }

  #whatIsLeft(): string {
    return describeLeft(this.#containers, this.#starting.size, this.#sending.size);
  }

  #assertState(what: string, ...allowed: readonly MessagingState[]): void {
    if (allowed.includes(this.#state)) return;
    throw ConnectionError.of('STOMP_NET_NOT_CONNECTED', [what, this.#state]);
  }

  #transition(to: MessagingState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `messaging cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}

/** Runs the work, which is in the set as long as it runs. */
async function track<T>(set: Set<Promise<unknown>>, work: () => Promise<T>): Promise<T> {
  const running = work();
  set.add(running);
  try {
    return await running;
  } finally {
    set.delete(running);
  }
}
