/**
 * A transaction of a channel. If its client is lost before the commit is confirmed, the broker has
 * forgotten it, and all of it is done again on the next client.
 *
 *   open ──commit(), abort()──▶ ending ──▶ over          any ──the channel fails──▶ failed
 */
import type { ChannelBody, ChannelWork, FailWork } from './channel-work.js';
import { writeBody } from './channel-work.js';
import type { Client, FrameCallback } from './client.js';
import type { StompitHeaders } from './frame-headers.js';
import { channelClosed } from './stompit-error.js';
import type { Transaction } from './transaction.js';

/** What a transaction needs from its channel. */
export interface TransactionChannel {
  take(work: ChannelWork): void;
}

export class ChannelTransaction {
  readonly #channel: TransactionChannel;
  readonly #headers: StompitHeaders | string | number | undefined;
  /** Of all its parts: none is complete before the whole is. */
  #completions: (() => void)[] = [];
  /** On the client of now. */
  #current: Transaction | undefined;
  #failure: Error | undefined;
  #onFailure: FailWork = () => {};

  constructor(channel: TransactionChannel, headers: StompitHeaders | string | number | undefined) {
    this.#channel = channel;
    this.#headers = headers;
    this.#take((client) => {
      this.#completions = [];
      this.#current = client.begin(this.#headers);
    });
  }

  send(headers: StompitHeaders | string, body: ChannelBody): this {
    this.#take((_client, fail) => {
      if (this.#current) writeBody(this.#current.send(headers), body, fail);
    });
    return this;
  }

  /** The callback is told when the broker has committed, or why the channel gave up. */
  commit(callback: FrameCallback = warnOf): void {
    if (this.#failure) {
      process.nextTick(callback, this.#failure);
      return;
    }
    this.#onFailure = callback;
    this.#take(() => {
      this.#current?.commit({
        onReceipt: () => {
          this.#complete();
          callback(null);
        },
      });
    });
  }

  /** None of it has to be done again then: what was begun ends with its client. */
  abort(): void {
    this.#take(
      () => this.#current?.abort(),
      () => this.#complete(),
    );
  }

  #take(start: (client: Client, fail: FailWork) => void, started: () => void = () => {}): void {
    if (this.#failure) return;
    this.#channel.take({
      start: (client, complete, fail) => {
        if (this.#failure) {
          complete();
          return;
        }
        start(client, fail);
        this.#completions.push(complete);
        started();
      },
      end: (error) => this.#fail(error ?? channelClosed()),
    });
  }

  /** With one part all of it has failed, and the broker forgets what it has with the client. */
  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#complete();
    this.#onFailure(error);
  }

  #complete(): void {
    const completions = this.#completions;
    this.#completions = [];
    for (const complete of completions) complete();
  }
}

/** Who gives no callback learns of it like this. */
function warnOf(error?: Error | null): void {
  if (error) process.emitWarning(error);
}
