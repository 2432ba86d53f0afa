/**
 * Moves a message to another place without a moment in which nobody has it: SEND with receipt, then ACK;
 * in one transaction where the broker knows ACKs in transactions. Never NACK, which means something else
 * at each broker.
 *
 * - a crash between the two leaves the copy and the original; the copy has the same dedup-id each time
 * - a copy that the broker refuses (permission, disk) is sent again with growing pauses, while the
 *   message stays unacknowledged; that pause is kept across redeliveries, because an ERROR ends the session
 * - once the session that delivered the message is gone, nothing is sent any more: it is delivered again
 */
import {
  type Clock,
  type Connection,
  ConnectionError,
  type Message,
  type SendOptions,
} from '@stompbox/client';
import type { Logger } from '../logger.js';
import { withDedup } from '../message/with-dedup.js';
import type { MessageCopy } from './failure-copy.js';

export interface Relocation {
  readonly message: Message;
  /** The epoch in which the message was delivered. */
  readonly epoch: number;
  /** False where the broker holds it for settled already: only the copy is sent. */
  readonly needsAck: boolean;
  readonly to: string;
  readonly copy: MessageCopy;
}

export interface RelocatorParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Refusal {
  readonly pauseMs: number;
  readonly untilMs: number;
}

export class Relocator {
  readonly #parts: RelocatorParts;
  readonly #refusals = new Map<string, Refusal>();
  readonly #stopListening: () => void;
  #epoch = 0;

  constructor(parts: RelocatorParts) {
    this.#parts = parts;
    this.#stopListening = parts.connection.onStatus((status) => {
      if (status.type === 'reconnecting' || status.type === 'closed') this.#epoch += 1;
    });
  }

  /** Grows with each loss of the connection, after which older deliveries cannot be settled. */
  get epoch(): number {
    return this.#epoch;
  }

  close(): void {
    this.#stopListening();
  }

  /**
   * Resolves when the broker has confirmed both.
   *
   * @param over aborts when nobody waits any more; rejects with its reason
   * @throws ConnectionError `STOMP_NET_STALE_MESSAGE`, `STOMP_NET_MAYBE_DELIVERED` and others: the broker
   *   delivers the message again
   */
  async relocate(relocation: Relocation, over: AbortSignal): Promise<void> {
    const { to } = relocation;
    const { logger } = this.#parts;
    for (;;) {
      await this.#pause(to, over);
      this.#assertFresh(relocation);
      try {
        await this.#move(relocation);
        this.#refusals.delete(to);
        return;
      } catch (error) {
        if (error instanceof ConnectionError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        const pauseMs = this.#refuse(to);
        logger.error(
          `a copy of message ${relocation.message.messageId} could not be sent to ${to} and is ` +
            `tried again in ${pauseMs} ms: ${why}`,
        );
      }
    }
  }

  async #move({ message, needsAck, to, copy }: Relocation): Promise<void> {
    const { connection } = this.#parts;
    const { profile } = connection;
    const options: SendOptions = withDedup(copy.options, profile);
    if (!needsAck) return await connection.send(to, copy.body, options);
    if (profile.ackInTransaction !== 'counts' || profile.sendReceiptInTransaction !== 'at-once') {
      await connection.send(to, copy.body, options);
      return await message.ack({ receipt: true });
    }
    await using transaction = await connection.begin();
    // First, because it fails at once when the message is of an earlier session.
    const acked = message.ack({ transaction });
    await Promise.all([acked, transaction.send(to, copy.body, options)]);
    await transaction.commit();
  }

  #assertFresh({ message, epoch, needsAck }: Relocation): void {
    if (needsAck && epoch !== this.#epoch) {
      throw ConnectionError.of('STOMP_NET_STALE_MESSAGE', ['ACK', message.messageId]);
    }
  }

  #refuse(to: string): number {
    const before = this.#refusals.get(to)?.pauseMs;
    const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(before * 2, LONGEST_PAUSE_MS);
    this.#refusals.set(to, { pauseMs, untilMs: this.#parts.clock.now() + pauseMs });
    return pauseMs;
  }

  async #pause(to: string, over: AbortSignal): Promise<void> {
    over.throwIfAborted();
    const refusal = this.#refusals.get(to);
    if (refusal === undefined) return;
    await pause(refusal.untilMs - this.#parts.clock.now(), over, this.#parts.clock);
  }
}

/** Resolves after the time; rejects with the reason of the signal when that aborts before. */
export async function pause(delayMs: number, over: AbortSignal, clock: Clock): Promise<void> {
  over.throwIfAborted();
  if (delayMs <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(over.reason);
    };
    const cancel = clock.setTimer(() => {
      over.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    over.addEventListener('abort', onAbort, { once: true });
  });
}
