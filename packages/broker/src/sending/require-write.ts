import { ProtocolError } from '@stompbox/protocol';
import type { Target } from '../destinations/target.js';
import type { Session } from '../session.js';

/**
 * The client may send to all that the target names, and make what is not there yet.
 * @throws ProtocolError `STOMP_PROTO_NOT_ALLOWED`
 */
export function requireWrite({ principal, context }: Session, target: Target): void {
  if (principal === undefined) throw new ProtocolError('STOMP_PROTO_NOT_CONNECTED', 'no login');
  if (principal.isAdmin) return;
  for (const destination of target.destinations) {
    principal.require('write', destination);
    if (!context.router.exists(destination)) principal.require('create', destination);
  }
}
