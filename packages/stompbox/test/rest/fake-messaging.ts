/** A message service without a broker: it notes what is sent, and the test decides what comes of it. */

import type { Connection } from '@stompbox/client';
import {
  currentCorrelationId,
  type ListenerHandle,
  type MessageOptions,
  type Messaging,
  type MessagingCloseOptions,
  resolveSettings,
} from 'stompbox';
import { FakeConnection } from '../support/fake-connection.js';

export interface FakeSend {
  readonly destination: unknown;
  readonly body: unknown;
  readonly options: MessageOptions;
  /** The one that the service would give to the message. */
  readonly currentCorrelationId: string | undefined;
}

export class FakeMessaging {
  readonly sends: FakeSend[] = [];
  readonly requests: FakeSend[] = [];
  isClosed = false;
  closedWith: MessagingCloseOptions | undefined;
  /** Replaced by a test to let sends fail or wait. */
  onSend: () => Promise<void> = () => Promise.resolve();
  onRequest: () => Promise<unknown> = () => Promise.resolve('done');
  onConnect: () => Promise<Connection> = () => Promise.resolve(new FakeConnection().connection);
  onConsume: () => Promise<ListenerHandle> = () => Promise.resolve(handleOf(() => undefined));
  profile: 'stompbox' | 'activemq' = 'stompbox';
  state: 'connected' | 'reconnecting' = 'connected';

  readonly messaging: Messaging = {
    settings: resolveSettings({}, { env: {} }),
    send: async (destination: unknown, body: unknown, options: MessageOptions = {}) => {
      this.sends.push(noted(destination, body, options));
      await this.onSend();
    },
    request: async <Reply>(destination: unknown, body: unknown, options: MessageOptions = {}) => {
      this.requests.push(noted(destination, body, options));
      return (await this.onRequest()) as Reply;
    },
    sendToQueue: (body, options) => this.messaging.send('/queue/SampleQueue', body, options),
    sendToTopic: (body, options) => this.messaging.send('/topic/SampleTopic', body, options),
    transaction: () => Promise.reject(new Error('the fake has no transactions')),
    consume: () => this.onConsume(),
    getConnection: () => this.onConnect(),
    snapshot: () => ({
      state: this.isClosed ? 'closed' : 'open',
      connection: {
        state: this.state,
        sinceMs: 0,
        peer: 'fake:1',
        profile: this.profile,
        reconnects: 0,
        error: undefined,
      },
      listeners: [],
      startingCount: 0,
      sendingCount: 0,
    }),
    onEvent: () => () => undefined,
    close: async (options) => {
      this.isClosed = true;
      this.closedWith = options;
    },
    [Symbol.asyncDispose]: async () => {
      this.isClosed = true;
    },
  };
}

/** @param onClose called each time that somebody closes it */
export function handleOf(onClose: () => void): ListenerHandle {
  const close = async () => onClose();
  const ended = new Promise<undefined>(() => undefined);
  return {
    name: 'fake',
    destinations: ['/queue/fake'],
    ended,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function noted(destination: unknown, body: unknown, options: MessageOptions): FakeSend {
  return { destination, body, options, currentCorrelationId: currentCorrelationId() };
}
