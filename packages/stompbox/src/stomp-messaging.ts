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
  connect as connectToBroker,
  systemClock,
  TimeoutError,
} from '@stompbox/client';
import { parseDestination } from '@stompbox/protocol';
import { type Destination, destinationText } from './destination/destination.js';
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
import type { MessageOptions } from './message/message-options.js';
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
import { ServiceSender } from './service-sender.js';
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

/** For DISCONNECT and its receipt, after all that should be finished has been given up. */
const CUT_TIMEOUT_MS = 1_000;

class StompMessaging implements Messaging {
  readonly settings: Settings;
  readonly #logger: Logger;
  readonly #warnOfDiscard: (server: string | undefined) => void;
  readonly #clock: Clock;
  readonly #containers = new Set<StartedContainer>();
  readonly #starting = new Set<Promise<unknown>>();
  readonly #sending = new Set<Promise<unknown>>();
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
    this.#warnOfDiscard = discardWarning(logger);
    this.#events = new ServiceEvents(logger);
    const { emit } = this.#events;
    this.#connection = new ServiceConnection({
      open: (signal) => connect(settings.url, { ...loginOf(settings), signal }),
      clock,
      logger,
      emit,
    });
    this.#sender = new ServiceSender({
      connect: (what) => this.#connection.get(what),
      clock,
      now: ports.now ?? Date.now,
      emit,
      newCorrelationId: () => undefined,
    });
    this.#requests = new ServiceRequests(logger);
  }

  async send(
    destination: string | Destination<unknown, unknown>,
    body: unknown,
    options: MessageOptions = {},
  ): Promise<void> {
    this.#assertState(`SEND to ${destinationText(destination)}`, 'open', 'draining');
    await track(this.#sending, async () => {
      await this.#sender.send(await this.#sender.check(destination, body, options));
    });
  }

  async request<Reply>(
    destination: string | Destination<unknown, unknown>,
    body: unknown,
    options: MessageOptions = {},
  ): Promise<Reply> {
    this.#assertState(`SEND to ${destinationText(destination)}`, 'open', 'draining');
    return await track(this.#sending, async () => {
      const message = await this.#sender.check(destination, body, options);
      const connection = await this.#connection.get(message.what);
      return (await this.#requests.request(connection, message)) as Reply;
    });
  }

  async transaction<T>(work: (sender: MessageSender) => Promise<T>): Promise<T> {
    this.#assertState('BEGIN', 'open', 'draining');
    return await track(this.#sending, async () => {
      const connection = await this.#connection.get('BEGIN');
      await using transaction = await connection.begin();
      const result = await work({
        send: async (to: string | Destination<unknown, unknown>, body: unknown, options = {}) => {
          const message = await this.#sender.check(to, body, options);
          await transaction.send(message.destination, message.body, message.sendOptions);
        },
      });
      await transaction.commit();
      return result;
    });
  }

  snapshot(): MessagingSnapshot {
    return {
      state: this.#state,
      connection: this.#connection.snapshot(),
      listeners: [],
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
    const resolved = resolveListener(listener);
    const { queue, topic } = this.settings;
    const fallback =
      resolved.destination === undefined ? [queue, topic] : [destinationText(resolved.destination)];
    const consumption = resolveConsumption(options, resolved.options ?? {}, fallback);
    this.#assertState(`SUBSCRIBE to ${consumption.destinations.join(' and ')}`, 'open');
    return track(this.#starting, () => this.#start(resolved, consumption));
  }

  async getConnection(): Promise<Connection> {
    this.#assertState('getConnection()', 'open', 'draining');
    return this.#connection.get('getConnection()');
  }

  async close(options: MessagingCloseOptions = {}): Promise<void> {
    const wait = resolveCloseOptions(options);
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
    const parts = {
      listener,
      subscription,
      concurrency: concurrency.max,
      isAutoAcked,
      logger,
      beforeNack,
    };
    const name = listener.name;
    const started = { name, destination, container: new ListenerContainer(parts) };
    this.#containers.add(started);
    return started;
  }

  async #close({ timeoutMs, signal }: ResolvedClose): Promise<void> {
    this.#transition('draining');
    this.#connection.stopConnecting();
    try {
      await withinWait(this.#drain(), { timeoutMs, signal }, this.#clock, (ms) =>
        TimeoutError.of('STOMP_NET_TIMEOUT_CLOSE', ['The message service', ms, this.#whatIsLeft()]),
      );
    } catch (error) {
      await this.#cut();
      throw error;
    }
    try {
      await this.#connection.current?.close();
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
      await this.#connection.current?.close({ timeoutMs: CUT_TIMEOUT_MS });
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

function loginOf({ user, password }: Settings): { login?: string; passcode?: string } {
  return {
    ...(user === undefined ? {} : { login: user }),
    ...(password === undefined ? {} : { passcode: password.reveal() }),
  };
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
