/**
 * ActiveMQ Classic, where it differs from stompbox:
 *
 * - NACK dead-letters at once, into `ActiveMQ.DLQ`; what is not persistent is gone
 * - NACK in a transaction is refused
 * - it reads its own words of SUBSCRIBE only
 * - its scheduler may be off: what asks for a delay is delivered at once
 */
import { encodeUtf8, type Frame } from '@stompbox/protocol';
import { newFrame } from '../link/frame-edit.js';
import type { FrameStage, StageEnds } from '../link/frame-stage.js';
import { HiddenHeaders } from './hidden-headers.js';
import type { Imitation, ImitationOptions } from './imitation.js';
import { NoScheduler } from './no-scheduler.js';
import { ServerName } from './server-name.js';
import { SubscribeWordsStage, sameWords } from './subscribe-words.js';
import { UnsettledMessages } from './unsettled.js';

const WORDS = sameWords(
  'activemq.prefetchSize',
  'selector',
  'activemq.subscriptionName',
  'activemq.priority',
  'activemq.exclusive',
  'activemq.noLocal',
  'activemq.retroactive',
  'activemq.maximumPendingMessageLimit',
  'browser',
);

class ActiveMQNack implements FrameStage {
  readonly #ends: StageEnds;
  readonly #unsettled = new UnsettledMessages();

  constructor(ends: StageEnds) {
    this.#ends = ends;
  }

  fromClient(frame: Frame): readonly Frame[] {
    this.#unsettled.note(frame);
    if (frame.command !== 'ACK' && frame.command !== 'NACK') return [frame];
    if (frame.command === 'NACK' && frame.headers.has('transaction')) {
      this.#refuse(frame);
      return [];
    }
    const message = this.#unsettled.named(frame);
    if (message === undefined) return [frame];
    this.#unsettled.settle([message]);
    const isGone = frame.command === 'NACK' && !message.isPersistent;
    return [isGone ? { ...frame, command: 'ACK' } : frame];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    this.#unsettled.note(frame);
    return [frame];
  }

  /** It says so and lets the connection be. */
  #refuse({ headers }: Frame): void {
    const message = 'Poison ack cannot be transacted';
    this.#ends.answer(
      newFrame(
        'ERROR',
        {
          message,
          'content-type': 'text/plain',
          'receipt-id': headers.get('receipt'),
        },
        encodeUtf8(`${message}\n`),
      ),
    );
  }
}

export function activemq({ hasScheduler }: ImitationOptions): Imitation {
  return {
    brokerOptions: {
      redelivery: { maxRedeliveries: 0 },
      deadLetter: { queue: 'ActiveMQ.DLQ' },
    },
    stages: [
      () => new ServerName('ActiveMQ/5.18.3'),
      () => new HiddenHeaders((name) => name === 'dedup-id'),
      ...(hasScheduler ? [] : [() => new NoScheduler()]),
      () => new SubscribeWordsStage(WORDS),
      (ends) => new ActiveMQNack(ends),
    ],
  };
}
