/** A logger that a test can wait for. */
import type { Logger } from 'stompbox';
import { Inbox } from '../support/events.js';

export class LogInbox implements Logger {
  readonly #lines = new Inbox<string>();

  /** Resolves when so many lines match. */
  async until(pattern: RegExp, count = 1): Promise<void> {
    for (let lines = 0; ; lines = this.#lines.items.length) {
      if (this.#lines.items.filter((line) => pattern.test(line)).length >= count) return;
      await this.#lines.until(lines + 1);
    }
  }

  debug(): void {}

  info(message: string): void {
    this.#lines.add(message);
  }

  warn(message: string): void {
    this.#lines.add(message);
  }

  error(message: string): void {
    this.#lines.add(message);
  }
}
