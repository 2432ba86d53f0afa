/**
 * RabbitMQ, where it differs from stompbox:
 *
 * - NACK puts the message back, and it comes again at once, for ever; with `requeue:false` it is gone
 * - a cumulative ACK reaches all subscriptions of the connection
 * - selectors, delays and what does not start with `x-` on SUBSCRIBE mean nothing; `prefetch-count` is
 *   its prefetch, without which all messages come
 * - the RECEIPT of a SEND in a transaction comes after that of COMMIT
 * - a durable subscription is a queue whose name all clients share
 * - a bare `reply-to` is shown as `/reply-queue/…`
 */
import type { Frame } from '@stompbox/protocol';
import { editHeaders, newFrame, withHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';
import { HiddenHeaders } from './hidden-headers.js';
import type { Imitation } from './imitation.js';
import { NoScheduler } from './no-scheduler.js';
import { RabbitMQTopics } from './rabbitmq-topics.js';
import { RabbitMQTransactions } from './rabbitmq-transactions.js';
import { ServerName } from './server-name.js';
import { type SubscribeWords, SubscribeWordsStage, sameWords } from './subscribe-words.js';
import { UnsettledMessages } from './unsettled.js';

const WORDS: SubscribeWords = { ...sameWords('prefetch-count'), 'x-priority': 'activemq.priority' };

const UNLIMITED = '999999999';
const REPLY_QUEUE = '/reply-queue/';

class RabbitMQConsumers implements FrameStage {
  readonly #unsettled = new UnsettledMessages();

  fromClient(frame: Frame): readonly Frame[] {
    this.#unsettled.note(frame);
    switch (frame.command) {
      case 'SUBSCRIBE':
        return [withPrefetch(frame)];
      case 'ACK':
      case 'NACK':
        return this.#settle(frame);
      default:
        return [toReplyQueue(frame)];
    }
  }

  fromBroker(frame: Frame): readonly Frame[] {
    this.#unsettled.note(frame);
    return [frame.command === 'MESSAGE' ? withShownReplyTo(frame) : frame];
  }

  #settle(frame: Frame): readonly Frame[] {
    const { headers } = frame;
    const command = headers.get('requeue') === 'false' ? 'ACK' : frame.command;
    const message = this.#unsettled.named(frame);
    if (message === undefined) return [{ ...frame, command }];
    const isCumulative = this.#unsettled.ackModeOf(message.subscription) === 'client';
    const earlier = isCumulative ? this.#unsettled.before(message) : [];
    this.#unsettled.settle([...earlier, message]);
    const transaction = headers.get('transaction');
    const others = earlier.filter(({ subscription }) => subscription !== message.subscription);
    return [
      ...others.map(({ name }) => newFrame(command, { ...name, transaction })),
      { ...frame, command },
    ];
  }
}

/** 0 is no limit, and so is none. */
function withPrefetch(frame: Frame): Frame {
  const count = frame.headers.get('prefetch-count') ?? '0';
  return withHeaders(frame, { 'prefetch-count': Number(count) === 0 ? UNLIMITED : count });
}

function toReplyQueue(frame: Frame): Frame {
  const destination = frame.headers.get('destination');
  if (destination?.startsWith(REPLY_QUEUE) !== true) return frame;
  return withHeaders(frame, { destination: `/queue/${destination.slice(REPLY_QUEUE.length)}` });
}

function withShownReplyTo(frame: Frame): Frame {
  return editHeaders(frame, (name, value) => [
    name,
    name === 'reply-to' && !value.startsWith('/') ? REPLY_QUEUE + value : value,
  ]);
}

export function rabbitmq(): Imitation {
  const deletions = new Map<string, number>();
  return {
    brokerOptions: {
      redelivery: { maxRedeliveries: Number.POSITIVE_INFINITY, initialDelayMs: 0, maxDelayMs: 0 },
      deadLetter: { expired: false },
    },
    stages: [
      () => new ServerName('RabbitMQ/3.13.7'),
      () => new HiddenHeaders((name) => name === 'dedup-id'),
      () => new NoScheduler(),
      () => new RabbitMQTopics(deletions),
      () => new SubscribeWordsStage(WORDS),
      () => new RabbitMQConsumers(),
      () => new RabbitMQTransactions(),
    ],
  };
}
