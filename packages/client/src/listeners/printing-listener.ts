/**
 * Prints every hook as one line. A message comes from anyone, so nothing of it reaches a terminal as
 * a control character; a passcode is printed by nobody.
 */
import { FrameHeaders } from '@stompbox/protocol';
import type { ConnectionListener, ListenerFrame } from './connection-listener.js';

/** A stream such as `process.stderr`, or a function that gets each line without its end. */
export type PrintTarget = { write(text: string): unknown } | ((line: string) => void);

export class PrintingListener implements ConnectionListener {
  readonly #print: (line: string) => void;

  constructor(target: PrintTarget) {
    this.#print =
      typeof target === 'function'
        ? target
        : (line) => {
            target.write(`${line}\n`);
          };
  }

  onConnecting(peer: string): void {
    this.#print(`onConnecting ${visible(peer)}`);
  }

  onConnected(frame: ListenerFrame): void {
    this.#printFrame('onConnected', frame);
  }

  onDisconnecting(): void {
    this.#print('onDisconnecting');
  }

  onDisconnected(error: Error | undefined): void {
    this.#printEnd('onDisconnected', error);
  }

  onClosed(error: Error | undefined): void {
    this.#printEnd('onClosed', error);
  }

  onHeartBeat(): void {
    this.#print('onHeartBeat');
  }

  onHeartBeatSent(): void {
    this.#print('onHeartBeatSent');
  }

  onHeartBeatTimeout(error: Error): void {
    this.#printEnd('onHeartBeatTimeout', error);
  }

  onMessage(frame: ListenerFrame): void {
    this.#printFrame('onMessage', frame);
  }

  onReceipt(frame: ListenerFrame): void {
    this.#printFrame('onReceipt', frame);
  }

  onError(frame: ListenerFrame): void {
    this.#printFrame('onError', frame);
  }

  onSend(frame: ListenerFrame): void {
    this.#printFrame(`onSend ${frame.command}`, frame);
  }

  #printEnd(hook: string, error: Error | undefined): void {
    this.#print(visible(error === undefined ? hook : `${hook} ${error.message}`));
  }

  #printFrame(hook: string, { headers, ...frame }: ListenerFrame): void {
    const head = JSON.stringify(withoutPasscode(headers).toObject());
    this.#print(visible(`${hook} ${head} ${frame.text()}`.trimEnd()));
  }
}

/** Masked before it gets here, but a listener may be fed by others too. */
function withoutPasscode(headers: FrameHeaders): FrameHeaders {
  if (!headers.has('passcode')) return headers;
  const masked = [...headers].map(([name, value]) => [name, name === 'passcode' ? '***' : value]);
  return new FrameHeaders(masked.flat());
}

/** Control characters, C1 and the line separators of Unicode included, as escapes. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
