/** Tells the logger what happens to a connection, in words for whoever reads the log. */
import type { ConnectionStatus } from '@stompbox/client';
import type { Logger } from './logger.js';

export function logStatus(status: ConnectionStatus, logger: Logger): void {
  switch (status.type) {
    case 'connected':
      if (status.isReconnect) logger.info(`connected again to ${status.peer}`);
      break;
    case 'reconnecting':
      logger.warn(`${status.error.message}; connecting again`);
      break;
    case 'connect-failed':
      logger.debug(`attempt ${status.attempt} failed: ${status.error.message}`);
      break;
    case 'broker-error':
      logger.error(status.error.message);
      break;
    case 'subscription-refused':
      logger.error(
        `the broker no longer allows to receive from ${status.destination}: ${status.error.message}`,
      );
      break;
    case 'messages-discarded':
      logger.warn(`${status.count} messages arrived that nobody took any more`);
      break;
    case 'slow-consumer':
      logger.warn(`${status.waitingMessages} messages wait for a slow listener`);
      break;
    case 'send-dropped':
      logger.warn(
        `a message to ${status.destination} made room for younger ones, and was not sent`,
      );
      break;
    case 'send-failed':
      logger.error(
        `a message to ${status.destination} that was to be kept failed: ${status.error.message}`,
      );
      break;
    case 'sends-restored':
      logger.info(`${status.count} messages of an earlier process are sent now`);
      for (const { message } of status.damage) logger.error(`some of them were lost: ${message}`);
      break;
    // A handler's failure is the listener container's to report; the rest is the ordinary way.
    case 'handler-failed':
    case 'connecting':
    case 'waiting':
    case 'closing':
    case 'closed':
      break;
  }
}
