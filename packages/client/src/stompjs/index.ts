/** The API of @stomp/stompjs 7 over this package. Its differences are in the guide "Coming from stompjs". */
export { Client } from './client.js';
export { CompatClient } from './compat-client.js';
export type {
  closeEventCallbackType,
  debugFnType,
  emptyCallbackType,
  Frame,
  frameCallbackType,
  IFrame,
  IMessage,
  IPublishParams,
  ITransaction,
  Message,
  messageCallbackType,
  publishParams,
  receiptLostCallbackType,
  StompSubscription,
  wsErrorCallbackType,
} from './frame-types.js';
export {
  ActivationState,
  ReconnectionTimeMode,
  StompSocketState,
  TickerStrategy,
} from './states.js';
export { Stomp } from './stomp.js';
export { StompConfig } from './stomp-config.js';
export { StompHeaders } from './stomp-headers.js';
export type { IStompSocket, IStompSocketMessageEvent } from './stomp-socket.js';
export { Versions } from './versions.js';
