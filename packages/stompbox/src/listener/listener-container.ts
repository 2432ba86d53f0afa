/**
 * Runs one listener on one subscription.
 *
 *   running ──stop()──► draining ──► closed
 *      └── subscription ended, abandon() ──▲
 *
 * - at most `concurrency` messages (or batches) are between "taken" and "handler finished"
 * - messages of one group are handled one after the other
 * - what becomes of a message is the business of its Handling; no failure of a handler ends the container
 *
 * Draining a queue: take no more, let the handlers finish and settle, then UNSUBSCRIBE. In this order,
 * because an ACK after UNSUBSCRIBE has no effect on ActiveMQ, and each handled message would come a
 * second time. What the broker sent ahead goes back to it with the UNSUBSCRIBE. Draining a topic:
 * UNSUBSCRIBE, then handle all that has arrived, because there nobody else has those messages.
 *
 * Abandoned, it begins nothing more and waits for nothing: what handlers still do is theirs. Messages
 * of a queue then come again; those of a topic that nobody will handle are counted and logged.
 *
 * It does not connect or reconnect: that is the connection's part.
 */
import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import type { Subscription } from '@stompbox/client';
import type { ListenerSnapshot } from '../messaging-snapshot.js';
import { BatchCollector } from './batch-collector.js';
import { Delivery } from './delivery.js';
import { GroupLanes } from './group-lanes.js';
import { Handling, type HandlingScope } from './handling.js';
import { HandlingLog } from './handling-log.js';
import type { ListenerRuntime } from './listener-runtime.js';
import { RateLimiter } from './rate-limiter.js';
import { Slots } from './slots.js';
import { SlowWatch } from './slow-watch.js';

export type ContainerState = 'running' | 'draining' | 'closed';

const TRANSITIONS: Readonly<Record<ContainerState, readonly ContainerState[]>> = {
  running: ['draining', 'closed'],
  draining: ['closed'],
  closed: [],
};

export class ListenerContainer {
  readonly #runtime: ListenerRuntime;
  readonly #subscription: Subscription;
  readonly #slots: Slots;
  readonly #lanes = new GroupLanes();
  readonly #rate: RateLimiter | undefined;
  readonly #batches: BatchCollector<Delivery> | undefined;
  readonly #slow: SlowWatch<Handling>;
  /** What has a slot, in the order in which it got one. */
  readonly #running = new Set<Handling>();
  /** Handlers that run and what the broker has not confirmed yet. */
  #unfinishedCount = 0;
  #onFinished: (() => void)[] = [];
  readonly #scope: HandlingScope;
  readonly #log: HandlingLog;
  readonly #draining = new AbortController();
  readonly #over = new AbortController();
  readonly #pump: Promise<Error | undefined>;
  readonly #stopListening: () => void;
  #state: ContainerState = 'running';
  #confirmedAtMs: number | undefined;
  #hasRemarked = false;
  #stopping: Promise<void> | undefined;

  constructor(runtime: ListenerRuntime, subscription: Subscription) {
    const { options, clock, now, connection } = runtime;
    this.#runtime = runtime;
    this.#subscription = subscription;
    // Each message that pauses listens to them, which Node would take for a leak.
    setMaxListeners(0, this.#draining.signal, this.#over.signal);
    this.#slots = new Slots(options.concurrency.max);
    this.#rate = options.rateLimit && new RateLimiter(options.rateLimit, clock);
    this.#batches =
      options.batch &&
      new BatchCollector<Delivery>(options.batch, clock, (batch) => this.#begin(batch));
    this.#slow = new SlowWatch(options.slowAfterMs, clock, now, (slow) => this.#reportSlow(slow));
    this.#scope = {
      over: this.#over.signal,
      draining: this.#draining.signal,
      onHandled: (handling) => this.#leave(handling),
      remark: (delivery, text) => this.#remark(delivery, text),
    };
    this.#log = new HandlingLog(runtime.listener.name, runtime.logger);
    this.#confirmedAtMs = now();
    this.#stopListening = connection.onStatus((status) => {
      if (status.type === 'connected') this.#confirmedAtMs = now();
      else if (status.type === 'reconnecting') this.#confirmedAtMs = undefined;
    });
    this.#pump = this.#take();
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** It was told to stop, and nothing of it runs any more. */
  get isStopped(): boolean {
    return this.#state === 'closed' && this.#stopping !== undefined;
  }

  /** Resolves when the subscription has ended; with the error if one ended it. Never rejects. */
  get ended(): Promise<Error | undefined> {
    return this.#pump;
  }

  /** Messages whose handler has not finished or that are not settled. */
  get unfinishedCount(): number {
    return this.#unfinishedCount;
  }

  /** Ids of messages whose handlers run. */
  get runningMessageIds(): readonly string[] {
    return [...this.#running].flatMap(({ messageIds }) => messageIds);
  }

  snapshot(): ListenerSnapshot {
    const { listener, plan, counter, circuit } = this.#runtime;
    const [oldest] = this.#running;
    return {
      listener: listener.name,
      subscribedTo: plan.destination,
      state: this.#state,
      confirmedAtMs: this.#subscription.state === 'active' ? this.#confirmedAtMs : undefined,
      circuit: circuit?.state ?? 'closed',
      handlingCount: this.#running.size,
      oldestHandlingSinceMs: oldest?.startedAtMs,
      waitingCount: this.#subscription.waitingCount + (this.#batches?.waitingCount ?? 0),
      settlingCount: this.#unfinishedCount - this.#running.size,
      lastDeliveryAtMs: counter.lastDeliveryAtMs,
      lastConsumedAtMs: counter.lastConsumedAtMs,
      counts: counter.counts,
    };
  }

  /** Drains; resolves when nothing runs any more. A second call waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.race([this.#drain(), this.#abandoned()]);
    return this.#stopping;
  }

  /** Tells the handlers that there is little time left. */
  hurry(reason: Error): void {
    for (const handling of this.#running) handling.abort(reason);
  }

  /** The end now, whatever still runs; all calls of `stop` resolve. */
  abandon(): void {
    if (this.#state !== 'closed') this.#transition('closed');
    this.#batches?.flush();
    const reason = new Error('The message service was cut');
    this.#draining.abort(reason);
    this.#over.abort(reason);
    this.hurry(reason);
    this.#slots.open();
    this.#stopListening();
  }

  async #abandoned(): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #drain(): Promise<void> {
    if (this.#state === 'running') this.#transition('draining');
    this.#draining.abort(new Error('The listener drains'));
    this.#runtime.circuit?.end();
    const { isAcked } = this.#runtime.plan;
    if (isAcked) await this.#finished();
    if (this.#state === 'draining') await this.#unsubscribe();
    await this.#pump;
    await this.#finished();
    if (this.#state === 'draining') this.#transition('closed');
    this.#stopListening();
  }

  /** Ends the subscription, also when the broker does not confirm it. */
  async #unsubscribe(): Promise<void> {
    const { listener, logger } = this.#runtime;
    try {
      await this.#subscription.unsubscribe();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const { destination } = this.#subscription;
      logger.warn(`${listener.name} could not unsubscribe from ${destination}: ${why}`);
    }
  }

  /** Takes message after message until the subscription ends. */
  async #take(): Promise<Error | undefined> {
    const messages = this.#subscription[Symbol.asyncIterator]();
    let unhandled = 0;
    try {
      for (;;) {
        if (!this.#slots.isFree) await this.#slots.free();
        const next = await messages.next();
        if (next.done) return undefined;
        // Made at once, because it belongs to the session of now.
        const delivery = new Delivery(next.value, this.#runtime, this.#scope);
        if (this.#state === 'running' && this.#isHeldBack) await this.#admit();
        // A batch whose time was over may have taken it meanwhile.
        if (!this.#slots.isFree) await this.#slots.free();
        // While a queue drains, what still arrives is left unanswered: UNSUBSCRIBE gives it back.
        if (this.#isTaking) this.#accept(delivery);
        else if (!this.#runtime.plan.isAcked) unhandled += 1;
      }
    } catch (error) {
      // Abandoned before, so it has been told already that this ended out of order.
      if (this.#state === 'closed') return undefined;
      await this.#reportEnd(error);
      return error instanceof Error ? error : new Error(String(error), { cause: error });
    } finally {
      // Nobody else has them.
      if (!this.#runtime.plan.isAcked) this.#batches?.flush();
      if (this.#state === 'running') this.#transition('closed');
      if (unhandled > 0) this.#reportUnhandled(unhandled);
    }
  }

  get #isTaking(): boolean {
    if (this.#state === 'running') return true;
    return this.#state === 'draining' && !this.#runtime.plan.isAcked;
  }

  /** False for most messages, which so save the price of waiting for nothing. */
  get #isHeldBack(): boolean {
    const { circuit } = this.#runtime;
    return this.#rate !== undefined || (circuit !== undefined && circuit.state !== 'closed');
  }

  /** Waits for the circuit and the rate limit; while it drains, for nothing. */
  async #admit(): Promise<void> {
    await this.#runtime.circuit?.admit();
    try {
      await this.#rate?.pass(this.#draining.signal);
    } catch (error) {
      if (error !== this.#draining.signal.reason) throw error;
    }
  }

  #accept(delivery: Delivery): void {
    if (this.#batches === undefined) this.#begin([delivery]);
    else this.#batches.add(delivery);
  }

  #begin(deliveries: readonly Delivery[]): void {
    if (!this.#isTaking) {
      if (!this.#runtime.plan.isAcked) this.#reportUnhandled(deliveries.length);
      return;
    }
    const handling = new Handling(deliveries, this.#runtime, this.#scope, this.#log);
    this.#slots.take();
    this.#running.add(handling);
    this.#slow.add(handling);
    this.#unfinishedCount += 1;
    void this.#handle(handling);
  }

  /** Never rejects. */
  async #handle(handling: Handling): Promise<void> {
    try {
      const { groups } = handling;
      if (groups.length === 0) await handling.run();
      else await this.#lanes.run(groups, () => this.#runInGroup(handling));
    } finally {
      this.#leave(handling);
      this.#unfinishedCount -= 1;
      if (this.#unfinishedCount === 0) for (const tell of this.#onFinished.splice(0)) tell();
    }
  }

  async #runInGroup(handling: Handling): Promise<void> {
    // It waited for its group meanwhile, and has not begun: the broker takes it back.
    if (this.#isTaking) await handling.run();
    else handling.release();
  }

  /** Its handlers have finished: another message may begin. */
  #leave(handling: Handling): void {
    if (!this.#running.delete(handling)) return;
    this.#slow.delete(handling);
    this.#slots.give();
  }

  /** Once, because all messages of such a sender are alike, and the log would be full of it. */
  #remark({ message }: Delivery, text: string): void {
    if (this.#hasRemarked) return;
    this.#hasRemarked = true;
    this.#runtime.logger.warn(`message ${message.messageId} from ${message.destination} ${text}`);
  }

  #reportSlow({ messageIds }: Handling): void {
    const { listener, logger, options } = this.#runtime;
    const ids = messageIds.join(', ');
    logger.warn(`${listener.name} still handles message ${ids} after ${options.slowAfterMs} ms`);
  }

  async #reportEnd(error: unknown): Promise<void> {
    const { listener, logger } = this.#runtime;
    const { destination } = this.#subscription;
    const why = error instanceof Error ? error.message : String(error);
    logger.error(`${listener.name} no longer receives from ${destination}: ${why}`);
    try {
      await listener.target.onError?.(error);
    } catch (failure) {
      const text = failure instanceof Error ? failure.message : String(failure);
      logger.error(`onError of ${listener.name} failed: ${text}`);
    }
  }

  #reportUnhandled(count: number): void {
    const { listener, logger } = this.#runtime;
    const messages = count === 1 ? '1 message' : `${count} messages`;
    const { destination } = this.#subscription;
    logger.error(`${listener.name} left ${messages} from ${destination} unhandled`);
  }

  async #finished(): Promise<void> {
    if (this.#unfinishedCount === 0) return;
    await new Promise<void>((resolve) => this.#onFinished.push(resolve));
  }

  #transition(to: ContainerState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a listener container cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}
