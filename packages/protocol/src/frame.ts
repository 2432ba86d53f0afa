import type { FrameHeaders } from './headers.js';

export const CLIENT_COMMANDS = [
  'CONNECT',
  'STOMP',
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'ACK',
  'NACK',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'DISCONNECT',
] as const;

export const SERVER_COMMANDS = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] as const;

export type ClientCommand = (typeof CLIENT_COMMANDS)[number];
export type ServerCommand = (typeof SERVER_COMMANDS)[number];
export type Command = ClientCommand | ServerCommand;

/** What travels on the wire: a command, headers and body bytes. */
export interface Frame {
  readonly command: Command;
  readonly headers: FrameHeaders;
  /**
   * The bytes between the empty line and the NUL. A decoded body is a view of the chunk that it
   * arrived in; copy it to keep it for long.
   */
  readonly body: Uint8Array;
}

/** The head of a frame whose body is too large to wait for: `FrameDecoder.nextPart` hands it out. */
export interface StreamedFrame {
  readonly command: Command;
  readonly headers: FrameHeaders;
  readonly body: undefined;
  /** Bytes of the body as content-length announces them; undefined without that header. */
  readonly bodyLength: number | undefined;
}

/** Only these may carry a body (STOMP 1.2, "Body"). */
export function mayHaveBody(command: Command): boolean {
  return command === 'SEND' || command === 'MESSAGE' || command === 'ERROR';
}

/** CONNECT and CONNECTED are written and read without escaping, for 1.0 peers (STOMP 1.2, "Value Encoding"). */
export function isNeverEscaped(command: Command): boolean {
  return command === 'CONNECT' || command === 'CONNECTED' || command === 'STOMP';
}
