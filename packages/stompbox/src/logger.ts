/**
 * Where the service and its listeners report. The port fits `console` and pino alike, so an
 * application passes its own; without one, warnings and errors go to standard error, a line each.
 */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /**
   * A logger whose lines carry these fields; pino has it. Without it, the fields stand in the text
   * (see `childLogger`).
   */
  child?(fields: LogFields): Logger;
}

/** What a line says beside its text; undefined is left out. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A logger that writes lines such as `stompbox warn: …`; `debug` is left out unless wanted. */
export function lineLogger(
  write: (line: string) => void,
  options: { readonly debug?: boolean } = {},
): Logger {
  const at = (level: string) => (message: string) => write(`stompbox ${level}: ${message}\n`);
  return {
    debug: options.debug ? at('debug') : () => undefined,
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/** The default logger. */
export const stderrLogger: Logger = lineLogger((line) => process.stderr.write(line));
