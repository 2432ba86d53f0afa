/**
 * Moves a message to another place without a moment in which nobody has it: SEND with receipt, then ACK;
 * in one transaction where the broker makes them one step. Never NACK, which means something else at each
 * broker.
 *
 * - a crash between the two leaves the copy and the original; the copy has the same dedup-id each time
 * - once the copy is there no other one is made: an ACK or COMMIT that is written and not confirmed in
 *   time is the broker's matter
 * - a copy that the broker refuses (permission, disk) is sent again with growing pauses, while the
 *   message stays unacknowledged; that pause is kept across redeliveries, because an ERROR ends the session
 * - one that may have been too long for the broker is sent lean from the next try on: see refused-copies.ts
 * - once the session that delivered the message is gone, nothing is sent any more: it is delivered again
 * - what the broker holds for settled (a message of a topic) it never delivers again, so that copy is
 *   sent until it is confirmed, over each new session
 */
import {
  BrokerError,
  type BrokerProfile,
  type Clock,
  type Connection,
  ConnectionError,
  type Message,
  type SendOptions,
  TimeoutError,
} from '@stompbox/client';
import { ProtocolError } from '@stompbox/protocol';
import type { Logger } from '../logger.js';
import { withDedup } from '../message/with-dedup.js';
import { factsOf } from './broker-facts.js';
import type { MessageCopy } from './failure-copy.js';
import { identityOf, lastingIdOf } from './failure-history.js';
import { isPerhapsTooLong, RefusedCopies } from './refused-copies.js';

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

/** Errors of a SEND that was written when the connection was lost. */
const LOSSES: ReadonlySet<string> = new Set([
  'STOMP_NET_MAYBE_DELIVERED',
  'STOMP_NET_TRANSACTION_LOST',
]);
const SCHEDULED_DELAY = 'AMQ_SCHEDULED_DELAY';
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

interface Refusal {
  readonly pauseMs: number;
  readonly untilMs: number;
}

/** One try to send a copy. */
interface Flight {
  stage: 'waiting' | 'sending' | 'committing';
  /** An ERROR that named no operation and came while it was being sent. */
  refusal: BrokerError | undefined;
}

export class Relocator {
  readonly #parts: RelocatorParts;
  readonly #refusals = new Map<string, Refusal>();
  readonly #refusedCopies = new RefusedCopies();
  readonly #flights = new Set<Flight>();
  readonly #stopListening: () => void;
  #epoch = 0;

  constructor(parts: RelocatorParts) {
    this.#parts = parts;
    this.#stopListening = parts.connection.onStatus((status) => {
      if (status.type === 'reconnecting' || status.type === 'closed') this.#epoch += 1;
      if (status.type !== 'broker-error') return;
      for (const flight of this.#flights) {
        if (flight.stage === 'sending') flight.refusal ??= status.error;
      }
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
   * @param draining aborts when a refused copy is not worth another pause; rejects with its reason
   * @throws ConnectionError `STOMP_NET_STALE_MESSAGE`, `STOMP_NET_MAYBE_DELIVERED` and others: the broker
   *   delivers the message again
   * @throws TimeoutError `STOMP_NET_TIMEOUT_RECEIPT`: the copy is there, and the ACK on its way
   * @throws ProtocolError `STOMP_PROTO_NO_MESSAGE`: the message was acknowledged before
   */
  async relocate(relocation: Relocation, over: AbortSignal, draining = over): Promise<void> {
    const { to, message } = relocation;
    let isSettled = false;
    for (;;) {
      over.throwIfAborted();
      await this.#pause(to, draining);
      this.#assertFresh(relocation);
      const flight: Flight = { stage: 'waiting', refusal: undefined };
      this.#flights.add(flight);
      try {
        isSettled = await this.#send(relocation, flight);
        this.#refusals.delete(to);
        this.#refusedCopies.accept(this.#nameOf(relocation));
        break;
      } catch (error) {
        if (flight.stage === 'committing' && error instanceof TimeoutError) throw error;
        this.#learn(relocation, flight, error);
        const isFinal = this.#isFinal(error, relocation);
        if (!isFinal || flight.refusal !== undefined) this.#refuse(relocation, flight, error);
        if (isFinal) throw error;
      } finally {
        this.#flights.delete(flight);
      }
    }
    if (!isSettled) await message.ack({ receipt: true });
  }

  /** Sends the copy; true when the message is settled with it. */
  async #send(relocation: Relocation, flight: Flight): Promise<boolean> {
    const { message, needsAck, to, copy } = relocation;
    const { connection } = this.#parts;
    const { profile } = connection;
    const options = withDedup(this.#optionsOf(relocation), profile);
    if (!needsAck || !isOneStep(profile, options)) {
      flight.stage = 'sending';
      await connection.send(to, copy.body, options);
      return !needsAck;
    }
    await using transaction = await connection.begin();
    flight.stage = 'sending';
    // First, because it fails at once when the message is of an earlier session.
    const acked = message.ack({ transaction });
    await Promise.all([acked, transaction.send(to, copy.body, options)]);
    flight.stage = 'committing';
    await transaction.commit();
    return true;
  }

  #optionsOf(relocation: Relocation): SendOptions {
    const { copy, message, to } = relocation;
    const { options, lean } = copy;
    if (lean === undefined || !this.#refusedCopies.isRefused(this.#nameOf(relocation)))
      return options;
    this.#parts.logger.warn(
      `the copy of message ${message.messageId} is sent to ${to} without its stack and with a short ` +
        'text, because it may have been too long for the broker: raise its limit for frames',
    );
    return lean();
  }

  /** What the failed try says of the copy itself. */
  #learn(relocation: Relocation, flight: Flight, error: unknown): void {
    if (flight.stage !== 'sending') return;
    const name = this.#nameOf(relocation);
    const refusal = error instanceof BrokerError ? error : flight.refusal;
    if (refusal !== undefined) {
      if (isPerhapsTooLong(refusal)) this.#refusedCopies.refuse(name);
    } else if (error instanceof ConnectionError && LOSSES.has(error.code)) {
      this.#refusedCopies.lose(name);
    }
  }

  /** True when another try is no use, because the message is settled or will be delivered again. */
  #isFinal(error: unknown, { needsAck }: Relocation): boolean {
    if (error instanceof ProtocolError) return true;
    if (!(error instanceof ConnectionError)) return false;
    const { state } = this.#parts.connection;
    return needsAck || state === 'closing' || state === 'closed';
  }

  #assertFresh({ message, epoch, needsAck }: Relocation): void {
    if (needsAck && epoch !== this.#epoch) {
      throw ConnectionError.of('STOMP_NET_STALE_MESSAGE', ['ACK', message.messageId]);
    }
  }

  /** Lets the next copy wait, those that were refused together only once. */
  #refuse({ message, to }: Relocation, { refusal }: Flight, error: unknown): void {
    const now = this.#parts.clock.now();
    const before = this.#refusals.get(to);
    let pauseMs = before === undefined ? FIRST_PAUSE_MS : before.pauseMs;
    if (before !== undefined && before.untilMs <= now) {
      pauseMs = Math.min(before.pauseMs * 2, LONGEST_PAUSE_MS);
    }
    this.#refusals.set(to, { pauseMs, untilMs: now + pauseMs });
    const cause = refusal ?? error;
    this.#parts.logger.error(
      `a copy of message ${message.messageId} could not be sent to ${to} and is ` +
        `tried again in ${pauseMs} ms: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }

  /** Of the copy: the same for each delivery of its message. */
  #nameOf({ message, to }: Relocation): string {
    return `${to} ${identityOf(message, lastingIdOf(message, this.#parts.connection.profile))}`;
  }

  async #pause(to: string, over: AbortSignal): Promise<void> {
    const refusal = this.#refusals.get(to);
    if (refusal === undefined) return;
    await pause(refusal.untilMs - this.#parts.clock.now(), over, this.#parts.clock);
  }
}

/** Whether a crash leaves both the copy and the ACK or neither, when they are in one transaction. */
function isOneStep(profile: BrokerProfile, { headers }: SendOptions): boolean {
  if (profile.ackInTransaction !== 'counts') return false;
  if (profile.sendReceiptInTransaction !== 'at-once') return false;
  // ActiveMQ keeps a scheduled message after the COMMIT that has settled the original.
  return (
    headers?.[SCHEDULED_DELAY] === undefined ||
    factsOf(profile).scheduleInTransaction === 'together'
  );
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
