/**
 * Runs one listener on one subscription.
 *
 *   running ──stop()──► draining ──► closed
 *      └── subscription ended, abandon() ──▲
 *
 * - at most `concurrency` messages are between "taken" and "handler finished"
 * - a message is acked after its handler has finished, never before, and nacked when it threw; what
 *   happens then is the broker's to decide, and differs much (see nack-meaning.ts)
 * - no failure of a handler, of `onError` or of an ack ends the container
 *
 * Draining a queue: take no more, let the handlers finish and ack, then UNSUBSCRIBE. In this order,
 * because an ACK after UNSUBSCRIBE has no effect on ActiveMQ, and each handled message would come a
 * second time. What the broker sent ahead goes back to it with the UNSUBSCRIBE. Draining a topic:
 * UNSUBSCRIBE, then handle all that has arrived, because there nobody else has those messages.
 *
 * Abandoned, it begins nothing more and waits for nothing: what handlers still do is theirs. Messages
 * of a queue then come again; those of a topic that nobody will handle are counted and logged.
 *
 * It does not connect, reconnect or retry: that is the connection's and the broker's part.
 */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Message, Subscription } from '@stompbox/client';
import type { Logger } from '../logger.js';
import { decodeBody } from '../message/decode-body.js';
import type { ResolvedListener } from './listener.js';
import type { ListenerContext } from './listener-context.js';

export type ContainerState = 'running' | 'draining' | 'closed';

const TRANSITIONS: Readonly<Record<ContainerState, readonly ContainerState[]>> = {
  running: ['draining', 'closed'],
  draining: ['closed'],
  closed: [],
};

export interface ContainerParts {
  readonly listener: ResolvedListener;
  readonly subscription: Subscription;
  readonly concurrency: number;
  /** True for a subscription with ack mode `auto`, whose messages need no answer. */
  readonly isAutoAcked: boolean;
  readonly logger: Logger;
  /** Called before each NACK. */
  readonly beforeNack: () => void;
}

export class ListenerContainer {
  readonly #parts: ContainerParts;
  /** Handlers that run and acks that are not confirmed yet. */
  readonly #unfinished = new Set<Promise<void>>();
  readonly #pump: Promise<Error | undefined>;
  #state: ContainerState = 'running';
  #handling = 0;
  #hasRemarked = false;
  #slotFreed: (() => void) | undefined;
  #draining: Promise<void> | undefined;
  readonly #abandoned: Promise<void>;
  #tellAbandoned: () => void = () => undefined;

  constructor(parts: ContainerParts) {
    this.#parts = parts;
    this.#abandoned = new Promise((resolve) => {
      this.#tellAbandoned = resolve;
    });
    this.#pump = this.#take();
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** Resolves when the subscription has ended; with the error if one ended it. Never rejects. */
  get ended(): Promise<Error | undefined> {
    return this.#pump;
  }

  /** Messages whose handler has not finished or whose ack is not confirmed. */
  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  /** Drains; resolves when nothing runs any more. A second call waits for the same end. */
  stop(): Promise<void> {
    this.#draining ??= Promise.race([this.#drain(), this.#abandoned]);
    return this.#draining;
  }

  /** The end now, whatever still runs; all calls of `stop` resolve. */
  abandon(): void {
    if (this.#state !== 'closed') this.#transition('closed');
    this.#slotFreed?.();
    this.#tellAbandoned();
  }

  async #drain(): Promise<void> {
    if (this.#state === 'running') this.#transition('draining');
    if (!this.#parts.isAutoAcked) await this.#finished();
    if (this.#state === 'draining') await this.#unsubscribe();
    await this.#pump;
    await this.#finished();
    if (this.#state === 'draining') this.#transition('closed');
  }

  /** Ends the subscription, also when the broker does not confirm it. */
  async #unsubscribe(): Promise<void> {
    const { listener, subscription, logger } = this.#parts;
    try {
      await subscription.unsubscribe();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn(
        `${listener.name} could not unsubscribe from ${subscription.destination}: ${why}`,
      );
    }
  }

  /** Takes message after message until the subscription ends. */
  async #take(): Promise<Error | undefined> {
    const messages = this.#parts.subscription[Symbol.asyncIterator]();
    let unhandled = 0;
    try {
      for (;;) {
        await this.#freeSlot();
        const next = await messages.next();
        if (next.done) return undefined;
        // While a queue drains, what still arrives is left unanswered: UNSUBSCRIBE gives it back.
        if (this.#state === 'running') this.#begin(next.value);
        else if (!this.#parts.isAutoAcked) continue;
        else if (this.#state === 'draining') this.#begin(next.value);
        else unhandled += 1;
      }
    } catch (error) {
      // Abandoned before, so it has been told already that this ended out of order.
      if (this.#state === 'closed') return undefined;
      await this.#reportEnd(error);
      return error instanceof Error ? error : new Error(String(error), { cause: error });
    } finally {
      if (this.#state === 'running') this.#transition('closed');
      if (unhandled > 0) this.#reportUnhandled(unhandled);
    }
  }

  #begin(message: Message): void {
    this.#handling += 1;
    const work = this.#process(message).finally(() => this.#unfinished.delete(work));
    this.#unfinished.add(work);
  }

  async #process(message: Message): Promise<void> {
    const isHandled = await this.#handle(message);
    this.#handling -= 1;
    this.#slotFreed?.();
    if (!this.#parts.isAutoAcked) await this.#settle(message, isHandled);
  }

  /** True when the handler finished, false when it threw. */
  async #handle(message: Message): Promise<boolean> {
    const { target } = this.#parts.listener;
    const { body, warning, remark } = decodeBody(message.headers, message.body);
    if (warning !== undefined) this.#parts.logger.warn(`${nameOf(message)} ${warning}`);
    if (remark !== undefined) this.#remark(message, remark);
    try {
      await target.onMessage(body, message as ListenerContext);
      return true;
    } catch (error) {
      await this.#tellListener(error, message);
      this.#parts.logger.error(
        `${this.#parts.listener.name} failed on ${nameOf(message)}: ${inspect(error)}`,
      );
      return false;
    }
  }

  /** Once, because all messages of such a sender are alike, and the log would be full of it. */
  #remark(message: Message, remark: string): void {
    if (this.#hasRemarked) return;
    this.#hasRemarked = true;
    this.#parts.logger.warn(`${nameOf(message)} ${remark}`);
  }

  async #tellListener(failure: unknown, message?: Message): Promise<void> {
    const { name, target } = this.#parts.listener;
    try {
      await target.onError?.(failure, message);
    } catch (error) {
      this.#parts.logger.error(`onError of ${name} failed: ${inspect(error)}`);
    }
  }

  async #settle(message: Message, isHandled: boolean): Promise<void> {
    if (!isHandled) this.#parts.beforeNack();
    try {
      await (isHandled ? message.ack({ receipt: true }) : message.nack({ receipt: true }));
    } catch (error) {
      const verb = isHandled ? 'acknowledged' : 'given back';
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.logger.warn(
        `${nameOf(message)} could not be ${verb} and may be delivered again: ${why}`,
      );
    }
  }

  async #reportEnd(error: unknown): Promise<void> {
    const { listener, subscription, logger } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    logger.error(`${listener.name} no longer receives from ${subscription.destination}: ${why}`);
    await this.#tellListener(error);
  }

  #reportUnhandled(count: number): void {
    const { listener, subscription, logger } = this.#parts;
    const messages = count === 1 ? '1 message' : `${count} messages`;
    logger.error(`${listener.name} left ${messages} from ${subscription.destination} unhandled`);
  }

  /** Resolves as soon as fewer handlers run than may, or nothing will be handled any more. */
  async #freeSlot(): Promise<void> {
    while (this.#handling >= this.#parts.concurrency && this.#state !== 'closed') {
      await new Promise<void>((resolve) => {
        this.#slotFreed = resolve;
      });
    }
  }

  async #finished(): Promise<void> {
    while (this.#unfinished.size > 0) await Promise.all(this.#unfinished);
  }

  #transition(to: ContainerState): void {
    assert(
      TRANSITIONS[this.#state].includes(to),
      `a listener container cannot go from ${this.#state} to ${to}`,
    );
    this.#state = to;
  }
}

function nameOf(message: Message): string {
  return `message ${message.messageId} from ${message.destination}`;
}
