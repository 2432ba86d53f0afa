/**
 * What becomes of one message, or of a batch, from its arrival until it is settled:
 *
 *   read, check ──► known already? ──► attempt ──► reply ──► ACK
 *        │                 │              │ failed: at once again, later again, or
 *        └─ dead letter    └─ ACK         └─ dead letter
 *
 * Nothing in here rejects: what cannot be settled is logged, told, and left to the broker.
 *
 * Most messages are read, handled and acknowledged without any waiting but for these; what would wait
 * is asked first whether it has to.
 */
import { errorText } from '../failure/error-text.js';
import { BatchError } from '../failure/failure-errors.js';
import { pause } from '../failure/relocator.js';
import { isUnrecoverable, nextStep } from '../failure/retry-plan.js';
import type { AfterFailure } from '../messaging-event.js';
import { type AttemptOutcome, runAttempt } from './attempt.js';
import { claimOf, type IdempotencyClaim } from './claim.js';
import type { Delivery, DeliveryScope } from './delivery.js';
import { DeliveryContext } from './delivery-context.js';
import { answer } from './handler-reply.js';
import { HandlerSignal } from './handler-signal.js';
import type { HandlingLog } from './handling-log.js';
import type { ListenerRuntime } from './listener-runtime.js';
import { type ReadMessage, readMessage } from './read-message.js';

/** What all handlings of a container share. */
export interface HandlingScope extends DeliveryScope {
  /** Told, perhaps more than once, when the handlers have finished and only the broker's word is missing. */
  readonly onHandled: (handling: Handling) => void;
  readonly remark: (delivery: Delivery, text: string) => void;
}

interface Readable extends ReadMessage {
  readonly delivery: Delivery;
  readonly claim: IdempotencyClaim | undefined;
}

interface Again {
  readonly pending: readonly Readable[];
  readonly waitMs: number;
}

export class Handling {
  readonly #deliveries: readonly Delivery[];
  readonly #runtime: ListenerRuntime;
  readonly #scope: HandlingScope;
  readonly #log: HandlingLog;
  #startedAtMs: number;
  #signal: HandlerSignal | undefined;
  #abortReason: Error | undefined;

  constructor(
    deliveries: readonly Delivery[],
    runtime: ListenerRuntime,
    scope: HandlingScope,
    log: HandlingLog,
  ) {
    this.#deliveries = deliveries;
    this.#runtime = runtime;
    this.#scope = scope;
    this.#log = log;
    this.#startedAtMs = runtime.now();
  }

  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get messageIds(): readonly string[] {
    return this.#deliveries.map(({ message }) => message.messageId);
  }

  /** Messages of one group are handled one after the other. */
  get groups(): readonly string[] {
    const groups = this.#deliveries.map(({ message }) => message.headers.get('JMSXGroupID'));
    return groups.filter((group) => group !== undefined);
  }

  /** Tells the handlers that their time is over. */
  abort(reason: Error): void {
    this.#abortReason = reason;
    this.#signal?.abort(reason);
  }

  async run(): Promise<void> {
    this.#startedAtMs = this.#runtime.now();
    try {
      if (this.#scope.over.aborted) return;
      const twins = this.#twins();
      if (twins.length === 0) return await this.#handle(this.#deliveries);
      await this.#handle(this.#deliveries.filter((delivery) => !twins.includes(delivery)));
      for (const twin of twins) if (!this.#scope.over.aborted) await this.#handle([twin]);
    } finally {
      this.release();
    }
  }

  /**
   * Messages of a batch that have the name of an earlier one in it. Only when that one is settled, the store
   * can say what becomes of them.
   */
  #twins(): readonly Delivery[] {
    if (this.#deliveries.length < 2 || this.#runtime.options.idempotency === undefined) return [];
    const keys = new Set<string>();
    return this.#deliveries.filter(({ key }) => {
      const isKnown = keys.has(key);
      keys.add(key);
      return isKnown;
    });
  }

  async #handle(deliveries: readonly Delivery[]): Promise<void> {
    const readable: Readable[] = [];
    for (const delivery of deliveries) {
      // It waited for its turn meanwhile: handled now, it would be handled twice.
      if (delivery.isStale) continue;
      const prepared = this.#prepare(delivery);
      const one = prepared instanceof Promise ? await prepared : prepared;
      if (one !== undefined) readable.push(one);
    }
    if (readable.length === 0) this.#runtime.circuit?.release();
    else await this.#attempts(readable);
  }

  /** What is not settled is left to the broker. */
  release(): void {
    for (const delivery of this.#deliveries) delivery.release();
  }

  /** Undefined when there is nothing to do for a handler. */
  #prepare(delivery: Delivery): Readable | undefined | Promise<Readable | undefined> {
    const { counter, options } = this.#runtime;
    counter.count('received');
    if (delivery.message.isRedelivered) counter.count('redelivered');
    delivery.tell({ type: 'received' });
    try {
      const read = readMessage(delivery.message, this.#runtime, (text) =>
        this.#scope.remark(delivery, text),
      );
      const isSimple = options.idempotency === undefined && options.ack !== 'first';
      if (isSimple && !(read instanceof Promise)) return { ...read, delivery, claim: undefined };
      return this.#prepareSlowly(delivery, read);
    } catch (error) {
      return this.#refuse(delivery, error);
    }
  }

  async #prepareSlowly(
    delivery: Delivery,
    reading: ReadMessage | Promise<ReadMessage>,
  ): Promise<Readable | undefined> {
    let read: ReadMessage;
    try {
      read = await reading;
    } catch (error) {
      return await this.#refuse(delivery, error);
    }
    try {
      const claim = await claimOf(delivery, this.#runtime, this.#scope);
      if (claim === 'released') return undefined;
      if (claim === 'done') return await this.#skip(delivery);
      if (this.#runtime.options.ack === 'first') await this.#ackFirst(delivery, claim);
      return { ...read, delivery, claim };
    } catch (error) {
      this.#log.unsettled(delivery, error);
      return undefined;
    }
  }

  /** Not acknowledged, it comes again, and must not find its own claim. */
  async #ackFirst(delivery: Delivery, claim: IdempotencyClaim | undefined): Promise<void> {
    try {
      await delivery.ackFirst();
    } catch (error) {
      await claim?.forget();
      throw error;
    }
  }

  /** A message that no handler can do anything with. */
  async #refuse(delivery: Delivery, error: unknown): Promise<undefined> {
    delivery.countFailure();
    this.#log.failure(delivery, error, 'dead-letter');
    await this.#end(delivery, error, 'dead-letter');
    return undefined;
  }

  async #skip(delivery: Delivery): Promise<undefined> {
    await this.#settled(delivery, () =>
      delivery.ack(() => {
        this.#runtime.counter.count('duplicates');
        delivery.tell({ type: 'duplicate' });
      }),
    );
    return undefined;
  }

  async #attempts(readable: readonly Readable[]): Promise<void> {
    let pending = readable;
    for (;;) {
      const contexts = this.#contextsOf(pending);
      const outcome = await runAttempt({
        runtime: this.#runtime,
        contexts,
        body: this.#bodyOf(pending),
        signal: this.#signal ?? new HandlerSignal(),
      });
      if (outcome.kind === 'handled') {
        this.#runtime.circuit?.record(true);
        this.#scope.onHandled(this);
        await this.#finishAll(pending, outcome.result, outcome.durationMs);
        return;
      }
      const again = await this.#afterFailure(pending, contexts, outcome);
      if (again === undefined) return;
      try {
        await pause(again.waitMs, this.#scope.draining, this.#runtime.clock);
      } catch {
        // Draining: the last try at once is made now. Over: nobody waits for it any more.
        if (this.#scope.over.aborted) return;
      }
      pending = again.pending;
    }
  }

  #bodyOf(pending: readonly Readable[]): unknown {
    if (this.#runtime.options.batch === undefined) return pending[0]?.body;
    return pending.map(({ body }) => body);
  }

  /** Gives those that are to be tried at once again. */
  async #afterFailure(
    pending: readonly Readable[],
    contexts: readonly DeliveryContext[],
    { error, durationMs }: AttemptOutcome & { readonly kind: 'failed' },
  ): Promise<Again | undefined> {
    const isBatch = this.#runtime.options.batch !== undefined;
    const partly = isBatch && error instanceof BatchError ? error.failures : undefined;
    await this.#tellListener(error, contexts);
    const again: Readable[] = [];
    const handled: Readable[] = [];
    const work: Promise<unknown>[] = [];
    let waitMs = 0;
    for (const [index, one] of pending.entries()) {
      if (partly !== undefined && !partly.has(index)) {
        handled.push(one);
        continue;
      }
      const reason = partly === undefined ? error : partly.get(index);
      const waitFor = this.#failed(one, reason, durationMs, work);
      if (waitFor === undefined) continue;
      again.push(one);
      waitMs = Math.max(waitMs, waitFor);
    }
    this.#recordCircuit(error, again.length + work.length > 0);
    work.push(this.#finishAll(handled, undefined, durationMs));
    await Promise.all(work);
    if (again.length > 0) return { pending: again, waitMs };
    this.#scope.onHandled(this);
    return undefined;
  }

  /** Gives how long to wait for another try at once; without one, `work` has what ends the message. */
  #failed(
    { delivery, claim }: Readable,
    error: unknown,
    durationMs: number,
    work: Promise<unknown>[],
  ): number | undefined {
    const { counter, options, random } = this.#runtime;
    const isOpen = delivery.state === 'open';
    // What its handler has put off or given up before it failed, was counted then.
    const failedNow = isOpen ? delivery.countFailure() : 1;
    counter.count('failedAttempts');
    const step = nextStep(options.retry, delivery.history, failedNow, error, random);
    const next: AfterFailure = isOpen ? AFTER[step.kind] : 'nothing';
    delivery.tell({ type: 'attempt-failed', error, next, durationMs }, 'failed');
    this.#log.failure(delivery, error, next);
    if (isOpen && step.kind === 'immediate') return step.waitMs;
    work.push(this.#giveUp(delivery, claim, error, next));
    return undefined;
  }

  async #giveUp(
    delivery: Delivery,
    claim: IdempotencyClaim | undefined,
    error: unknown,
    next: AfterFailure,
  ): Promise<void> {
    try {
      await claim?.forget();
    } catch (failure) {
      this.#runtime.logger.warn(`the idempotency store failed: ${errorText(failure)}`);
    }
    if (next !== 'nothing') await this.#end(delivery, error, next);
  }

  /** Retry later or dead letter, by the plan. */
  async #end(delivery: Delivery, error: unknown, next: AfterFailure): Promise<void> {
    await this.#settled(delivery, () =>
      next === 'delayed-retry' ? delivery.retry(error) : delivery.deadLetter(error),
    );
  }

  #finishAll(handled: readonly Readable[], result: unknown, durationMs: number): Promise<unknown> {
    const [first] = handled;
    if (first !== undefined && handled.length === 1) return this.#finish(first, result, durationMs);
    return Promise.all(handled.map((one) => this.#finish(one, result, durationMs)));
  }

  async #finish(one: Readable, result: unknown, durationMs: number): Promise<void> {
    const { delivery, body, claim } = one;
    const { options } = this.#runtime;
    delivery.tell({ type: 'handled', body, durationMs });
    try {
      const { isMoved } = delivery;
      // Known as done, a message that its handler has put off would be taken for a duplicate.
      if (claim !== undefined) await (isMoved ? claim.forget() : claim.finish());
      // A batch is no question.
      if (result !== undefined && !isMoved && options.batch === undefined) {
        await answer(delivery, result, this.#runtime);
      }
      if (options.ack !== 'manual') await delivery.ack(() => delivery.consumed(body));
      else if (delivery.state === 'open') this.#log.forgotten(delivery);
    } catch (error) {
      this.#log.unsettled(delivery, error);
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
    const signal = new HandlerSignal();
    if (this.#abortReason !== undefined) signal.abort(this.#abortReason);
    this.#signal = signal;
    const contexts = pending.map(
      ({ delivery, body, correlationId }) =>
        new DeliveryContext(delivery, this.#runtime, signal, correlationId, body),
    );
    if (contexts.length > 1) for (const context of contexts) context.joinBatch(contexts);
    return contexts;
  }

  async #tellListener(failure: unknown, contexts: readonly DeliveryContext[]): Promise<void> {
    const { listener, logger } = this.#runtime;
    try {
      await listener.target.onError?.(failure, contexts[0]);
    } catch (error) {
      logger.error(`onError of ${listener.name} failed: ${errorText(error)}`);
    }
  }

  /** Settles, and tells it when that fails. */
  async #settled(delivery: Delivery, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.unsettled(delivery, error);
    }
  }
}

const AFTER = {
  immediate: 'immediate-retry',
  delayed: 'delayed-retry',
  'dead-letter': 'dead-letter',
} as const;
