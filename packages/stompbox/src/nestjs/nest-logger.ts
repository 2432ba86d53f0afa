/** Writes what the service tells to the log of Nest. */
import { Logger as NestLog } from '@nestjs/common';
import type { Logger } from '../logger.js';

export function nestLogger(context = 'Messaging'): Logger {
  const log = new NestLog(context);
  return {
    debug: (message) => log.debug(message),
    info: (message) => log.log(message),
    warn: (message) => log.warn(message),
    error: (message) => log.error(message),
  };
}
