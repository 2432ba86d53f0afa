/** What an acknowledgement is told that comes too late. */
import { ConnectionError } from '../index.js';
import type { ReceivedHeaders } from './frame-headers.js';
import { convertError, type StompitError } from './stompit-error.js';

/**
 * The connection that delivered the message is gone, and the broker offers the message again. On
 * another connection its id may name another message, so nothing is sent.
 */
export function staleMessage(command: 'ACK' | 'NACK', headers: ReceivedHeaders): StompitError {
  const id = headers['message-id'] ?? '';
  return convertError(ConnectionError.of('STOMP_NET_STALE_MESSAGE', [command, id]));
}
