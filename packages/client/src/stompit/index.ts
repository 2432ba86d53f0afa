export { Channel, type ChannelEvents, type ChannelOptions } from './channel.js';
export { ChannelFactory } from './channel-factory.js';
export { ChannelPool, type ChannelPoolOptions } from './channel-pool.js';
export type { ChannelTransaction } from './channel-transaction.js';
export type { ChannelBody, ChannelSubscription } from './channel-work.js';
export {
  Client,
  type ClientEvents,
  type ConnectCallback,
  type FrameCallback,
  type MessageLike,
} from './client.js';
export type { ClientOptions } from './client-options.js';
export { type ConnectOptions, connect, type StreamOpener } from './connect.js';
export {
  ConnectFailover,
  type ConnectFailoverEvents,
  type FailoverAttempt,
  type FailoverCallback,
} from './connect-failover.js';
export type { ConnectFailoverOptions, ConnectFunction } from './failover-options.js';
export type { FailoverServer, ServerProperties } from './failover-server.js';
export type { ReceivedHeaders, StompitHeaders } from './frame-headers.js';
export type { HeartBeatPair } from './handshake-options.js';
export type { IncomingMessage } from './incoming-message.js';
export type { OutgoingFrame } from './outgoing-frame.js';
export type { SendOptions } from './send-options.js';
export type { ServerAddressInfo } from './server-address.js';
export type { StompitError } from './stompit-error.js';
export type { AckMode, MessageCallback, Subscription } from './subscription.js';
export type { Transaction } from './transaction.js';
