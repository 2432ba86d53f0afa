/**
 * The message service over the STOMP client.
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
import { newCorrelationId } from './correlation/message-correlation.js';
import { type Destination, destinationText, isDestination } from './destination/destination.js';
import { CircuitBreaker } from './failure/circuit-breaker.js';
import { HoldKeepers } from './failure/hold-keepers.js';
import { holdQueues } from './failure/hold-queues.js';
import { Relocator } from './failure/relocator.js';
import {
  type ListenerDefinition,
  type ListenerFunction,
  type MessageListener,
  type ResolvedListener,
  resolveListener,
} from './listener/listener.js';
import type { ListenerContainer } from './listener/listener-container.js';
import { ListenerCounter } from './listener/listener-counter.js';
import { type ListenerHandle, listenerHandle } from './listener/listener-handle.js';
import {
  type ConsumeOptions,
  type ResolvedConsumption,
  resolveConsumption,
} from './listener/listener-options.js';
import type { ListenerRuntime } from './listener/listener-runtime.js';
import { optionsOn } from './listener/options-on.js';
import { ReplyFailures } from './listener/reply-failures.js';
import {
  type StartedListener,
  snapshotOf,
  startListener,
  stopListener,
} from './listener/started-listener.js';
import { planSubscription } from './listener/subscription-plan.js';
import { type Logger, stderrLogger } from './logger.js';
import type { MessageOptions } from './message/message-options.js';
import { withDedup } from './message/with-dedup.js';
import type { MessageSender } from './message-sender.js';
import type { Messaging, MessagingPorts } from './messaging.js';
import {
  describeLeft,
  type MessagingCloseOptions,
  type ResolvedClose,
  resolveCloseOptions,
} from './messaging-close.js';
import type { MessagingEventListener } from './messaging-event.js';
import type { MessagingSnapshot } from './messaging-snapshot.js';
import { ServiceConnection } from './service-connection.js';
import { ServiceEvents } from './service-events.js';
import { ServiceRequests } from './service-requests.js';
import { type CheckedMessage, type SendDefaults, ServiceSender } from './service-sender.js';
import { connectOptionsOf } from './settings/connect-options.js';
import { resolveSettings } from './settings/resolve-settings.js';
import { Settings, type SettingsInput } from './settings/settings.js';
import { withinWait } from './within-wait.js';

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

/** When handlers are told that the time for closing runs out, as a part of it. */
const HURRY_AT = 0.8;

/** For DISCONNECT and its receipt, after all that should be finished has been given up. */
const CUT_TIMEOUT_MS = 1_000;

class StompMessaging implements Messaging {
  readonly settings: Settings;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #listeners = new Set<StartedListener>();
  readonly #relocators = new WeakMap<Connection, Relocator>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #closes = new AbortController();
  readonly #sending = new Set<Promise<unknown>>();
  readonly #replyFailures: ReplyFailures;
  readonly #events: ServiceEvents;
  readonly #connection: ServiceConnection;
  readonly #sender: ServiceSender;
  readonly #requests: ServiceRequests;
  #state: MessagingState = 'open';
  #closing: Promise<void> | undefined;

  constructor(settings: Settings, ports: MessagingPorts) {
    const logger = ports.logger ?? stderrLogger;
    const clock = ports.clock ?? systemClock;
    const connect = ports.connect ?? connectToBroker;
    this.settings = settings;
    this.#logger = logger;
    this.#clock = clock;
    this.#now = ports.now ?? (ports.clock === undefined ? Date.now : () => clock.now());
    this.#random = ports.random ?? Math.random;
    this.#replyFailures = new ReplyFailures(clock);
    this.#events = new ServiceEvents(logger);
    const { emit } = this.#events;
    this.#connection = new ServiceConnection({
      isPatient: settings.connection.startup !== 'fail',
      open: (options) => connect(settings.url, { ...connectOptions(settings, ports), ...options }),
      clock,
      logger,
      emit,
    });
    this.#sender = new ServiceSender({
      connect: (what) => this.#connection.get(what),
      current: () => this.#connection.current,
      isObserved: this.#events.isObserved,
      clock,
      now: this.#now,
      emit,
      newCorrelationId: () => newCorrelationId(settings.correlation),
      defaults: sendDefaults(settings),
    });
    this.#requests = new ServiceRequests({
      connect: (what, wait) => this.#sender.connect(what, wait),
      clock,
      logger,
    });
  }

  async send(
    destination: string | Destination<unknown, unknown>,
    body: unknown,
    options: MessageOptions = {},
  ): Promise<void> {
    this.#assertState(`SEND to ${destinationText(destination)}`, 'open', 'draining');
    const checked = this.#sender.check(destination, body, options);
    const sending =
      checked instanceof Promise
        ? checked.then((message) => this.#sender.send(message))
        : this.#sender.send(checked);
    await track(this.#sending, sending);
  }

  async request<Reply>(
    destination: string | Destination<unknown, unknown>,
    body: unknown,
    options: MessageOptions = {},
  ): Promise<Reply> {
    this.#assertState(`SEND to ${destinationText(destination)}`, 'open', 'draining');
    const working = async () => {
      const message = await this.#sender.check(destination, body, options);
      const asking = () => this.#requests.request(message);
      return (await this.#sender.observed(message, asking)) as Reply;
    };
    return await track(this.#sending, working());
  }

  async transaction<T>(work: (sender: MessageSender) => Promise<T>): Promise<T> {
    this.#assertState('BEGIN', 'open', 'draining');
    const working = async () => {
      const connection = await this.#sender.connect('BEGIN');
      await using transaction = await connection.begin();
      const sent: CheckedMessage[] = [];
      const result = await work({
        send: async (to: string | Destination, body: unknown, options = {}) => {
          const message = await this.#sender.check(to, body, options);
          const sendOptions = withDedup(message.sendOptions, connection.profile);
          await transaction.send(message.destination, message.body, sendOptions);
          sent.push(message);
        },
      });
      const begunAtMs = this.#clock.now();
      await transaction.commit();
      for (const message of sent) this.#sender.tellSent(message, begunAtMs);
      return result;
    };
    return await track(this.#sending, working());
  }

  snapshot(): MessagingSnapshot {
    return {
      state: this.#state,
      connection: this.#connection.snapshot(),
      listeners: [...this.#listeners].flatMap(snapshotOf),
      startingCount: this.#starting.size,
      sendingCount: this.#sending.size,
    };
  }

  onEvent(listener: MessagingEventListener): () => void {
    return this.#events.listen(listener);
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
    const found = resolveListener(listener);
    const resolved = { ...found, name: options.name ?? found.name };
    const { queue, topic } = this.settings;
    const fallback =
      resolved.destination === undefined ? [queue, topic] : [destinationText(resolved.destination)];
    const defaults = this.settings.listener;
    const consumption = resolveConsumption(options, resolved.options ?? {}, fallback, defaults);
    this.#assertState(`SUBSCRIBE to ${consumption.destinations.join(' and ')}`, 'open');
    return track(this.#starting, this.#start(resolved, consumption));
  }

  async getConnection(): Promise<Connection> {
    this.#assertState('getConnection()', 'open', 'draining');
    return this.#connection.get('getConnection()');
  }

  async close(options: MessagingCloseOptions = {}): Promise<void> {
    const wait = resolveCloseOptions(options, this.settings.shutdown.drainTimeoutMs);
    this.#closing ??= this.#close(wait);
    await this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(
    listener: ResolvedListener,
    consumption: ResolvedConsumption,
  ): Promise<ListenerHandle> {
    const what = `SUBSCRIBE to ${consumption.destinations.join(' and ')}`;
    const connection = await this.#connection.get(what);
    const started: StartedListener[] = [];
    try {
      for (const destination of consumption.destinations) {
        const runtime = this.#runtimeOf(connection, listener, consumption, destination);
        const one = await startListener(runtime);
        started.push(one);
        this.#listeners.add(one);
      }
    } catch (error) {
      await Promise.all(started.map(stopListener));
      this.#forget(started);
      throw error;
    }
    return listenerHandle(listener.name, started, () => this.#forget(started));
  }

  #forget(started: readonly StartedListener[]): void {
    for (const one of started) this.#listeners.delete(one);
  }

  #runtimeOf(
    connection: Connection,
    listener: ResolvedListener,
    options: ResolvedConsumption,
    named: string,
  ): ListenerRuntime {
    const { emit } = this.#events;
    const clock = this.#clock;
    const now = this.#now;
    const typed = isDestination(listener.destination) ? listener.destination : undefined;
    const plan = planSubscription(named, listener.name, options, connection.profile);
    const relocator = this.#relocatorOf(connection);
    return {
      listener,
      options: optionsOn(plan, options, listener.name, this.#logger),
      plan,
      destination: typed?.destination === named ? typed : undefined,
      connection,
      relocator,
      holds: new HoldKeepers({
        connection,
        relocator,
        queues: holdQueues(plan.holdName, options.retry),
        fallback: plan.retryTo ?? plan.named,
        listener: listener.name,
        clock,
        now,
        logger: this.#logger,
      }),
      replyFailures: this.#replyFailures,
      circuit:
        options.circuit &&
        new CircuitBreaker(options.circuit, clock, (state) =>
          emit({ type: 'circuit', listener: listener.name, state }),
        ),
      counter: new ListenerCounter(now),
      sender: this,
      clock,
      now,
      random: this.#random,
      logger: this.#logger,
      emit,
      isObserved: this.#events.isObserved,
      closing: this.#closes.signal,
      clientId: this.settings.clientId,
      correlation: this.settings.correlation,
    };
  }

  #relocatorOf(connection: Connection): Relocator {
    const known = this.#relocators.get(connection);
    if (known !== undefined) return known;
    const made = new Relocator({ connection, clock: this.#clock, logger: this.#logger });
    this.#relocators.set(connection, made);
    return made;
  }

  async #close({ timeoutMs, signal }: ResolvedClose): Promise<void> {
    this.#transition('draining');
    this.#connection.stopConnecting();
    // The broker may never confirm a SUBSCRIBE that is under way.
    this.#closes.abort(ConnectionError.of('STOMP_NET_CLOSED', ['SUBSCRIBE']));
    const cancelHurry = this.#clock.setTimer(() => this.#hurry(), timeoutMs * HURRY_AT);
    try {
      await withinWait(this.#drain(), { timeoutMs, signal }, this.#clock, (ms) =>
        TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', ['The message service', ms, this.#whatIsLeft()]),
      );
    } catch (error) {
      await this.#cut();
      throw error;
    } finally {
      cancelHurry();
    }
    try {
      await this.#connection.current?.close();
    } finally {
      this.#transition('closed');
    }
  }

  async #drain(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#listeners].map(stopListener));
    // Cut meanwhile, there is nothing to wait for any more.
    if (this.#state !== 'draining') return;
    this.#transition('closing');
    await Promise.allSettled(this.#sending);
  }

  /** Ends what did not end by itself; the broker delivers again what it has no ack for. */
  async #cut(): Promise<void> {
    this.#logger.error(`closing was cut short; still open: ${this.#whatIsLeft()}`);
    if (this.#state === 'draining') this.#transition('closing');
    for (const container of this.#containers) container.abandon();
    try {
      await this.#connection.current?.close({ timeoutMs: CUT_TIMEOUT_MS });
    } catch (error) {
      this.#logger.warn(error instanceof Error ? error.message : String(error));
    } finally {
      this.#transition('closed');
    }
  }

  #hurry(): void {
    const reason = new Error(
      'The message service closes soon: finish, or leave the message to others',
    );
    for (const container of this.#containers) container.hurry(reason);
  }

  get #containers(): readonly ListenerContainer[] {
    return [...this.#listeners].flatMap(({ containers }) => containers);
  }

  #whatIsLeft(): string {
    return describeLeft(this.#listeners, this.#starting.size, this.#sending.size);
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

/** What holds for sends that say nothing themselves. */
function sendDefaults({ connection, producer, origins }: Settings): SendDefaults {
  const { startup, sendTimeoutMs } = connection;
  return {
    connectTimeoutMs: startup === 'background' ? sendTimeoutMs : undefined,
    persistent: origins['producer.persistent'] === 'default' ? undefined : producer.persistent,
  };
}

/** A clock that a test gives is the connection's, too, so that it drives heart-beats. */
function connectOptions(settings: Settings, { clock, random }: MessagingPorts): ConnectOptions {
  const waits = settings.connection.startup !== 'fail';
  return {
    ...connectOptionsOf(settings),
    ...(waits && { startup: { maxAttempts: Number.POSITIVE_INFINITY } }),
    ...(clock && { clock }),
    ...(random && { random }),
  };
}

/** The work is in the set as long as it runs. */
async function track<T>(set: Set<Promise<unknown>>, running: Promise<T>): Promise<T> {
  set.add(running);
  try {
    return await running;
  } finally {
    set.delete(running);
  }
}
