/**
 * One message offered to one listener, and how it ends.
 *
 *   open ──ack(), retry(), deadLetter()──► settling ──confirmed──► settled
 *                                              └──lost, refused──► open (the broker delivers it again)
 *   open ──release()──► released (nobody settles it; the broker takes it back)
 *
 * Whatever ends it, ends it once: a second call waits for the first one's end.
 */
import assert from 'node:assert/strict';
import type { Message } from '@stompbox/client';
import { hasSchedule } from '../failure/broker-schedule.js';
import {
  deadLetterCopy,
  type Failure,
  type MessageCopy,
  retryCopy,
} from '../failure/failure-copy.js';
import { describeFailure } from '../failure/failure-description.js';
import { FAILURE_HEADERS as H } from '../failure/failure-headers.js';
import {
  type FailureHistory,
  historyOf,
  identityOf,
  lastingIdOf,
} from '../failure/failure-history.js';
import { holdQueue } from '../failure/hold-queues.js';
import { delayedStep, maxAttemptsOf, type NextStep } from '../failure/retry-plan.js';
import type { ListenerEventBase, MessagingEvent } from '../messaging-event.js';
import { answerFailure } from './handler-reply.js';
import type { ListenerRuntime } from './listener-runtime.js';
import { nameOf } from './subscription-plan.js';

export type DeliveryState = 'open' | 'settling' | 'settled' | 'released';

/** What settles it. */
type Settlement = 'ack' | 'nack' | 'retry' | 'dead-letter';

const TRANSITIONS: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  open: ['settling', 'released'],
  settling: ['settled', 'open'],
  settled: [],
  released: [],
};

/** An event of a listener without what it is about, which the delivery knows. */
export type DeliveryEvent = WithoutBase<Extract<MessagingEvent, ListenerEventBase>>;
type WithoutBase<E> = E extends ListenerEventBase ? Omit<E, keyof ListenerEventBase> : never;

export interface DeliveryScope {
  /** Aborts when nothing is settled any more. */
  readonly over: AbortSignal;
  /** Aborts when the listener drains: what the broker gets back then is not waited for. */
  readonly draining: AbortSignal;
}

export class Delivery {
  readonly message: Message;
  readonly #runtime: ListenerRuntime;
  readonly #scope: DeliveryScope;
  readonly #epoch: number;
  #state: DeliveryState = 'open';
  #settling: Promise<void> | undefined;
  /** How it was settled, or is being. */
  #settlement: Settlement | undefined;
  #history: FailureHistory | undefined;
  #failedNow = 0;
  /** False when the broker holds the message for settled. */
  #needsAck: boolean;

  constructor(message: Message, runtime: ListenerRuntime, scope: DeliveryScope) {
    this.message = message;
    this.#runtime = runtime;
    this.#scope = scope;
    this.#epoch = runtime.relocator.epoch;
    this.#needsAck = runtime.plan.isAcked;
  }

  get state(): DeliveryState {
    return this.#state;
  }

  /** True when the message is to come again, or is a dead letter: then it does not count as handled. */
  get isMoved(): boolean {
    return this.#settlement !== undefined && this.#settlement !== 'ack';
  }

  /** True when its session is gone: the broker delivers the message again. */
  get isStale(): boolean {
    return this.#needsAck && this.#epoch !== this.#runtime.relocator.epoch;
  }

  get history(): FailureHistory {
    this.#history ??= historyOf(this.message);
    return this.#history;
  }

  /** The attempt that runs or is about to, counted from 1 over all deliveries. */
  get attempt(): number {
    return this.history.failedAttempts + this.#failedNow + 1;
  }

  get maxAttempts(): number {
    // More than the options say where they were lowered meanwhile.
    const { retry } = this.#runtime.options;
    return Math.max(maxAttemptsOf(retry), this.history.failedAttempts + 1);
  }

  /**
   * Unique for the listener and the message, also when it was sent twice under one name. Each group and
   * each durable subscription gets all messages of its topic, so they are part of it.
   */
  get key(): string {
    const { listener, options } = this.#runtime;
    const subscriber = options.group ?? options.durable;
    const owner = subscriber === undefined ? listener.name : `${listener.name} ${subscriber}`;
    return `${owner} ${identityOf(this.message, this.#lastingId)}`;
  }

  get #lastingId(): string {
    return lastingIdOf(this.message, this.#runtime.connection.profile);
  }

  /** Attempts that have failed, those of earlier deliveries included; at least one where it is asked for. */
  get failedAttempts(): number {
    return this.history.failedAttempts + Math.max(1, this.#failedNow);
  }

  /** @param which attempt the event is of: the one that runs, or the last one that has failed */
  tell(event: DeliveryEvent, which: 'running' | 'failed' = 'running'): void {
    const { listener, plan, emit, isObserved } = this.#runtime;
    if (!isObserved()) return;
    const attempt = which === 'running' ? this.attempt : this.failedAttempts;
    const { message } = this;
    const base = { listener: listener.name, subscribedTo: plan.named, message, attempt };
    emit({ ...base, ...event });
  }

  /** The broker has confirmed the ACK of a message that was handled. */
  consumed(body: unknown): void {
    this.#runtime.counter.count('consumed');
    this.tell({ type: 'consumed', body });
  }

  /** The attempt has failed; gives how many of this delivery have. */
  countFailure(): number {
    this.#failedNow += 1;
    return this.#failedNow;
  }

  /** ACK before the handler is called (ack policy `first`); the delivery stays open for what follows. */
  async ackFirst(): Promise<void> {
    await this.#confirmedAck();
    this.#needsAck = false;
  }

  /** Resolves when the broker has confirmed. */
  ack(onConfirmed: () => void = () => undefined): Promise<void> {
    return this.#settle('ack', () => this.#confirmedAck(), onConfirmed);
  }

  /** NACK, with whatever the broker means by it. Resolves when the broker has confirmed. */
  nack(): Promise<void> {
    return this.#settle('nack', async () => {
      if (this.#needsAck) await this.message.nack({ receipt: true });
    });
  }

  /**
   * Has it delivered again later, or dead-lettered when that was the last try. The failed attempt must
   * have been counted.
   */
  async retry(error: unknown, delayMs?: number): Promise<void> {
    const { options, random } = this.#runtime;
    const step = delayedStep(options.retry, this.history.delayedRetries, delayMs, random);
    await (step.kind === 'delayed' ? this.#delay(error, step) : this.deadLetter(error));
  }

  /** Moves it to its dead letter queue, and tells whoever asked. The failed attempt must have been counted. */
  async deadLetter(error: unknown): Promise<void> {
    const isFirst = this.#state === 'open';
    await this.#settle('dead-letter', async () => {
      const { options, counter } = this.#runtime;
      const queueName = this.#queueName;
      const name = options.deadLetter
        .replaceAll('{queue}', queueName)
        .replaceAll('{listener}', this.#runtime.listener.name);
      const to = name.startsWith('/') ? name : `/queue/${name}`;
      const copy = deadLetterCopy(this.message, this.#failure(error, this.history.delayedRetries));
      await this.#relocate(to, copy);
      counter.count('deadLettered');
      const { fingerprint } = describeFailure(error);
      this.tell({ type: 'dead-lettered', queue: to, error, fingerprint }, 'failed');
    });
    if (isFirst) await answerFailure(this, error, this.#runtime);
  }

  /** Leaves it to the broker, which delivers it again. */
  release(): void {
    if (this.#state === 'open') this.#transition('released');
  }

  async #delay(
    error: unknown,
    { delayMs, levelMs }: NextStep & { kind: 'delayed' },
  ): Promise<void> {
    const { plan, options, connection, clock, now, counter, holds } = this.#runtime;
    const retryTo = plan.retryTo ?? this.message.destination;
    if (retryTo === 'none') return await this.deadLetter(error);
    await this.#settle('retry', async () => {
      const { delayBy } = options.retry;
      const isScheduled =
        delayBy === 'schedule' || (delayBy === 'auto' && (await hasSchedule(connection, clock)));
      // After a failover nobody else would bring back what is held.
      if (!isScheduled) await holds.start();
      const more = {
        [H.retryAt]: String(now() + delayMs),
        ...(isScheduled
          ? { AMQ_SCHEDULED_DELAY: delayMs === 0 ? undefined : delayMs }
          : { [H.retryTo]: retryTo }),
      };
      const copy = retryCopy(
        this.message,
        this.#failure(error, this.history.delayedRetries + 1),
        more,
      );
      const held = holdQueue(plan.holdName, levelMs, options.retry);
      await this.#relocate(isScheduled ? retryTo : held, copy);
      counter.count('retried');
      const by = isScheduled ? 'schedule' : 'hold';
      this.tell({ type: 'retried', error, delayMs, by }, 'failed');
    });
  }

  #confirmedAck(): Promise<void> {
    return this.#needsAck ? this.message.ack({ receipt: true }) : Promise.resolve();
  }

  /** @param onConfirmed called before whoever waits for the end goes on */
  async #settle(
    how: Settlement,
    work: () => Promise<void>,
    onConfirmed: () => void = () => undefined,
  ): Promise<void> {
    if (this.#settling !== undefined) return await this.#settling;
    if (this.#state !== 'open') return;
    this.#transition('settling');
    this.#settlement = how;
    try {
      this.#settling = work();
      await this.#settling;
      onConfirmed();
      this.#transition('settled');
    } catch (error) {
      this.#transition('open');
      this.#settlement = undefined;
      throw error;
    } finally {
      this.#settling = undefined;
    }
  }

  async #relocate(to: string, copy: MessageCopy): Promise<void> {
    const { over, draining } = this.#scope;
    const needsAck = this.#needsAck;
    const relocation = { message: this.message, epoch: this.#epoch, needsAck, to, copy };
    await this.#runtime.relocator.relocate(relocation, over, needsAck ? draining : over);
  }

  get #queueName(): string {
    return this.#runtime.plan.queueName ?? nameOf(this.message.destination);
  }

  #failure(error: unknown, delayedRetries: number): Failure {
    const { listener, options, now, plan } = this.#runtime;
    return {
      error,
      lastingId: this.#lastingId,
      listener: listener.name,
      group: plan.holdName,
      attempt: this.failedAttempts,
      maxAttempts: this.maxAttempts,
      delayedRetries,
      hasStack: options.retry.stack,
      nowMs: now(),
    };
  }

  #transition(to: DeliveryState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a delivery cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}
