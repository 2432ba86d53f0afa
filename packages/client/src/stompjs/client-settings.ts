/** The fields of a client that programs set, with the defaults of stompjs. Read when they are needed. */
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
import { type ActivationState, ReconnectionTimeMode, TickerStrategy } from './states.js';
import type { StompHeaders } from './stomp-headers.js';
import type { IStompSocket } from './stomp-socket.js';
import { Versions } from './versions.js';

const NOTHING = () => {};

export class ClientSettings {
  brokerURL: string | undefined;
  webSocketFactory: (() => IStompSocket) | undefined;
  stompVersions: Versions = Versions.default;
  connectHeaders: StompHeaders = {};
  disconnectHeaders: StompHeaders = {};
  /** One attempt, from opening the socket to CONNECTED, in ms; 0 = no limit. */
  connectionTimeout = 0;
  /** The pause before the next attempt, in ms; 0 = there is none. */
  reconnectDelay = 5000;
  /** The longest pause in mode EXPONENTIAL, in ms; 0 = no limit. */
  maxReconnectDelay = 15 * 60 * 1000;
  reconnectTimeMode: ReconnectionTimeMode = ReconnectionTimeMode.LINEAR;
  heartbeatIncoming = 10_000;
  heartbeatOutgoing = 10_000;
  /** The broker is dead after so many silent intervals; less than 1 counts as 1. */
  heartbeatToleranceMultiplier = 2;
  /** Without a meaning here. */
  heartbeatStrategy: TickerStrategy = TickerStrategy.Interval;
  splitLargeFrames = false;
  /** In characters. */
  maxWebSocketChunkSize = 8 * 1024;
  forceBinaryWSFrames = false;
  appendMissingNULLonIncoming = false;
  /** Without a meaning here: a socket that fails is always discarded. */
  discardWebsocketOnCommFailure = false;
  logRawCommunication = false;
  debug: debugFnType = NOTHING;

  beforeConnect: (client: Client) => void | Promise<void> = NOTHING;
  onConnect: frameCallbackType = NOTHING;
  onDisconnect: frameCallbackType = NOTHING;
  onStompError: frameCallbackType = NOTHING;
  onWebSocketClose: closeEventCallbackType = NOTHING;
  onWebSocketError: wsErrorCallbackType = NOTHING;
  onUnhandledMessage: messageCallbackType = NOTHING;
  onUnhandledReceipt: frameCallbackType = NOTHING;
  onUnhandledFrame: frameCallbackType = NOTHING;
  onHeartbeatReceived: emptyCallbackType = NOTHING;
  onHeartbeatLost: emptyCallbackType = NOTHING;
  onChangeState: (state: ActivationState) => void = NOTHING;
  /** Not in stompjs: the connection ended before a receipt came that somebody watches for. */
  onReceiptLost: receiptLostCallbackType = NOTHING;
}
