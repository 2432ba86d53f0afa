/**
 * The headers of SUBSCRIBE and UNSUBSCRIBE that one broker reads and another ignores. stompbox reads
 * those of all; an imitation passes on its own only, some under another name.
 */
import type { Frame } from '@stompbox/protocol';
import { editHeaders } from '../link/frame-edit.js';
import type { FrameStage } from '../link/frame-stage.js';

/** All that stompbox reads beside what STOMP itself defines. */
const READ_BY_STOMPBOX: ReadonlySet<string> = new Set([
  'activemq.prefetchSize',
  'prefetch-count',
  'consumer-window-size',
  'selector',
  'activemq.subscriptionName',
  'durable-subscription-name',
  'durable-subscriber-name',
  'durable',
  'auto-delete',
  'persistent',
  'activemq.priority',
  'activemq.exclusive',
  'exclusive',
  'activemq.noLocal',
  'no-local',
  'activemq.retroactive',
  'retroactive',
  'activemq.maximumPendingMessageLimit',
  'browser',
  'activemq.browser',
]);

/** What the broker reads, and what stompbox calls it. */
export type SubscribeWords = Readonly<Record<string, string>>;

/** @param words each its own name in stompbox */
export function sameWords(...words: readonly string[]): SubscribeWords {
  return Object.fromEntries(words.map((word) => [word, word]));
}

export class SubscribeWordsStage implements FrameStage {
  readonly #words: SubscribeWords;

  constructor(words: SubscribeWords) {
    this.#words = words;
  }

  fromClient(frame: Frame): readonly Frame[] {
    if (frame.command !== 'SUBSCRIBE' && frame.command !== 'UNSUBSCRIBE') return [frame];
    return [
      editHeaders(frame, (name, value) => {
        const word = this.#words[name];
        if (word !== undefined) return [word, value];
        return READ_BY_STOMPBOX.has(name) ? undefined : [name, value];
      }),
    ];
  }

  fromBroker(frame: Frame): readonly Frame[] {
    return [frame];
  }
}
