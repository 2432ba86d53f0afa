/** What the ledger learns from the events of a service, also from one in another process. */
import type { MessagingEvent } from 'stompbox';
import type { MessageLedger } from './message-ledger.js';

/** The header that names a message of the suite, whatever its body is and however often it is copied. */
export const NAME_HEADER = 'x-suite-name';

export interface Report {
  readonly type: MessagingEvent['type'];
  readonly name: string;
  readonly attempt: number;
  readonly isRedelivered: boolean;
}

/** Undefined for events that are not about a message. */
export function reportOf(event: MessagingEvent): Report | undefined {
  if (!('message' in event)) return undefined;
  const { type, message, attempt } = event;
  const name = message.headers.get(NAME_HEADER) ?? 'without a name';
  return { type, name, attempt, isRedelivered: message.isRedelivered };
}

/** Dead letters are counted by who reads their queue. */
export function enter(ledger: MessageLedger, { type, name, attempt, isRedelivered }: Report): void {
  switch (type) {
    case 'received':
      ledger.began(name);
      break;
    case 'handled':
      ledger.ended(name, 'handled', isRedelivered || attempt > 1);
      break;
    case 'consumed':
    case 'duplicate':
      ledger.settled(name);
      break;
    case 'retried':
    case 'dead-lettered':
      ledger.moved(name);
      break;
    default:
      break;
  }
}
