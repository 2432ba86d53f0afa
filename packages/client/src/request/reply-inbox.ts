/**
 * The one subscription of a requester that all its replies come by.
 *
 *   closed ──open()──▶ opening ──RECEIPT──▶ open ──close()──▶ ended
 *     ▲                   │                  │
 *     └──────refused──────┴──────refused─────┘
 *
 * The connection brings it back after a loss under the same name, which is a new queue at the
 * broker. When the broker refuses that, the next request opens another one, with another name.
 */
import type { Message } from '../message.js';
import { type ReplyQueue, replyQueueOf } from '../profile/subscription-headers.js';
import type { Subscription } from '../subscription.js';
import type { RequestConnection, ResolvedRequester } from './request-options.js';

type InboxState =
  | { readonly name: 'closed' }
  | { readonly name: 'opening'; readonly queue: Promise<ReplyQueue> }
  | {
      readonly name: 'open';
      readonly queue: Promise<ReplyQueue>;
      readonly subscription: Subscription;
    }
  | { readonly name: 'ended' };

export class ReplyInbox {
  readonly #connection: RequestConnection;
  readonly #options: ResolvedRequester;
  readonly #onReply: (message: Message) => void;
  #state: InboxState = { name: 'closed' };

  constructor(
    connection: RequestConnection,
    options: ResolvedRequester,
    onReply: (message: Message) => void,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#onReply = onReply;
  }

  /** Opens it if need be; resolves when the broker has confirmed. */
  open(): Promise<ReplyQueue> {
    const state = this.#state;
    if (state.name === 'open' || state.name === 'opening') return state.queue;
    const queue = this.#subscribe();
    if (state.name === 'closed') this.#state = { name: 'opening', queue };
    return queue;
  }

  /** True if that subscription was this one, which then is not there any more. */
  forget(subscriptionId: string): boolean {
    const state = this.#state;
    if (state.name !== 'open' || state.subscription.id !== subscriptionId) return false;
    this.#state = { name: 'closed' };
    return true;
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { name: 'ended' };
    if (state.name === 'open') await state.subscription.unsubscribe();
  }

  async #subscribe(): Promise<ReplyQueue> {
    const { replyQueue, profile, newId } = this.#options;
    const queue = replyQueue ?? replyQueueOf(profile(), newId());
    let subscription: Subscription;
    try {
      subscription = await this.#connection.subscribe(
        queue.destination,
        { headers: Object.fromEntries(queue.headers) },
        this.#onReply,
      );
    } catch (error) {
      if (this.#state.name === 'opening') this.#state = { name: 'closed' };
      throw error;
    }
    if (this.#state.name === 'opening') {
      this.#state = { name: 'open', queue: this.#state.queue, subscription };
    } else {
      // Closed meanwhile, so nobody wants it.
      await subscription.unsubscribe();
    }
    return queue;
  }
}
