/** `stompbox/nestjs/microservices`: the transport strategy and the client proxy of Nest's microservices. */
export { HandlerError } from './handler-error.js';
export { StompClientProxy } from './stomp-client-proxy.js';
export { StompContext } from './stomp-context.js';
export { StompRecord } from './stomp-record.js';
export type {
  EnvelopeOptions,
  StompClientOptions,
  StompTransportOptions,
} from './stomp-transport-options.js';
export { STOMP_TRANSPORT, StompTransportStrategy } from './stomp-transport-strategy.js';
export type { StompEvents, StompStatus } from './transport-status.js';
