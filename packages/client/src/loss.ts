/**
 * What the loss of a session means for an operation that it did not settle. One table, because
 * this is where clients lose or double messages.
 *
 *   rule          not handed to the transport     handed over, no answer
 *   send          sent after the reconnect        rejected: the broker may have it
 *   repeat        sent after the reconnect        sent again after the reconnect
 *   subscribe     kept: the list of subscriptions subscribes again
 *   finished      resolved: the end of the session did what it asks for
 *   acknowledge   rejected: the broker delivers the message again
 *   transaction   rejected: the broker rolled the transaction back
 *   commit        rejected: rolled back           rejected: the broker may have committed
 *   raw           rejected: it was for that     rejected: the broker may have it
 *                 session only
 */
import { BodySource } from './body-source.js';
import { ConnectionError } from './errors.js';
import type { Operation } from './operation.js';

export type LossRule =
  | 'send'
  | 'repeat'
  | 'subscribe'
  | 'finished'
  | 'acknowledge'
  | 'transaction'
  | 'commit'
  | 'raw';

/**
 * True for what takes something back or settles it. While its session lives, only this frame can
 * do that, so a wait that ends too early must not unsend it; the end of the session does it too.
 */
export function mustReachBroker(rule: LossRule): boolean {
  return rule === 'acknowledge' || rule === 'finished';
}

/** `queue`: write it to the next session. `keep`: somebody else does. Otherwise it is settled. */
export type LossVerdict = 'queue' | 'keep' | 'done' | Error;

export function judgeLoss(operation: Operation, cause: Error): LossVerdict {
  const wasWritten = operation.state === 'written';
  const { command, subject } = operation;
  // What was read of a stream cannot be read again.
  if (wasWritten && operation.body instanceof BodySource) return maybeDelivered(operation, cause);
  switch (operation.whenLost) {
    case 'send':
      return wasWritten ? maybeDelivered(operation, cause) : 'queue';
    case 'repeat':
      return 'queue';
    case 'subscribe':
      return 'keep';
    case 'finished':
      return 'done';
    case 'acknowledge':
      return ConnectionError.of('STOMP_NET_STALE_MESSAGE', [command, subject], cause);
    case 'transaction':
      return ConnectionError.of('STOMP_NET_TRANSACTION_LOST', [subject], cause);
    case 'raw':
      return wasWritten
        ? maybeDelivered(operation, cause)
        : ConnectionError.of('STOMP_NET_NOT_CONNECTED', [operation.describe(), 'lost'], cause);
    case 'commit':
      return wasWritten
        ? maybeDelivered(operation, cause)
        : ConnectionError.of('STOMP_NET_TRANSACTION_LOST', [subject], cause);
  }
}

function maybeDelivered(operation: Operation, cause: Error): ConnectionError {
  return ConnectionError.of('STOMP_NET_MAYBE_DELIVERED', [operation.describe()], cause);
}
