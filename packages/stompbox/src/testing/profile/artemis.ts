/**
 * ActiveMQ Artemis, where it differs from stompbox:
 *
 * - NACK is an ACK: the message is gone
 * - ACK and NACK in a transaction settle at once, whatever becomes of the transaction
 * - prefetch is counted in bytes, also under ActiveMQ's word for it; without one 10 KiB may be unsettled
 * - it reads its own words of SUBSCRIBE only
 * - a repeated SEND is recognised by `_AMQ_DUPL_ID`
 */
import type { Frame } from '@stompbox/protocol';
import { withHeaders, without } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';
import { HiddenHeaders } from './hidden-headers.js';
import type { Imitation, ImitationOptions } from './imitation.js';
import { NoScheduler } from './no-scheduler.js';
import { ServerName } from './server-name.js';
import { type SubscribeWords, SubscribeWordsStage, sameWords } from './subscribe-words.js';

const WORDS: SubscribeWords = {
  ...sameWords(
    'consumer-window-size',
    'selector',
    'durable-subscription-name',
    'durable-subscriber-name',
    'no-local',
    'browser',
  ),
  'activemq.prefetchSize': 'consumer-window-size',
};

const DEFAULT_WINDOW_BYTES = 10 * 1024;

/** It counts bytes alone. */
const NO_LIMIT = '999999999';

class ArtemisFrames implements FrameStage {
  fromClient(frame: Frame): readonly Frame[] {
    switch (frame.command) {
      case 'ACK':
      case 'NACK':
        return [without({ ...frame, command: 'ACK' }, 'transaction')];
      case 'SUBSCRIBE':
        return [this.#withWindow(frame)];
      case 'SEND':
        return [this.#withDuplicateId(frame)];
      default:
        return [frame];
    }
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return [frame.command === 'MESSAGE' ? without(frame, 'dedup-id') : frame];
  }

  #withWindow(frame: Frame): Frame {
    const window = frame.headers.get('consumer-window-size') ?? String(DEFAULT_WINDOW_BYTES);
    return withHeaders(frame, {
      'consumer-window-size': window,
      'activemq.prefetchSize': NO_LIMIT,
    });
  }

  #withDuplicateId(frame: Frame): Frame {
    const id = frame.headers.get('_AMQ_DUPL_ID');
    return id === undefined ? frame : withHeaders(frame, { 'dedup-id': id });
  }
}

export function artemis({ hasScheduler }: ImitationOptions): Imitation {
  return {
    brokerOptions: { deadLetter: { queue: 'DLQ' } },
    stages: [
      () => new ServerName('ActiveMQ-Artemis/2.44.0 ActiveMQ Artemis Messaging Engine'),
      () => new HiddenHeaders((name) => name === 'dedup-id'),
      ...(hasScheduler ? [] : [() => new NoScheduler()]),
      () => new SubscribeWordsStage(WORDS),
      () => new ArtemisFrames(),
    ],
  };
}
