/**
 * A message service in a test: the real one with its listeners, on a test broker. What it tells of itself
 * is kept, so that a test awaits what it expects, whether it has happened already or not:
 *
 *     await using t = await testMessaging({ listeners: [orderListener] });
 *     await t.send(orders, { id: 1 });
 *     await t.consumed(orders, (order) => order.id === 1);
 *
 * Nothing is waited for by time: an await fails when nothing has happened for two seconds, and says what
 * was seen instead.
 */
import { systemClock } from '@stompbox/client';
import {
  type Destination,
  type DestinationLike,
  destinationText,
} from '../destination/destination.js';
import type { MessageOptions } from '../message/message-options.js';
import type { Messaging } from '../messaging.js';
import type { MessagingEvent } from '../messaging-event.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { createMessaging } from '../stomp-messaging.js';
import type { QueuedMessage } from './browse.js';
import type { Door } from './door.js';
import type { TestFaults } from './fault/test-faults.js';
import {
  canonical,
  type DeadLetteredMessage,
  type HandledMessage,
  type Happenings,
  History,
  type RetriedMessage,
  type SentMessage,
} from './history.js';
import { NamePrefix } from './link/name-prefix.js';
import { RecordingLogger } from './recording-logger.js';
import { describeSituation, queueFacts } from './situation.js';
import { EmbeddedTestBroker, TEST_URL, type TestBroker } from './test-broker.js';
import type { TestClock } from './test-clock.js';
import { TestTimeoutError } from './test-errors.js';
import {
  type ResolvedTestMessaging,
  resolveTestMessaging,
  type TestListener,
  type TestMessagingOptions,
} from './test-messaging-options.js';

/** Says whether it is the one that is awaited. */
export type Expectation<Body, Happening> = (body: Body, happening: Happening) => boolean;

export interface TestMessaging extends AsyncDisposable {
  readonly messaging: Messaging;
  readonly broker: TestBroker;
  readonly clock: TestClock;
  /** What may go wrong between the service and the broker. */
  readonly faults: TestFaults;
  /** Before the service's names at a shared broker; empty on a broker of its own. */
  readonly prefix: string;
  /** Everything that the service has told, in order. */
  readonly events: readonly MessagingEvent[];
  /** `messaging.send`. */
  readonly send: Messaging['send'];
  readonly sendToQueue: Messaging['sendToQueue'];
  readonly sendToTopic: Messaging['sendToTopic'];
  readonly request: Messaging['request'];
  /** The service has sent such a message, and the broker has confirmed it. */
  sent<In>(
    destination: string | Destination<In, unknown>,
    expectation?: Expectation<In, SentMessage<In>>,
  ): Promise<SentMessage<In>>;
  /** A listener has handled such a message, and the broker has confirmed its ACK. */
  consumed<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, HandledMessage<Out>>,
  ): Promise<HandledMessage<Out>>;
  /** A listener has failed on such a message, and the broker has it for later. */
  retried<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, RetriedMessage<Out>>,
  ): Promise<RetriedMessage<Out>>;
  /** A listener has given such a message up. @param destination where it came from, or the dead letter queue */
  deadLettered<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, DeadLetteredMessage<Out>>,
  ): Promise<DeadLetteredMessage<Out>>;
  /**
   * Nothing is being sent, handled or delivered any more. What waits for the clock to move does not
   * count, but for a handler that waits for it.
   */
  idle(): Promise<void>;
  /** What a queue holds, in its order; nothing is taken. */
  messages(queue: DestinationLike): Promise<readonly QueuedMessage[]>;
  /** Moves the clock on, step by step; resolves when what that caused has come to rest. */
  advance(ms: number): Promise<void>;
  /** What was seen so far and what waits, as the error of a failed await has it. */
  describe(): string;
  /**
   * Ends all faults and closes the service, then the broker unless it is shared. While that takes time,
   * the clock moves by itself.
   *
   * @throws what `messaging.close` throws
   */
  close(): Promise<void>;
}

/**
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`; what `createMessaging` and `consume` throw.
 */
export async function testMessaging(options: TestMessagingOptions = {}): Promise<TestMessaging> {
  const resolved = resolveTestMessaging(options);
  const broker = resolved.broker ?? (await EmbeddedTestBroker.start(resolved.ownBroker));
  const started = new ServiceInTest(broker, resolved);
  try {
    await started.listen(resolved.listeners);
  } catch (error) {
    await started.close();
    throw error;
  }
  return started;
}

/** A wait ends after so many times `inactivityMs`, whatever goes on: a message may be requeued for ever. */
const LONGEST_WAIT = 10;

/** Real time that handlers have to finish before the clock runs, in ms. */
const GRACE_MS = 500;

/** By which the clock moves while the service closes. */
const CLOSING_STEP_MS = 1_000;

class ServiceInTest implements TestMessaging {
  readonly messaging: Messaging;
  readonly broker: EmbeddedTestBroker;
  readonly prefix: string;
  readonly #ownsBroker: boolean;
  readonly #door: Door;
  readonly #inactivityMs: number;
  readonly #history = new History();
  readonly #log = new RecordingLogger();
  #closing: Promise<void> | undefined;

  constructor(broker: EmbeddedTestBroker, options: ResolvedTestMessaging) {
    this.broker = broker;
    this.#ownsBroker = options.broker === undefined;
    this.#inactivityMs = options.inactivityMs;
    this.prefix = this.#ownsBroker ? '' : broker.newPrefix();
    this.#door = broker.newDoor(this.#prefixOrNone);
    const settings = resolveSettings({ ...options.settings, url: TEST_URL }, { env: {} });
    const logger = options.logger ?? this.#log;
    this.messaging = createMessaging(settings, { ...this.#door.ports, logger });
    this.messaging.onEvent((event) => {
      this.#history.record(event);
      broker.activity.note();
    });
  }

  get clock(): TestClock {
    return this.broker.clock;
  }

  get faults(): TestFaults {
    return this.#door.faults;
  }

  get events(): readonly MessagingEvent[] {
    return this.#history.events;
  }

  get send(): Messaging['send'] {
    return this.messaging.send.bind(this.messaging);
  }

  get request(): Messaging['request'] {
    return this.messaging.request.bind(this.messaging);
  }

  sendToQueue(body: unknown, options?: MessageOptions): Promise<void> {
    return this.messaging.sendToQueue(body, options);
  }

  sendToTopic(body: unknown, options?: MessageOptions): Promise<void> {
    return this.messaging.sendToTopic(body, options);
  }

  sent<In>(
    destination: string | Destination<In, unknown>,
    expectation?: Expectation<In, SentMessage<In>>,
  ): Promise<SentMessage<In>> {
    return this.#happens('sent', 'something was sent to', destination, expectation);
  }

  consumed<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, HandledMessage<Out>>,
  ): Promise<HandledMessage<Out>> {
    return this.#happens('consumed', 'something was consumed from', destination, expectation);
  }

  retried<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, RetriedMessage<Out>>,
  ): Promise<RetriedMessage<Out>> {
    return this.#happens('retried', 'something was retried from', destination, expectation);
  }

  deadLettered<Out>(
    destination: DestinationLike<unknown, Out>,
    expectation?: Expectation<Out, DeadLetteredMessage<Out>>,
  ): Promise<DeadLetteredMessage<Out>> {
    const what = 'something was dead-lettered from';
    return this.#happens('dead-lettered', what, destination, expectation);
  }

  async idle(): Promise<void> {
    await this.#until(
      async () => {
        await this.broker.activity.settled();
        return this.#isBusy ? undefined : true;
      },
      () => 'the service was idle',
    );
  }

  messages(queue: DestinationLike): Promise<readonly QueuedMessage[]> {
    return this.broker.browse(queue, this.#prefixOrNone);
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  describe(): string {
    const { destinations } = this.broker.broker.statistics();
    const names = new NamePrefix(this.prefix);
    return describeSituation({
      events: this.events,
      snapshot: this.messaging.snapshot(),
      queues: queueFacts(destinations, (name) => {
        const own = names.removed(name);
        // Of a shared broker only what this test has made.
        return this.#ownsBroker || own !== name ? own : undefined;
      }),
      clock: this.clock,
      log: this.#log.complaints,
    });
  }

  /** Called by `testMessaging`. */
  async listen(listeners: readonly TestListener[]): Promise<void> {
    for (const one of listeners) {
      if (isWithOptions(one)) await this.messaging.consume(...one);
      else await this.messaging.consume(one);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #prefixOrNone(): string | undefined {
    return this.prefix === '' ? undefined : this.prefix;
  }

  get #isBusy(): boolean {
    const { sendingCount, listeners } = this.messaging.snapshot();
    return (
      sendingCount > 0 ||
      listeners.some(
        ({ handlingCount, waitingCount, settlingCount }) =>
          handlingCount + waitingCount + settlingCount > 0,
      )
    );
  }

  async #happens<Kind extends keyof Happenings<Body>, Body>(
    kind: Kind,
    what: string,
    destination: DestinationLike,
    expectation: Expectation<Body, Happenings<Body>[Kind]> = () => true,
  ): Promise<Happenings<Body>[Kind]> {
    const name = canonical(destinationText(destination));
    const all = () => this.#history.of(kind, name) as ReadonlyArray<Happenings<Body>[Kind]>;
    return await this.#until(
      () => all().find((one) => expectation(one.body, one)),
      () => {
        const { length } = all();
        return length === 0 ? `${what} ${name}` : `${what} ${name} as expected (${length} was not)`;
      },
    );
  }

  /** What is found, at once or when something has happened. @param what completes "until …" */
  async #until<T>(
    find: () => T | undefined | Promise<T | undefined>,
    what: () => string,
  ): Promise<T> {
    const lastMs = systemClock.now() + this.#inactivityMs * LONGEST_WAIT;
    const { activity } = this.broker;
    for (;;) {
      const seen = activity.count;
      const found = await find();
      if (found !== undefined) return found;
      const hasHappened = await activity.next(seen, this.#inactivityMs);
      if (hasHappened && systemClock.now() < lastMs) continue;
      const reason = hasHappened
        ? `There was no end of it`
        : `Nothing has happened for ${this.#inactivityMs} ms`;
      throw new TestTimeoutError(`${reason} while waiting until ${what()}.`, this.describe());
    }
  }

  async #close(): Promise<void> {
    this.faults.clear();
    try {
      await this.#givingTime(this.messaging.close());
    } finally {
      this.#door.close();
      if (this.#ownsBroker) await this.broker.close();
    }
  }

  /** On a clock that stands still nobody would ever give up. */
  async #givingTime(closing: Promise<void>): Promise<void> {
    const { activity } = this.broker;
    let isOver = false;
    const over = closing.finally(() => {
      isOver = true;
      activity.note();
    });
    const ended = over.catch(() => undefined);
    await activity.settled();
    let hasGrace = true;
    while (!isOver && this.clock.isFake) {
      if (this.#isBusy && hasGrace) hasGrace = await activity.next(activity.count, GRACE_MS);
      else await this.clock.advance(CLOSING_STEP_MS);
    }
    await ended;
    await over;
  }
}

function isWithOptions(one: TestListener): one is Extract<TestListener, readonly unknown[]> {
  return Array.isArray(one);
}
