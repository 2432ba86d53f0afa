/** Does to the frames of one connection what its plan of faults says. */
import type { Clock } from '@stompbox/client';
import type { Frame } from '@stompbox/protocol';
import { receiptFor, withHeaders } from '../link/frame-edit.js';
import type { FrameStage, StageEnds } from '../link/frame-stage.js';
import type { FaultPlan } from './fault-plan.js';

const COPY = '-copy';

export class FaultStage implements FrameStage {
  readonly #plan: FaultPlan;
  readonly #clock: Clock;
  readonly #ends: StageEnds;
  /** Names of messages that came twice; of versions that name both alike, one ACK goes nowhere. */
  readonly #copies = new Set<string>();
  /** The receipt of the COMMIT after which the connection breaks. */
  #lastReceipt: string | undefined;
  /** When the next message may come. */
  #nextMessageAt = 0;

  constructor(plan: FaultPlan, clock: Clock, ends: StageEnds) {
    this.#plan = plan;
    this.#clock = clock;
    this.#ends = ends;
  }

  fromClient(frame: Frame): readonly Frame[] {
    switch (frame.command) {
      case 'COMMIT':
        return this.#commit(frame);
      case 'ACK':
      case 'NACK':
        return this.#settle(frame);
      default:
        return [frame];
    }
  }

  fromBroker(frame: Frame): readonly Frame[] {
    switch (frame.command) {
      case 'MESSAGE':
        return this.#message(frame);
      case 'RECEIPT':
        return this.#receipt(frame);
      default:
        return [frame];
    }
  }

  #commit(frame: Frame): readonly Frame[] {
    const { kill } = this.#plan;
    this.#plan.kill = undefined;
    if (kill === 'before-commit') {
      this.#ends.drop();
      return [];
    }
    if (kill === undefined) return [frame];
    this.#lastReceipt = frame.headers.get('receipt') ?? 'stompbox-testing-last';
    return [withHeaders(frame, { receipt: this.#lastReceipt })];
  }

  #settle(frame: Frame): readonly Frame[] {
    const name = frame.headers.get('id') ?? frame.headers.get('message-id') ?? '';
    if (!this.#copies.delete(name)) return [frame];
    for (const receipt of receiptFor(frame)) this.#ends.answer(receipt);
    return [];
  }

  #receipt(frame: Frame): readonly Frame[] {
    if (frame.headers.get('receipt-id') === this.#lastReceipt) {
      this.#ends.drop();
      return [];
    }
    const { receiptDelayMs } = this.#plan;
    if (receiptDelayMs === 0) return [frame];
    this.#clock.setTimer(() => this.#ends.answer(frame), receiptDelayMs);
    return [];
  }

  #message(frame: Frame): readonly Frame[] {
    const frames = this.#plan.take('duplicates') ? [frame, this.#copyOf(frame)] : [frame];
    const { messageDelayMs } = this.#plan;
    const now = this.#clock.now();
    if (messageDelayMs === 0 && this.#nextMessageAt <= now) return frames;
    for (const one of frames) {
      this.#nextMessageAt = Math.max(this.#nextMessageAt, now) + messageDelayMs;
      this.#clock.setTimer(() => this.#ends.answer(one), this.#nextMessageAt - now);
    }
    return [];
  }

  #copyOf(frame: Frame): Frame {
    const ack = frame.headers.get('ack');
    const name = ack === undefined ? frame.headers.get('message-id') : ack + COPY;
    if (name !== undefined) this.#copies.add(name);
    const headers = ack === undefined ? {} : { ack: ack + COPY };
    return withHeaders(frame, { ...headers, redelivered: 'true' });
  }
}
