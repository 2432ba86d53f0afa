/** What an application holds: one logical connection that survives the loss of its sockets. */
import type { StompVersion } from '@stompbox/protocol';
import type { ConnectionStatistics } from './connection-statistics.js';
import type { FrameListener } from './frame-feed.js';
import type { MessageHandler } from './message-sink.js';
import type { CloseOptions, SendFrameOptions, WaitOptions } from './operation-options.js';
import type { BrokerProfile } from './profile/broker-profile.js';
import type { RawFrame } from './raw-frame.js';
import type { SendOptions } from './send-options.js';
import type { SendBody } from './send-request.js';
import type { ConnectionStatus } from './status.js';
import type { SubscribeOptions } from './subscribe-options.js';
import type { Subscription } from './subscription.js';
import type { Transaction } from './transaction.js';

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closing' | 'closed';

export interface Connection extends AsyncDisposable {
  readonly state: ConnectionState;
  /** The version that was agreed on with the broker now or last connected to. */
  readonly version: StompVersion;
  /** The `server` header of CONNECTED, for example "ActiveMQ/6.1.7". */
  readonly server: string | undefined;
  /** The `session` header of CONNECTED. */
  readonly session: string | undefined;
  /** Where the broker takes blobs, if it says so: the `blob-upload-url` header of CONNECTED. */
  readonly blobUploadUrl: string | undefined;
  /** "host:port" of the broker now or last connected to. */
  readonly peer: string;
  /** What is known of the kind of broker now or last connected to. */
  readonly profile: BrokerProfile;
  /**
   * Sends a message: text, bytes, or a stream (Readable, ReadableStream, Blob, any async iterable),
   * which is written as it is read, with everything else waiting behind it; or a value for a codec
   * (JSON unless `codec` or `contentType` say otherwise). Resolves when the broker has confirmed it by RECEIPT; with `receipt: false`
   * when its bytes are handed to the transport. Many sends may be under way at the same time. While
   * the connection is being restored it waits, within its timeout.
   *
   * @throws STOMP_NET_MAYBE_DELIVERED the connection was lost before the answer came
   * @throws STOMP_NET_QUEUE_FULL, STOMP_NET_DROPPED too many sends wait for a connection
   * @throws STOMP_NET_KEPT the connection closed before; the store of `offline` has the message
   * @throws STOMP_NET_BODY a loss cut a streamed body; if its source fails, the source's own error
   * @throws STOMP_NET_TIMEOUT_NOT_SENT, STOMP_NET_TIMEOUT_RECEIPT
   * @throws STOMP_BROKER_REFUSED the broker answered with ERROR
   * @throws STOMP_OPT_BODY the body cannot travel; nothing was sent
   */
  send<T extends SendBody>(destination: string, body: T, options?: SendOptions<T>): Promise<void>;
  /**
   * Subscribes; resolves when the broker has confirmed. With `onMessage` every message is handed to
   * it at once, without waiting for the one before; what it throws becomes the status event
   * `handler-failed` and goes to the option `onError`, and the message stays unacknowledged.
   * Without, iterate over the subscription. After a reconnect it goes on by itself.
   */
  subscribe<T = unknown>(
    destination: string,
    options?: SubscribeOptions<T>,
    onMessage?: MessageHandler<T>,
  ): Promise<Subscription<T>>;
  /**
   * Writes a frame as it is: for what has no word of its own here, and for adapters. Every command
   * of a client is possible but CONNECT, STOMP, SUBSCRIBE, UNSUBSCRIBE and DISCONNECT, which have
   * consequences. Resolves when its bytes are handed to the transport; with `receipt: true` when the
   * broker has confirmed. A `receipt` header among its own is sent, and its RECEIPT reaches
   * `onFrame` only. It is never written to a later session.
   *
   * @throws STOMP_NET_NOT_CONNECTED there is no session now
   * @throws STOMP_NET_MAYBE_DELIVERED the connection was lost before the answer came
   */
  sendFrame(frame: RawFrame, options?: SendFrameOptions): Promise<void>;
  /** Begins a transaction; resolves when the broker has confirmed. */
  begin(options?: WaitOptions): Promise<Transaction>;
  /**
   * Milliseconds from a frame to the broker's RECEIPT, what waits in front of it included. The frames
   * are those of an empty transaction.
   *
   * @throws STOMP_NET_NOT_CONNECTED, STOMP_NET_TIMEOUT_RECEIPT
   */
  rtt(options?: WaitOptions): Promise<number>;
  /** Counters of now. */
  stats(): ConnectionStatistics;
  /**
   * Ends all subscriptions in order, lets their handlers finish and waits until everything that was
   * sent is confirmed. The connection stays open. Default time-out: `closeTimeoutMs`.
   *
   * @throws STOMP_NET_TIMEOUT_CLOSE
   */
  drain(options?: WaitOptions): Promise<void>;
  /**
   * Stops taking messages, lets running handlers finish, waits for outstanding receipts, then says
   * DISCONNECT and waits for its receipt. Calling it again gives the same promise. Do not await it
   * inside a message handler, or inside a loop with `settle: 'handled'`, which it waits for.
   *
   * @throws STOMP_NET_TIMEOUT_CLOSE that took longer than `closeTimeoutMs`; the connection was cut
   */
  close(options?: CloseOptions): Promise<void>;
  /** Resolves at the end: with nothing after an orderly `close`, else with the error. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Events from now on; ends with the connection. */
  status(): AsyncIterable<ConnectionStatus>;
  /** Calls back for each event; returns what ends that. */
  onStatus(callback: (status: ConnectionStatus) => void): () => void;
  /** Calls back for each frame and heart-beat, in and out; returns what ends that. */
  onFrame(listener: FrameListener): () => void;
}
