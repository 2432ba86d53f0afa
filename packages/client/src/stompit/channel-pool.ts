/**
 * Channels to share: whoever asks gets one that nobody uses, and gives it back by finishing its
 * work on it, which makes it idle.
 *
 *   free ──channel(callback)──▶ in use ──idle──▶ free, or closed if there are too many
 */
import { type Clock, systemClock } from '../index.js';
import { Channel, type ChannelOptions } from './channel.js';
import type { ConnectFailover } from './connect-failover.js';
import { stompitError } from './stompit-error.js';

export interface ChannelPoolOptions {
  /** Channels that are made at once, and kept. Default 1. */
  readonly minChannels?: number;
  /** Channels that are free for the next one who asks; at most `minChannels`. Default 1. */
  readonly minFreeChannels?: number;
  /** Default Infinity. */
  readonly maxChannels?: number;
  /** Milliseconds before a channel too many is closed; null = at once. Default null. */
  readonly freeExcessTimeout?: number | null;
  /** Milliseconds to wait when all are in use; null = fail at once. Default null. */
  readonly requestChannelTimeout?: number | null;
  /** Options of the channels; `alwaysConnected` is always true. */
  readonly channelOptions?: ChannelOptions;
  /** The port of time, for tests. */
  readonly clock?: Clock;
}

export type ChannelCallback = (error: Error | null, channel: Channel) => void;

interface ChannelRequest {
  readonly callback: ChannelCallback;
  readonly cancelTimer: () => void;
}

const NO_CHANNEL = 'All channels are in use: raise maxChannels or requestChannelTimeout';
const CLOSED = 'The channel pool is closed: make another one';

export class ChannelPool {
  readonly #failover: ConnectFailover;
  readonly #options: Required<ChannelPoolOptions>;
  readonly #channels = new Set<Channel>();
  #free: Channel[] = [];
  #requests: ChannelRequest[] = [];
  /** Timers that close what is too much, oldest first. */
  readonly #excess: (() => void)[] = [];
  #isClosed = false;

  constructor(failover: ConnectFailover, options: ChannelPoolOptions = {}) {
    this.#failover = failover;
    const minChannels = options.minChannels ?? 1;
    this.#options = {
      minChannels,
      minFreeChannels: Math.min(options.minFreeChannels ?? 1, minChannels),
      maxChannels: options.maxChannels ?? Number.POSITIVE_INFINITY,
      freeExcessTimeout: options.freeExcessTimeout ?? null,
      requestChannelTimeout: options.requestChannelTimeout ?? null,
      channelOptions: { ...options.channelOptions, alwaysConnected: true },
      clock: options.clock ?? systemClock,
    };
    for (let count = 0; count < minChannels; count++) this.#allocate();
  }

  /** The callback gets a channel of its own, in a later tick. */
  channel(callback: ChannelCallback): void {
    if (this.#isClosed) {
      this.#refuse(callback, CLOSED);
      return;
    }
    if (this.#free.length === 0) this.#allocate();
    const channel = this.#free.shift();
    if (channel === undefined) {
      this.#wait(callback);
      return;
    }
    this.#excess.shift()?.();
    if (this.#free.length < this.#options.minFreeChannels) this.#allocate();
    this.#lend(channel);
    process.nextTick(callback, null, channel);
  }

  /** Closes all channels; those who wait for one are told. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#excess.splice(0)) cancel();
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
    this.#free = [];
    const requests = this.#requests;
    this.#requests = [];
    for (const { callback, cancelTimer } of requests) {
      cancelTimer();
      this.#refuse(callback, CLOSED);
    }
  }

  #allocate(): void {
    if (this.#channels.size >= this.#options.maxChannels) return;
    const channel = new Channel(this.#failover, this.#options.channelOptions);
    this.#channels.add(channel);
    this.#free.push(channel);
  }

  #lend(channel: Channel): void {
    channel.once('idle', () => this.#takeBack(channel));
  }

  #takeBack(channel: Channel): void {
    if (this.#isClosed) return;
    const request = this.#requests.shift();
    if (request) {
      request.cancelTimer();
      this.#lend(channel);
      request.callback(null, channel);
      return;
    }
    this.#free.push(channel);
    if (this.#free.length > this.#options.minChannels) this.#closeExcess();
  }

  #closeExcess(): void {
    const { freeExcessTimeout, clock } = this.#options;
    if (freeExcessTimeout === null) {
      this.#closeOne();
      return;
    }
    const cancel = clock.setTimer(() => {
      this.#excess.shift();
      if (this.#free.length > this.#options.minChannels) this.#closeOne();
    }, freeExcessTimeout);
    this.#excess.push(cancel);
  }

  #closeOne(): void {
    const channel = this.#free.shift();
    if (channel === undefined) return;
    if (!channel.isEmpty()) {
      // Somebody went on with a channel after it was idle; it is his until it is so again.
      this.#lend(channel);
      return;
    }
    this.#channels.delete(channel);
    channel.close();
  }

  #wait(callback: ChannelCallback): void {
    const { requestChannelTimeout, clock } = this.#options;
    if (requestChannelTimeout === null) {
      this.#refuse(callback, NO_CHANNEL);
      return;
    }
    const cancelTimer = clock.setTimer(
      () => {
        this.#requests = this.#requests.filter((other) => other !== request);
        this.#refuse(callback, NO_CHANNEL);
      },
      requestChannelTimeout,
      { keepAlive: true },
    );
    const request = { callback, cancelTimer };
    this.#requests.push(request);
  }

  #refuse(callback: ChannelCallback, text: string): void {
    process.nextTick(callback as (error: Error) => void, stompitError(text, 'transport'));
  }
}
