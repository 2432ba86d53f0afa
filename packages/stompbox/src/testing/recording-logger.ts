import type { Logger } from '../logger.js';

/** A logger whose lines a test may read: `warn: …`. */
export class RecordingLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string): void {
    this.lines.push(`debug: ${message}`);
  }

  info(message: string): void {
    this.lines.push(`info: ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn: ${message}`);
  }

  error(message: string): void {
    this.lines.push(`error: ${message}`);
  }

  /** What somebody should look at. */
  get complaints(): readonly string[] {
    return this.lines.filter((line) => /^(?:warn|error): /.test(line));
  }
}
