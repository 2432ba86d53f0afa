import type { Frame } from '@stompbox/protocol';
import type { Session } from '../session.js';
import type { AfterReceipt } from './index.js';

/** What the client held goes back at once; the connection closes after the last receipt. */
export function handleDisconnect(session: Session, _frame: Frame): AfterReceipt {
  session.leave();
  return () => session.endWhenDurable();
}
