/** What a `Client` may be given at once; each is a field of the same name there. */
import type { Client } from './client.js';
import type {
  closeEventCallbackType,
  debugFnType,
  emptyCallbackType,
  frameCallbackType,
  messageCallbackType,
  receiptLostCallbackType,
  wsErrorCallbackType,
} from './frame-types.js';
import type { ActivationState, ReconnectionTimeMode, TickerStrategy } from './states.js';
import type { StompHeaders } from './stomp-headers.js';
import type { Versions } from './versions.js';

/** A class, because it is one in stompjs; nothing is set, so that no default is lost. */
export class StompConfig {
  declare brokerURL?: string;
  declare stompVersions?: Versions;
  declare webSocketFactory?: () => unknown;
  declare connectionTimeout?: number;
  declare reconnectDelay?: number;
  declare maxReconnectDelay?: number;
  declare reconnectTimeMode?: ReconnectionTimeMode;
  declare heartbeatIncoming?: number;
  declare heartbeatToleranceMultiplier?: number;
  declare heartbeatOutgoing?: number;
  declare heartbeatStrategy?: TickerStrategy;
  declare splitLargeFrames?: boolean;
  declare forceBinaryWSFrames?: boolean;
  declare appendMissingNULLonIncoming?: boolean;
  declare maxWebSocketChunkSize?: number;
  declare connectHeaders?: StompHeaders;
  declare disconnectHeaders?: StompHeaders;
  declare onUnhandledMessage?: messageCallbackType;
  declare onUnhandledReceipt?: frameCallbackType;
  declare onUnhandledFrame?: frameCallbackType;
  declare beforeConnect?: (client: Client) => void | Promise<void>;
  declare onConnect?: frameCallbackType;
  declare onDisconnect?: frameCallbackType;
  declare onStompError?: frameCallbackType;
  declare onWebSocketClose?: closeEventCallbackType;
  declare onWebSocketError?: wsErrorCallbackType;
  declare onHeartbeatReceived?: emptyCallbackType;
  declare onHeartbeatLost?: emptyCallbackType;
  /** Not in stompjs: a watched receipt whose connection ended before it came. */
  declare onReceiptLost?: receiptLostCallbackType;
  declare logRawCommunication?: boolean;
  declare debug?: debugFnType;
  declare discardWebsocketOnCommFailure?: boolean;
  declare onChangeState?: (state: ActivationState) => void;
}
