/**
 * What becomes of one message, or of a batch, from its arrival until it is settled:
 *
 *   read, check ──► known already? ──► attempt ──► reply ──► ACK
 *        │                 │              │ failed: at once again, later again, or
 *        └─ dead letter    └─ ACK         └─ dead letter
 *
 * Nothing in here rejects: what cannot be settled is logged, told, and left to the broker.
 */
import { inspect } from 'node:util';
import { correlationOf } from '../correlation/message-correlation.js';
import { checkBody } from '../destination/check-body.js';
import { BatchError, UnreadableBodyError } from '../failure/failure-errors.js';
import { isDeadLetter } from '../failure/failure-history.js';
import { pause } from '../failure/relocator.js';
import { isUnrecoverable, nextStep } from '../failure/retry-plan.js';
import { handlerLogger } from '../logging/child-logger.js';
import { decodeBody } from '../message/decode-body.js';
import type { AfterFailure } from '../messaging-event.js';
import { runAttempt } from './attempt.js';
import { claimOf, type IdempotencyClaim } from './claim.js';
import type { Delivery } from './delivery.js';
import { DeliveryContext } from './delivery-context.js';
import { answer, answerFailure } from './handler-reply.js';
import { HandlerSignal } from './handler-signal.js';
import type { ListenerRuntime } from './listener-runtime.js';

export interface HandlingScope {
  /** Aborts when the listener waits for nothing any more. */
  readonly over: AbortSignal;
  /** Aborts when the listener drains, or is over: nothing is waited for that may as well happen elsewhere. */
  readonly draining: AbortSignal;
  /** Told, perhaps more than once, when handlers have finished and only the broker's word is missing. */
  readonly onHandled: () => void;
  readonly remark: (delivery: Delivery, text: string) => void;
}

interface Readable {
  readonly delivery: Delivery;
  readonly correlationId: string;
  readonly body: unknown;
  readonly claim: IdempotencyClaim | undefined;
}

export class Handling {
  readonly startedAtMs: number;
  readonly #deliveries: readonly Delivery[];
  readonly #runtime: ListenerRuntime;
  readonly #scope: HandlingScope;
  #signal = new HandlerSignal();
  #abortReason: Error | undefined;

  constructor(deliveries: readonly Delivery[], runtime: ListenerRuntime, scope: HandlingScope) {
    this.#deliveries = deliveries;
    this.#runtime = runtime;
    this.#scope = scope;
    this.startedAtMs = runtime.now();
  }

  get messageIds(): readonly string[] {
    return this.#deliveries.map(({ message }) => message.messageId);
  }

  /** Tells the handlers that their time is over. */
  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#signal.abort(reason);
  }

  async run(): Promise<void> {
    const { circuit } = this.#runtime;
    try {
      if (this.#scope.over.aborted) return;
      const readable: Readable[] = [];
      for (const delivery of this.#deliveries) {
        const one = await this.#prepare(delivery);
        if (one !== undefined) readable.push(one);
      }
      if (readable.length === 0) circuit?.release();
      else await this.#attempts(readable);
    } finally {
      for (const delivery of this.#deliveries) delivery.release();
    }
  }

  /** Undefined when there is nothing to do for a handler. */
  async #prepare(delivery: Delivery): Promise<Readable | undefined> {
    const { counter, emit, options } = this.#runtime;
    counter.count('received');
    if (delivery.message.isRedelivered) counter.count('redelivered');
    emit({ type: 'received', ...delivery.event });
    let read: { readonly body: unknown; readonly correlationId: string };
    try {
      read = await this.#read(delivery);
    } catch (error) {
      delivery.countFailure();
      await this.#end(delivery, error, 'dead-letter');
      return undefined;
    }
    try {
      const claim = await claimOf(delivery, this.#runtime, this.#scope);
      if (claim === 'released') return undefined;
      if (claim === 'done') return await this.#skip(delivery);
      if (options.ack === 'first') await delivery.ackFirst();
      return { ...read, delivery, claim };
    } catch (error) {
      this.#reportUnsettled(delivery, error);
      return undefined;
    }
  }

  async #read(
    delivery: Delivery,
  ): Promise<{ readonly body: unknown; readonly correlationId: string }> {
    const { message } = delivery;
    const { body, warning, remark } = decodeBody(message.headers, message.body);
    if (warning !== undefined) {
      // Whoever listens to dead letters wants those, too.
      if (!isDeadLetter(message)) throw new UnreadableBodyError(warning);
      this.#scope.remark(delivery, warning);
    }
    if (remark !== undefined) this.#scope.remark(delivery, remark);
    const { destination, correlation } = this.#runtime;
    const correlationId = correlationOf(message, correlation);
    const checked = destination === undefined ? body : await checkBody(destination, body);
    return { body: checked, correlationId };
  }

  async #skip(delivery: Delivery): Promise<undefined> {
    await this.#settled(delivery, () =>
      delivery.ack(() => {
        this.#runtime.counter.count('duplicates');
        this.#runtime.emit({ type: 'duplicate', ...delivery.event });
      }),
    );
    return undefined;
  }

  async #attempts(readable: readonly Readable[]): Promise<void> {
    let pending = readable;
    for (;;) {
      const { failures, waitMs } = await this.#attempt(pending);
      if (failures.length === 0) return;
      try {
        await pause(waitMs, this.#scope.draining, this.#runtime.clock);
      } catch {
        // Draining: the last try at once is made now. Over: nobody waits for it any more.
        if (this.#scope.over.aborted) return;
      }
      pending = failures;
    }
  }

  /** Gives those that are to be tried at once again. */
  async #attempt(
    pending: readonly Readable[],
  ): Promise<{ readonly failures: readonly Readable[]; readonly waitMs: number }> {
    const { runtime, contexts } = { runtime: this.#runtime, contexts: this.#contextsOf(pending) };
    const bodies = pending.map(({ body }) => body);
    const body = runtime.options.batch === undefined ? bodies[0] : bodies;
    const outcome = await runAttempt({ runtime, contexts, body, signal: this.#signal });
    const { durationMs } = outcome;
    const errors = new Map<Readable, unknown>();
    if (outcome.kind === 'failed') {
      const { error } = outcome;
      const partly = error instanceof BatchError ? error.failures : undefined;
      for (const [index, one] of pending.entries()) {
        if (partly === undefined) errors.set(one, error);
        else if (partly.has(index)) errors.set(one, partly.get(index));
      }
      await this.#tellListener(error, contexts);
    }
    this.#recordCircuit(outcome.kind === 'failed' ? outcome.error : undefined, errors.size > 0);
    const handled = pending.filter((one) => !errors.has(one));
    // A batch is no question.
    const isQuestion = outcome.kind === 'handled' && runtime.options.batch === undefined;
    const result = isQuestion ? outcome.result : undefined;
    const again: Readable[] = [];
    let waitMs = 0;
    const work: Promise<void>[] = [];
    for (const [one, error] of errors) {
      const next = this.#failed(one, error, durationMs);
      if (next.waitMs === undefined) work.push(next.ending());
      else {
        again.push(one);
        waitMs = Math.max(waitMs, next.waitMs);
      }
    }
    if (again.length === 0 && work.length === 0) this.#scope.onHandled();
    for (const one of handled) work.push(this.#finish(one, result, durationMs));
    await Promise.all(work);
    if (again.length === 0) this.#scope.onHandled();
    return { failures: again, waitMs };
  }

  /** An attempt has failed: tells it, and says what follows. */
  #failed(
    { delivery, claim }: Readable,
    error: unknown,
    durationMs: number,
  ): { readonly waitMs: number | undefined; readonly ending: () => Promise<void> } {
    const { counter, emit, options, random } = this.#runtime;
    const { event, maxAttempts } = delivery;
    const failedNow = delivery.countFailure();
    counter.count('failedAttempts');
    const isOpen = delivery.state === 'open';
    const step = nextStep(options.retry, delivery.history, failedNow, error, random);
    const next: AfterFailure = !isOpen ? 'nothing' : AFTER[step.kind];
    emit({ type: 'attempt-failed', ...event, error, next, durationMs });
    this.#logFailure(event.attempt, maxAttempts, delivery, error, next);
    if (step.kind === 'immediate' && isOpen) {
      return { waitMs: step.waitMs, ending: () => Promise.resolve() };
    }
    const ending = async () => {
      await this.#forget(claim);
      if (isOpen) await this.#end(delivery, error, next);
    };
    return { waitMs: undefined, ending };
  }

  /** Retry later or dead letter, by the plan. */
  async #end(delivery: Delivery, error: unknown, next: AfterFailure): Promise<void> {
    await this.#settled(delivery, () =>
      next === 'delayed-retry' ? delivery.retry(error) : delivery.deadLetter(error),
    );
    if (next === 'dead-letter' && delivery.state === 'settled') {
      await answerFailure(delivery, error, this.#runtime);
    }
  }

  async #finish(
    { delivery, body, claim }: Readable,
    result: unknown,
    durationMs: number,
  ): Promise<void> {
    const { emit, options } = this.#runtime;
    emit({ type: 'handled', ...delivery.event, body, durationMs });
    await this.#settled(delivery, async () => {
      await claim?.finish();
      await answer(delivery, result, this.#runtime);
      if (options.ack !== 'manual') await delivery.ack(() => this.#consumed(delivery, body));
    });
    if (options.ack === 'manual' && delivery.state === 'open') this.#reportForgotten(delivery);
  }

  #consumed(delivery: Delivery, body: unknown): void {
    this.#runtime.counter.count('consumed');
    this.#runtime.emit({ type: 'consumed', ...delivery.event, body });
  }

  async #forget(claim: IdempotencyClaim | undefined): Promise<void> {
    try {
      await claim?.forget();
    } catch (error) {
      this.#runtime.logger.warn(`the idempotency store failed: ${inspect(error)}`);
    }
  }

  /** Only failures that another message could see, too, speak against what is behind the listener. */
  #recordCircuit(error: unknown, isFailure: boolean): void {
    const { circuit, options } = this.#runtime;
    if (!isFailure) circuit?.record(true);
    else if (isUnrecoverable(error, options.retry)) circuit?.release();
    else circuit?.record(false);
  }

  #contextsOf(pending: readonly Readable[]): readonly DeliveryContext[] {
    this.#signal = new HandlerSignal();
    if (this.#abortReason !== undefined) this.#signal.abort(this.#abortReason);
    const contexts = pending.map((one) => this.#contextOf(one));
    for (const context of contexts) context.joinBatch(contexts);
    return contexts;
  }

  #contextOf({ delivery, body, correlationId }: Readable): DeliveryContext {
    const { message, attempt } = delivery;
    const runtime = this.#runtime;
    const { messageId, destination } = message;
    const fields = {
      listener: runtime.listener.name,
      destination,
      messageId,
      correlationId,
      attempt,
    };
    return new DeliveryContext({
      delivery,
      runtime,
      signal: this.#signal,
      correlationId,
      newLog: () => handlerLogger(runtime.logger, fields),
      onAcked: () => this.#consumed(delivery, body),
    });
  }

  async #tellListener(failure: unknown, contexts: readonly DeliveryContext[]): Promise<void> {
    const { listener, logger } = this.#runtime;
    try {
      await listener.target.onError?.(failure, contexts[0]);
    } catch (error) {
      logger.error(`onError of ${listener.name} failed: ${inspect(error)}`);
    }
  }

  /** Settles, and tells it when that fails. */
  async #settled(delivery: Delivery, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#reportUnsettled(delivery, error);
    }
  }

  #reportUnsettled(delivery: Delivery, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#runtime.emit({ type: 'settle-failed', ...delivery.event, error });
    this.#runtime.logger.warn(
      `message ${delivery.message.messageId} from ${delivery.message.destination} could not be ` +
        `settled and may be delivered again: ${why}`,
    );
  }

  #reportForgotten(delivery: Delivery): void {
    this.#runtime.logger.warn(
      `${this.#runtime.listener.name} has not settled message ${delivery.message.messageId}: with ` +
        "ack: 'manual' each handler must call ack, retryLater or deadLetter, or the broker sends no more",
    );
  }

  #logFailure(
    attempt: number,
    maxAttempts: number,
    { message }: Delivery,
    error: unknown,
    next: AfterFailure,
  ): void {
    const { listener, logger } = this.#runtime;
    const what =
      `${listener.name} failed on message ${message.messageId} from ${message.destination} ` +
      `(attempt ${attempt} of ${maxAttempts}, then ${NEXT_WORDS[next]}): ${inspect(error)}`;
    if (next === 'dead-letter') logger.error(what);
    else logger.warn(what);
  }
}

const AFTER = {
  immediate: 'immediate-retry',
  delayed: 'delayed-retry',
  'dead-letter': 'dead-letter',
} as const;

const NEXT_WORDS: Readonly<Record<AfterFailure, string>> = {
  'immediate-retry': 'at once again',
  'delayed-retry': 'later again',
  'dead-letter': 'the dead letter queue',
  nothing: 'nothing, it is settled',
};
