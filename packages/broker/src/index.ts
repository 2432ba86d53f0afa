export type { BlobOptions } from './blob/blob-options.js';
export { Broker, type BrokerState, startBroker } from './broker.js';
export { type Clock, systemClock } from './clock.js';
export {
  type CertificateRequest,
  type ConnectorKind,
  type ConnectorOptions,
  type ConnectorTlsOptions,
  type ConnectorWebSocketOptions,
  DEFAULT_HOST,
  DEFAULT_PORT,
} from './connector-options.js';
export { parseConnectorUrl } from './connector-url.js';
export {
  BrokerStartError,
  type BrokerStartErrorCode,
  StoreError,
  type StoreErrorCode,
} from './errors.js';
export type { BrokerCounters, BrokerEvent } from './events.js';
export { DEFAULT_HTTP_PORT, type HttpOptions } from './http/http-options.js';
export type { MemoryLimits } from './memory/memory-limits.js';
export { type BrokerOptions, resolveOptions as resolveBrokerOptions } from './options.js';
export type {
  DeadLetterPolicy,
  DestinationPolicyEntry,
  TopicLimits,
} from './policy/destination-policy.js';
export type { RedeliveryPolicy } from './redelivery-policy.js';
export type { Permission, Verb } from './security/permissions.js';
export type { Principal, PrincipalKind } from './security/principal.js';
export type { AnonymousOptions, SecurityOptions } from './security/security-options.js';
export { type NewUser, type UserSummary, UsersFile, usersFileIn } from './security/users-file.js';
export { ConnectorError, type ConnectorErrorCode } from './transport/connector-error.js';
export { memoryPipe } from './transport/memory-pipe.js';
export type { Transport, TransportHandlers } from './transport/transport.js';
