export { type Broker, type BrokerOptions, startBroker } from '@stompbox/broker';
export type { Clock, Connection, Message } from '@stompbox/client';
export { OptionsError, StompError } from '@stompbox/protocol';
export { currentCorrelationId, withCorrelationId } from './correlation/correlation.js';
export {
  type Destination,
  type DestinationLike,
  type DestinationOptions,
  isDestination,
  queue,
  topic,
} from './destination/destination.js';
export type { CircuitOptions } from './failure/circuit-options.js';
export {
  BatchError,
  type BodyIssue,
  HandlerTimeoutError,
  InvalidBodyError,
  UnreadableBodyError,
  UnrecoverableError,
} from './failure/failure-errors.js';
export { FAILURE_HEADERS, type FailureHeader } from './failure/failure-headers.js';
export type { DelayBy, ErrorMatcher, RetryOptions } from './failure/retry-options.js';
export { type Health, type HealthPorts, health } from './health/health.js';
export { HEALTH_CODES, type HealthCode, type HealthProbe } from './health/health-code.js';
export { HealthError, type HealthErrorCode } from './health/health-error.js';
export type {
  CanaryOptions,
  EventLoopOptions,
  HealthOptions,
  ReconnectLoopOptions,
} from './health/health-options.js';
export type {
  ComponentReport,
  HealthComponent,
  HealthReport,
  HealthStatus,
  ProbeReport,
} from './health/health-report.js';
export { type HealthResponse, healthResponse } from './health/health-response.js';
export {
  type HealthServer,
  type HealthServerOptions,
  type MetricsText,
  startHealthServer,
} from './health/health-server.js';
export type { HealthSource, WatchedConnection } from './health/health-source.js';
export { type TouchedFile, type TouchFileOptions, touchFile } from './health/touch-file.js';
export type { Concurrency } from './listener/concurrency.js';
export {
  type ListenerDefinition,
  type ListenerFunction,
  listener,
  type MessageListener,
} from './listener/listener.js';
export type { ListenerContext, RetryLaterOptions } from './listener/listener-context.js';
export type { ListenerHandle } from './listener/listener-handle.js';
export type {
  AckPolicy,
  BatchOptions,
  ConsumeOptions,
  ListenerOptions,
  RateLimit,
} from './listener/listener-options.js';
export { type LogFields, type Logger, lineLogger, stderrLogger } from './logger.js';
export type { HeaderValue, MessageOptions } from './message/message-options.js';
export type { MessageSender } from './message-sender.js';
export type { Messaging, MessagingPorts } from './messaging.js';
export type { MessagingCloseOptions } from './messaging-close.js';
export type {
  AfterFailure,
  CircuitState,
  ListenerEventBase,
  MessagingEvent,
  MessagingEventListener,
} from './messaging-event.js';
export type {
  ConnectionSnapshot,
  ListenerCounts,
  ListenerSnapshot,
  MessagingSnapshot,
} from './messaging-snapshot.js';
export { type BrokerOptionsSource, readBrokerOptions } from './settings/broker-options.js';
export { resolveSettings, type SettingsContext } from './settings/resolve-settings.js';
export { Secret } from './settings/secret.js';
export {
  type ConfigInput,
  defineBroker,
  defineConfig,
  type ServerAddress,
  type SettingName,
  Settings,
  type SettingsInput,
  type SettingsValues,
} from './settings/settings.js';
export { type ShutdownPorts, shutdownSignal } from './shutdown-signal.js';
export { createMessaging } from './stomp-messaging.js';
