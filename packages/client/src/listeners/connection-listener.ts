/**
 * What a listener of a connection may hear: its hooks, all optional, and the frame that they get.
 *
 * A listener observes. Frames are read-only, so none can change what the next one, the application
 * or the broker sees; and what a hook throws, or rejects with, is a warning of the process, so none
 * can stop the connection. Hooks are called at once and nobody waits for them.
 */
import type { ObservedFrame } from '../frame-feed.js';

export interface ListenerFrame extends ObservedFrame {
  /** The body as text; what is not UTF-8 in it becomes U+FFFD. */
  text(): string;
}

export interface ConnectionListener {
  /** An attempt to connect begins. `peer` is "host:port". */
  onConnecting?(peer: string): void;
  /** CONNECTED has arrived; after a loss, subscriptions are restored next. */
  onConnected?(frame: ListenerFrame): void;
  /** `close()` was called and the connection is still open. */
  onDisconnecting?(): void;
  /** A connection that was open has ended: by `close()`, or by the error. */
  onDisconnected?(error: Error | undefined): void;
  /** The end: nothing follows, and no attempt is made to connect again. */
  onClosed?(error: Error | undefined): void;
  /** The broker has sent a heart-beat. */
  onHeartBeat?(): void;
  /** We have sent a heart-beat. */
  onHeartBeatSent?(): void;
  /** The broker was silent for too long; `onDisconnected` follows. */
  onHeartBeatTimeout?(error: Error): void;
  onMessage?(frame: ListenerFrame): void;
  onReceipt?(frame: ListenerFrame): void;
  /** An ERROR frame; the broker usually closes the connection after it. */
  onError?(frame: ListenerFrame): void;
  /** A frame of ours on its way out; heart-beats are `onHeartBeatSent`. */
  onSend?(frame: ListenerFrame): void;
}
