/**
 * What the shell writes: messages and results to standard output, remarks to standard error; for
 * scripts as JSON lines. While a prompt is shown, everything appears above it.
 *
 * A message comes from anyone: lines of a body are lines here, every other control character is
 * shown as an escape.
 */
import type { Message } from '@stompbox/client';
import { decodeBody } from '../../message/decode-body.js';
import { recordOf, visible } from '../message-format.js';
import { reportError } from '../report-error.js';
import type { Terminal } from '../terminal.js';

/** The line that the user is typing. */
export interface ShownPrompt {
  hide(): void;
  show(): void;
}

export interface OutputFormat {
  readonly isJson: boolean;
  /** All headers of messages, not only what names them. */
  readonly isVerbose: boolean;
}

/** What to know of a message to acknowledge it. */
const NAMING_HEADERS: readonly string[] = ['message-id', 'subscription', 'ack', 'destination'];

export class ShellOutput {
  readonly #terminal: Terminal;
  readonly #format: OutputFormat;
  #prompt: ShownPrompt | undefined;

  constructor(terminal: Terminal, format: OutputFormat) {
    this.#terminal = terminal;
    this.#format = format;
  }

  /** From now on everything is written above this line; without one, as it comes. */
  writeAbove(prompt: ShownPrompt | undefined): void {
    this.#prompt = prompt;
  }

  /** @param file where the message's file was saved */
  message(message: Message, file: string | undefined): Promise<void> {
    if (!this.#format.isJson) return this.#data(this.#messageText(message, file));
    const subscription = message.headers.get('subscription');
    const saved = file === undefined ? {} : { file };
    return this.#data(jsonLine({ type: 'message', subscription, ...recordOf(message), ...saved }));
  }

  /** A result of a command: as text, or as an object with its type. */
  result(text: string, record: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#data(this.#format.isJson ? jsonLine(record) : text);
  }

  /** A remark for people. */
  remark(text: string): void {
    this.#aside(() => this.#terminal.talk(visible(text)));
  }

  error(error: unknown): void {
    this.#aside(() => reportError(error, this.#terminal, 'stompbox shell'));
  }

  #data(text: string): Promise<void> {
    return this.#aside(() => this.#terminal.data(text));
  }

  #aside<T>(write: () => T): T {
    this.#prompt?.hide();
    try {
      return write();
    } finally {
      this.#prompt?.show();
    }
  }

  #messageText(message: Message, file: string | undefined): string {
    const headers = [...message.headers]
      .filter(([name]) => this.#format.isVerbose || NAMING_HEADERS.includes(name))
      .map(([name, value]) => visible(`${name}: ${value}`));
    const body = file === undefined ? bodyText(message) : `Saved file: ${visible(file)}`;
    return ['MESSAGE', ...headers, '', body].join('\n');
  }
}

function bodyText(message: Message): string {
  const { body } = decodeBody(message.headers, message.body);
  if (body instanceof Uint8Array) return `base64:${Buffer.from(body).toString('base64')}`;
  return message.text().split('\n').map(visible).join('\n');
}

function jsonLine(record: Readonly<Record<string, unknown>>): string {
  return visible(JSON.stringify(record));
}
