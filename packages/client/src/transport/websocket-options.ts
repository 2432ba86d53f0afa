/** The option `webSocket` of `connect`, for `ws://` and `wss://` servers. */
import { checkChoice, checkKeys, checkObject, invalidOption } from '../option-checks.js';
import { textMessages } from './text-messages.js';
import type { ToMessages } from './websocket-transport.js';

export interface WebSocketOptions {
  /**
   * How frames leave. `binary`: as a stream. `text`: one text message per frame, which is all that
   * ActiveMQ Classic reads; a body that is not UTF-8 still leaves as binary. Default `binary`.
   */
  readonly format?: 'binary' | 'text';
  /** Headers of the HTTP request, for example Authorization. Not in browsers, which forbid it. */
  readonly headers?: Readonly<Record<string, string>>;
}

const KEYS: ReadonlySet<string> = new Set<keyof WebSocketOptions>(['format', 'headers']);

/** @throws OptionsError */
export function checkWebSocketOptions(options: WebSocketOptions): WebSocketOptions {
  checkKeys('webSocket', checkObject('webSocket', options), KEYS);
  const { format, headers } = options;
  if (format !== undefined) checkChoice('webSocket.format', format, ['binary', 'text']);
  if (headers !== undefined) {
    for (const value of Object.values(checkObject('webSocket.headers', headers))) {
      // Values are not quoted: they are often tokens.
      if (typeof value !== 'string' || /[\0\r\n]/.test(value)) {
        throw invalidOption('webSocket.headers', 'an object of texts without line ends');
      }
    }
  }
  return options;
}

/** How the bytes of one connection become messages; undefined leaves them as they are. */
export function toMessagesFor({ format }: WebSocketOptions): ToMessages | undefined {
  return format === 'text' ? textMessages() : undefined;
}
