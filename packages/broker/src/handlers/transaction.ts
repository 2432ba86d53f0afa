import type { Frame } from '@stompbox/protocol';
import type { Session } from '../session.js';
import { missingHeader } from './missing-header.js';

export function handleBegin(session: Session, frame: Frame): undefined {
  session.transactions.begin(transactionOf(frame));
}

export function handleCommit(session: Session, frame: Frame): undefined {
  session.wrote(session.transactions.end(transactionOf(frame)).commit());
  session.subscriptions.wantMore();
}

export function handleAbort(session: Session, frame: Frame): undefined {
  session.transactions.end(transactionOf(frame)).abort();
}

function transactionOf({ command, headers }: Frame): string {
  const id = headers.get('transaction');
  if (id === undefined) throw missingHeader(command, 'transaction');
  return id;
}
