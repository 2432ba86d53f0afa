/** Producers as applications write them: what was not confirmed is repeated until it is. */
import { type Connection, ConnectionError } from '@stompbox/client';
import { type Ledger, WITHOUT_DEDUP } from './ledger.js';

export interface Work {
  readonly ledger: Ledger;
  readonly isOver: () => boolean;
}

/** Messages of one transaction. */
const GROUP_SIZE = 3;

/** The caller repeats with the same `dedup-id` what may have been delivered. */
export function sendsPlainly(work: Work, connection: Connection, queue: string): Promise<void> {
  return repeat(work, ['plain'], ([name = '']) =>
    connection.send(queue, name, { headers: { 'dedup-id': name } }),
  );
}

/** The client repeats it by itself. */
export function resends(work: Work, connection: Connection, queue: string): Promise<void> {
  return repeat(work, ['resend'], ([name = '']) =>
    connection.send(queue, name, { headers: { 'dedup-id': name }, resend: true }),
  );
}

/** The client repeats it, and the broker cannot know. */
export function resendsWithoutDedup(work: Work, connection: Connection, queue: string) {
  return repeat(work, [WITHOUT_DEDUP], ([name = '']) =>
    connection.send(queue, name, { resend: true }),
  );
}

/** All messages of a transaction or none; the caller repeats it as a whole. */
export function commits(work: Work, connection: Connection, queue: string): Promise<void> {
  return repeat(work, Array<string>(GROUP_SIZE).fill('group'), async (names) => {
    const transaction = await connection.begin();
    await Promise.all(
      names.map((name) => transaction.send(queue, name, { headers: { 'dedup-id': name } })),
    );
    await transaction.commit();
  });
}

async function repeat(
  { ledger, isOver }: Work,
  producers: readonly string[],
  send: (names: readonly string[]) => Promise<void>,
): Promise<void> {
  while (!isOver()) {
    await ledger.room();
    const names = producers.map((producer) => ledger.newName(producer));
    while (!(await isSent(() => send(names)))) ledger.retries++;
    for (const name of names) ledger.confirmed(name);
  }
}

async function isSent(send: () => Promise<void>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) {
      if (error.code === 'STOMP_NET_MAYBE_DELIVERED') return false;
      if (error.code === 'STOMP_NET_TRANSACTION_LOST') return false;
    }
    throw error;
  }
}
