/**
 * The listener for tests: statistics, waiting and heart-beats together, every message kept, and on
 * wish all of it printed. It keeps messages for ever, so it is of no use in production.
 */
import type { WaitOptions } from '../operation-options.js';
import type { ListenerFrame } from './connection-listener.js';
import { EventWaits, type WaitingOptions } from './event-waits.js';
import { HeartBeatListener } from './heart-beat-listener.js';
import { ListenerGroup } from './listener-group.js';
import { PrintingListener, type PrintTarget } from './printing-listener.js';
import { StatisticsListener } from './statistics-listener.js';
import { type Disconnection, WaitingListener } from './waiting-listener.js';

export interface TestListenerOptions extends WaitingOptions {
  /** Where all that happens is printed. Default: nowhere. */
  readonly print?: PrintTarget;
}

interface Parts {
  readonly statistics: StatisticsListener;
  readonly waiting: WaitingListener;
  readonly heartBeats: HeartBeatListener;
  readonly printing: PrintingListener | undefined;
}

export class TestListener extends ListenerGroup {
  readonly statistics: StatisticsListener;
  readonly heartBeats: HeartBeatListener;
  readonly #waiting: WaitingListener;
  readonly #waits: EventWaits;
  readonly #messages: ListenerFrame[] = [];
  #waitedFor = 0;

  constructor(options: TestListenerOptions = {}) {
    const parts: Parts = {
      statistics: new StatisticsListener(),
      waiting: new WaitingListener(options),
      heartBeats: new HeartBeatListener(options),
      printing: options.print === undefined ? undefined : new PrintingListener(options.print),
    };
    super(Object.values(parts).filter((part) => part !== undefined));
    this.statistics = parts.statistics;
    this.heartBeats = parts.heartBeats;
    this.#waiting = parts.waiting;
    this.#waits = new EventWaits(options);
  }

  /** All MESSAGE frames so far, in the order in which they came. */
  get messages(): readonly ListenerFrame[] {
    return this.#messages;
  }

  /** The last MESSAGE frame. */
  get latestMessage(): ListenerFrame | undefined {
    return this.#messages.at(-1);
  }

  /**
   * Resolves with the next message that nobody has waited for, at once if it has come; so two waits
   * give two messages, however close together these are. Default timeout 15,000 ms.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_EVENT`; ConnectionError `STOMP_NET_NOT_CONNECTED` when
   *   the connection is closed; the reason of the signal
   */
  waitForMessage(options: WaitOptions = {}): Promise<ListenerFrame> {
    return this.#waits.until('a message', () => this.#nextMessage(), options);
  }

  /** See `WaitingListener.waitForReceipt`. */
  waitForReceipt(id: string, options: WaitOptions = {}): Promise<ListenerFrame> {
    return this.#waiting.waitForReceipt(id, options);
  }

  /** See `WaitingListener.waitForDisconnected`. */
  waitForDisconnected(options: WaitOptions = {}): Promise<Disconnection> {
    return this.#waiting.waitForDisconnected(options);
  }

  /** See `HeartBeatListener.waitForHeartBeat`. */
  waitForHeartBeat(options: WaitOptions = {}): Promise<void> {
    return this.heartBeats.waitForHeartBeat(options);
  }

  override onConnected(frame: ListenerFrame): void {
    this.#waits.reopen();
    super.onConnected(frame);
  }

  override onMessage(frame: ListenerFrame): void {
    super.onMessage(frame);
    this.#messages.push(frame);
    this.#waits.check();
  }

  override onClosed(error: Error | undefined): void {
    super.onClosed(error);
    this.#waits.end(error);
  }

  #nextMessage(): ListenerFrame | undefined {
    const next = this.#messages[this.#waitedFor];
    if (next !== undefined) this.#waitedFor += 1;
    return next;
  }
}
