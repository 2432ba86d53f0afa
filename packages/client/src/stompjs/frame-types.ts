/** Frames, and what is made of them, as stompjs shows them to programs. */

import type { StompHeaders } from './stomp-headers.js';
import type { SocketEvent } from './stomp-socket.js';

export interface IFrame {
  command: string;
  headers: StompHeaders;
  /** True for everything that was received: it came as bytes. */
  isBinaryBody: boolean;
  /** The body as UTF-8 text. */
  readonly body: string;
  /** The body as bytes of its own. */
  readonly binaryBody: Uint8Array;
}

export interface IMessage extends IFrame {
  /** Writes an ACK for this message. */
  ack: (headers?: StompHeaders) => void;
  /** Writes a NACK for this message; what that means is up to the broker. */
  nack: (headers?: StompHeaders) => void;
}

export type Frame = IFrame;
export type Message = IMessage;

export interface ITransaction {
  id: string;
  commit: () => void;
  abort: () => void;
}

export interface StompSubscription {
  id: string;
  unsubscribe: (headers?: StompHeaders) => void;
}

export interface IPublishParams {
  destination: string;
  headers?: StompHeaders;
  /** A text. */
  body?: string;
  /** Bytes; they come before `body`. */
  binaryBody?: Uint8Array;
  /** True: no content-length, which makes ActiveMQ see a TextMessage. Default false. */
  skipContentLengthHeader?: boolean;
}

export type publishParams = IPublishParams;

export type debugFnType = (message: string) => void;
export type messageCallbackType = (message: IMessage) => void;
export type frameCallbackType = ((frame: IFrame) => void) | (() => void);
export type emptyCallbackType = () => void;
export type closeEventCallbackType<T = SocketEvent> = (event: T) => void;
export type wsErrorCallbackType<T = SocketEvent> = (event: T) => void;
/** Told of a receipt that somebody watches for and that will not come. */
export type receiptLostCallbackType = (receiptId: string, reason: Error) => void;
