export { BlobError, type BlobErrorCode } from './blob/blob-errors.js';
export type {
  BlobProgress,
  DownloadOptions,
  TransferOptions,
  UploadOptions,
} from './blob/blob-options.js';
export { type BlobReference, blobHeaders, blobOf, type HasHeaders } from './blob/blob-reference.js';
export type { BlobSource, FileSource } from './blob/blob-source.js';
export { downloadBlob } from './blob/download-blob.js';
export { type BlobConnection, type SendBlobOptions, sendBlob } from './blob/send-blob.js';
export { type UploadedBlob, uploadBlob } from './blob/upload-blob.js';
export { type Clock, systemClock, type TimerOptions } from './clock.js';
export type { Codec } from './codec/codec.js';
export { CodecRegistry } from './codec/codec-registry.js';
export {
  decodeValue,
  decodeWith,
  type EncodedValue,
  encodeValue,
  encodeWith,
} from './codec/encode-value.js';
export { connect } from './connect.js';
export type {
  AttemptOptions,
  BeforeAttempt,
  ConnectOptions,
  HeartBeatOptions,
  ReconnectOptions,
} from './connect-options.js';
export type { Connection, ConnectionState } from './connection.js';
export type { ConnectionStatistics } from './connection-statistics.js';
export {
  BrokerError,
  type BrokerErrorCode,
  CLIENT_ERROR_CODES,
  ConnectionError,
  type ConnectionErrorCode,
  TimeoutError,
  type TimeoutErrorCode,
} from './errors.js';
export type { FrameEvent, FrameListener, ObservedFrame } from './frame-feed.js';
export type { HeaderValue, HeaderValues } from './header-values.js';
export type { Message } from './message.js';
export type { MessageHandler } from './message-sink.js';
export type { OfflineOptions, WhenFull } from './offline-options.js';
export type {
  AckMode,
  AckOptions,
  CloseOptions,
  SendFrameOptions,
  UnsubscribeOptions,
  WaitOptions,
} from './operation-options.js';
export type {
  BrokerProfile,
  ConsumerWords,
  DurableWords,
  HeaderPairs,
  InTransaction,
  NackMeaning,
  PrefetchWords,
  ProfileName,
  ReplyQueueWords,
} from './profile/broker-profile.js';
export { type ConnectedHeaders, detectProfile } from './profile/detect-profile.js';
export { PROFILE_NAMES, profileOf } from './profile/profiles.js';
export {
  type ReplyQueue,
  replyQueueOf,
  type SubscriptionWishes,
  subscribeHeaders,
  type UnsubscribeWishes,
  unsubscribeHeaders,
} from './profile/subscription-headers.js';
export {
  assertSafeDedup,
  assertSafeDurableDeletion,
  assertSafeInTransaction,
  assertSafeNack,
  assertSafeSubscribe,
  checkAllowUnsafe,
  type Danger,
  type SubscribeFacts,
  type UnsafeOptions,
} from './profile/unsafe.js';
export type { RawFrame } from './raw-frame.js';
export { reply } from './request/reply.js';
export {
  RequestError,
  type RequestErrorCode,
  type RequestErrorDetails,
} from './request/request-error.js';
export type {
  RequestBody,
  RequestConnection,
  RequesterOptions,
  RequesterStatus,
  RequestManyOptions,
  RequestOptions,
} from './request/request-options.js';
export { type Requester, requester } from './request/requester.js';
export { type Responder, respond } from './request/respond.js';
export type {
  ErrorReply,
  ReplyMessage,
  ReplyResult,
  RequestHandler,
  RespondOptions,
} from './request/respond-options.js';
export type { ContentLengthPolicy, ReceiptMode, SendOptions } from './send-options.js';
export type { SendBody } from './send-request.js';
export type { ConnectionStatus } from './status.js';
export type { LoadedSends, SendRecord, SendStore } from './store/send-store.js';
export type { SettleMode, SubscribeOptions } from './subscribe-options.js';
export type { Subscription, SubscriptionState } from './subscription.js';
export { type FrameLogOptions, frameLog, type LoggableFrame } from './trace/frame-log.js';
export {
  formatTraceparent,
  parseTraceparent,
  type TraceContext,
  type TraceContextSource,
  type TraceParent,
  traceContextOf,
} from './trace/trace-context.js';
export {
  type ConnectTrace,
  type MessageTrace,
  type ReceiveTrace,
  type RequestTrace,
  type SendTrace,
  type SettleTrace,
  type SubscribeTrace,
  type TraceContexts,
  type TracedOperation,
  type TraceOrigin,
  traceOrigin,
} from './trace/tracing.js';
export type { Transaction, TransactionState } from './transaction.js';
export {
  type DuplexStream,
  duplexTransport,
  type OpenDuplex,
} from './transport/duplex-transport.js';
export type { TransportOptions } from './transport/open-transport.js';
export type { NodeStream } from './transport/stream-transport.js';
export type { TlsOptions } from './transport/tls-options.js';
export type { WebStreams } from './transport/web-stream-transport.js';
export type { WebSocketOptions } from './transport/websocket-options.js';
export type { ServerAddress, Transport, TransportFactory, TransportHandlers } from './transport.js';
