/**
 * What a channel has to do, and does again on each new client until it is complete.
 *
 *   send           complete with its RECEIPT; before that it may arrive twice
 *   subscription   complete when it is cancelled
 *
 * What can never be sent, whatever the client, fails instead: it would end one client after another.
 */
import { Readable } from 'node:stream';
import { FrameError, OptionsError } from '@stompbox/protocol';
import type { Client } from './client.js';
import type { StompitHeaders } from './frame-headers.js';
import type { IncomingMessage } from './incoming-message.js';
import type { OutgoingFrame } from './outgoing-frame.js';
import type { AckMode, MessageCallback, Subscription } from './subscription.js';

/** A body, or a function that makes a new stream of it whenever it must be sent again. */
export type ChannelBody = string | Uint8Array | (() => Readable | string | Uint8Array);

export interface ChannelSubscription {
  cancel(): void;
  unsubscribe(): void;
}

export type ChannelMessageCallback = (
  error: Error | null,
  message: IncomingMessage,
  subscription: ChannelSubscription,
) => void;

export type FailWork = (error: Error) => void;

export interface ChannelWork {
  /**
   * @param complete called when it need not be done again
   * @param fail called when it must not be, before its client ends for the same reason
   */
  start(client: Client, complete: () => void, fail: FailWork): void;
  /** It will not be done again; with the error if the channel failed. */
  end(error: Error | undefined): void;
}

/** A text or bytes are written at once; a stream is read first, and fails the frame if it fails. */
export function writeBody(frame: OutgoingFrame, body: ChannelBody, fail: FailWork): void {
  // Before the client hears of it, and ends.
  frame.prependListener('error', (error) => {
    if (error instanceof OptionsError || error instanceof FrameError) fail(error);
  });
  const content = typeof body === 'function' ? body() : body;
  if (content instanceof Readable) {
    content.once('error', (error) => {
      fail(error);
      frame.destroy(error);
    });
    content.pipe(frame);
  } else frame.end(content);
}

export class SubscriptionWork implements ChannelWork, ChannelSubscription {
  readonly #open: (client: Client, onMessage: MessageCallback) => Subscription;
  readonly #onMessage: ChannelMessageCallback;
  #state: 'active' | 'ended' = 'active';
  #subscription: Subscription | undefined;
  #complete = () => {};

  /** @param forget takes it off the channel's list when no client has it yet */
  constructor(
    open: (client: Client, onMessage: MessageCallback) => Subscription,
    onMessage: ChannelMessageCallback,
    forget: (work: ChannelWork) => void,
  ) {
    this.#open = open;
    this.#onMessage = onMessage;
    this.#complete = () => forget(this);
  }

  start(client: Client): void {
    this.#subscription = this.#open(client, (error, message) => {
      // The loss of a client is the channel's business, which subscribes again.
      if (error === null && this.#state === 'active') this.#onMessage(null, message, this);
    });
  }

  end(error: Error | undefined): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (error) (this.#onMessage as (error: Error) => void)(error);
  }

  cancel(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#subscription?.unsubscribe();
    this.#complete();
  }

  unsubscribe(): void {
    this.cancel();
  }
}

export function subscribeWith(headers: StompitHeaders | string) {
  return (client: Client, onMessage: MessageCallback) => client.subscribe(headers, onMessage);
}

export function listenWith(id: string | number, ack: AckMode | null | undefined) {
  return (client: Client, onMessage: MessageCallback) =>
    client.setImplicitSubscription(id, ack, onMessage);
}
