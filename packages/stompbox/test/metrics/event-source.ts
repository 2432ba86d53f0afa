/** A service as metrics see it: events that a test emits, and a snapshot that it sets. */
import type { Message } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import type {
  ListenerEventBase,
  ListenerSnapshot,
  MessagingEvent,
  MessagingEventListener,
  MessagingSnapshot,
} from 'stompbox';

export class EventSource {
  readonly #listeners = new Set<MessagingEventListener>();
  listeners: readonly ListenerSnapshot[] = [];
  connectionState: MessagingSnapshot['connection']['state'] = 'connected';
  sendingCount = 0;

  onEvent(listener: MessagingEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(...events: readonly MessagingEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event);
  }

  snapshot(): MessagingSnapshot {
    return {
      state: 'open',
      connection: {
        state: this.connectionState,
        sinceMs: 0,
        peer: '127.0.0.1:61613',
        profile: 'stompbox',
        reconnects: 0,
        error: undefined,
      },
      listeners: this.listeners,
      startingCount: 0,
      sendingCount: this.sendingCount,
    };
  }
}

export function messageWith(
  headers: Readonly<Record<string, string>>,
  isRedelivered = false,
): Message {
  const known: Pick<Message, 'headers' | 'isRedelivered'> = {
    headers: FrameHeaders.from(headers),
    isRedelivered,
  };
  return known as Message;
}

/** What a delivery's event is about, with what a test wants otherwise. */
export function delivery(own: Partial<ListenerEventBase> = {}): ListenerEventBase {
  return {
    listener: 'onOrder',
    subscribedTo: '/queue/orders',
    message: messageWith({}),
    attempt: 1,
    ...own,
  };
}

export function listenerSnapshot(own: Partial<ListenerSnapshot> = {}): ListenerSnapshot {
  return {
    listener: 'onOrder',
    subscribedTo: '/queue/orders',
    state: 'running',
    confirmedAtMs: 1,
    circuit: 'closed',
    handlingCount: 0,
    oldestHandlingSinceMs: undefined,
    waitingCount: 0,
    settlingCount: 0,
    lastDeliveryAtMs: undefined,
    lastConsumedAtMs: undefined,
    counts: {
      received: 0,
      consumed: 0,
      failedAttempts: 0,
      retried: 0,
      deadLettered: 0,
      duplicates: 0,
      redelivered: 0,
    },
    ...own,
  };
}
