/**
 * Loggers whose lines say what they are about: fields of their own where the logger knows such (pino),
 * `correlationId=c1 messageId=m1: the text` where it does not (`console`, `lineLogger`).
 *
 * Fields come from messages, so from anybody: a value that could break a line or pass for another
 * field is written as a JSON string.
 */
import type { LogFields, Logger } from '../logger.js';

export function childLogger(logger: Logger, fields: LogFields): Logger {
  return logger.child?.(fields) ?? prefixingLogger(logger, fields);
}

/** What the lines of a handler say; never a body, never other headers. */
export interface HandlerFields extends LogFields {
  readonly listener: string;
  /** In STOMP's form. */
  readonly destination: string;
  readonly messageId: string;
  readonly correlationId: string;
  /** Counted from 1. */
  readonly attempt: number;
}

/** The logger of one call of a handler: `context.log`. */
export function handlerLogger(logger: Logger, about: HandlerFields): Logger {
  const { listener, destination, messageId, correlationId, attempt } = about;
  return childLogger(logger, { listener, destination, messageId, correlationId, attempt });
}

function prefixingLogger(logger: Logger, fields: LogFields): Logger {
  const prefix = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${plain(String(value))}`)
    .join(' ');
  const line = (message: string) => (prefix === '' ? message : `${prefix}: ${message}`);
  return {
    debug: (message) => logger.debug(line(message)),
    info: (message) => logger.info(line(message)),
    warn: (message) => logger.warn(line(message)),
    error: (message) => logger.error(line(message)),
    child: (more) => prefixingLogger(logger, { ...fields, ...more }),
  };
}

/** Without spaces, quotes and whatever a terminal or a reader of lines takes for a command. */
const PLAIN = /^[!#-<>-~]+$/;
const INVISIBLE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function plain(value: string): string {
  if (PLAIN.test(value)) return value;
  return JSON.stringify(value).replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
