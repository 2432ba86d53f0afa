/** The message service: what an application holds to send and to listen. */
import type { Clock, Connection, ConnectOptions } from '@stompbox/client';
import type { Destination } from './destination/destination.js';
import type { ListenerDefinition, ListenerFunction, MessageListener } from './listener/listener.js';
import type { ListenerHandle } from './listener/listener-handle.js';
import type { ConsumeOptions } from './listener/listener-options.js';
import type { Logger } from './logger.js';
import type { MessageOptions } from './message/message-options.js';
import type { MessageSender } from './message-sender.js';
import type { MessagingCloseOptions } from './messaging-close.js';
import type { MessagingEventListener } from './messaging-event.js';
import type { MessagingSnapshot } from './messaging-snapshot.js';
import type { Settings } from './settings/settings.js';

export interface Messaging extends MessageSender, AsyncDisposable {
  readonly settings: Settings;
  /** `send` to the queue of the settings. */
  sendToQueue(body: unknown, options?: MessageOptions): Promise<void>;
  /** `send` to the topic of the settings. */
  sendToTopic(body: unknown, options?: MessageOptions): Promise<void>;
  /**
   * Sends and waits for the answer of a listener (what its handler returns) or of any JMS program.
   *
   * @param options `timeoutMs`: how long to wait for the answer, connecting included. Default 15,000.
   * @throws RequestError `STOMP_REQUEST_TIMEOUT`, `STOMP_REQUEST_LOST`, `STOMP_REQUEST_CLOSED`,
   *   `STOMP_REQUEST_FAILED`; what `send` throws.
   */
  request<Reply = unknown, In = unknown>(
    destination: string | Destination<In, unknown>,
    body: In,
    options?: MessageOptions,
  ): Promise<Reply>;
  /**
   * Sends several messages together: all of them are there when it resolves, or none when it rejects.
   *
   * @throws what `work` throws, after the transaction was aborted
   * @throws ConnectionError `STOMP_NET_TRANSACTION_LOST`, `STOMP_NET_MAYBE_DELIVERED`
   */
  transaction<T>(work: (sender: MessageSender) => Promise<T>): Promise<T>;
  /**
   * Starts a listener on a queue, a topic or both; without either, on those of the settings.
   * Resolves when the broker has confirmed every subscription.
   */
  consume<Body>(
    listener: MessageListener<Body> | ListenerFunction<Body> | ListenerDefinition<Body>,
    options?: ConsumeOptions,
  ): Promise<ListenerHandle>;
  /** The connection itself, for what the service does not cover. Connects if need be. */
  getConnection(): Promise<Connection>;
  /** How connection and listeners are doing now. */
  snapshot(): MessagingSnapshot;
  /** Calls back at each event, within the call that causes it; returns what ends that. */
  onEvent(listener: MessagingEventListener): () => void;
  /**
   * Drains the listeners (see `ListenerHandle.close`), waits for what is being sent and closes the
   * connection. A send that still waits for the first connection is rejected at once. After
   * `timeoutMs` the rest is cut: pending sends are rejected, queue messages that are not
   * acknowledged come again, and the log says what was left. May be called more than once; all
   * calls get the same end, and the options of the first one count.
   *
   * @throws TimeoutError `STOMP_NET_TIMEOUT_CLOSE` when it was cut; the reason of the signal.
   * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`; nothing is closed then.
   */
  close(options?: MessagingCloseOptions): Promise<void>;
}

/** What the service works with; only tests and adapters replace it. */
export interface MessagingPorts {
  readonly logger?: Logger;
  /** Must reject with the reason of `options.signal` when that aborts. */
  readonly connect?: (url: string, options: ConnectOptions) => Promise<Connection>;
  /** Milliseconds since the epoch by the system's time, from which messages expire. */
  readonly now?: () => number;
  /** Measures and ends waits. */
  readonly clock?: Clock;
  /** A number from 0 up to 1, for jitter. */
  readonly random?: () => number;
}
