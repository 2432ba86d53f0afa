/**
 * What `stompbox listen` says, all on standard error: talk for people and the log of the service, as
 * lines or, all of it, as JSON.
 */
import type { Logger } from '../../logger.js';
import { lineLogger } from '../../logger.js';
import { jsonLogger } from '../../logging/json-logger.js';
import type { LogLevel, LogSettings } from '../../settings/section/process-section.js';
import type { Terminal } from '../terminal.js';

export interface WorkerLog {
  /** For the service. */
  readonly logger: Logger;
  /** Says what the command itself does. */
  talk(text: string): void;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** @param own what the service logs to instead of the terminal */
export function workerLog(settings: LogSettings, terminal: Terminal, own?: Logger): WorkerLog {
  const write = (line: string) => terminal.talk(line.replace(/\n$/, ''));
  if (settings.format === 'json') {
    const logger = own ?? jsonLogger({ level: settings.level, write });
    return { logger, talk: (text) => logger.info(text) };
  }
  const logger = own ?? atLeast(settings.level, lineLogger(write, { debug: true }));
  return { logger, talk: (text) => terminal.talk(text) };
}

/** The logger without lines that are less than this. */
function atLeast(level: LogLevel, logger: Logger): Logger {
  const least = LEVELS.indexOf(level);
  const at = (name: LogLevel) =>
    LEVELS.indexOf(name) < least ? () => undefined : (message: string) => logger[name](message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
