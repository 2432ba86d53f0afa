/** How a relay learns at once of new messages. It polls all the same: a notice may be lost. */
import { ConnectionError } from '@stompbox/client';
import { channelOf, type Outbox } from './outbox.js';

export interface WakeUp {
  /**
   * Begins to call `wake` when there may be new messages; resolves with what ends that.
   *
   * @param fail to be called when no more notices will come
   */
  start(wake: () => void, fail: (error: unknown) => void): Promise<() => Promise<void>>;
}

/** A connected `Client` of pg, for nothing but this: a pool would not keep its connection. */
export interface PgListener {
  query(sql: string): Promise<unknown>;
  on(event: 'notification' | 'error' | 'end', listener: (...values: unknown[]) => void): unknown;
  off(event: 'notification' | 'error' | 'end', listener: (...values: unknown[]) => void): unknown;
}

/** LISTEN of PostgreSQL, for an outbox with `notify: true`. The client stays the application's. */
export function pgWakeUp(client: PgListener, outbox: Outbox): WakeUp {
  const channel = channelOf(outbox.tableName);
  return {
    async start(wake, fail) {
      const onNotice = (notice: unknown) => {
        if (Reflect.get(Object(notice), 'channel') === channel) wake();
      };
      const onEnd = () =>
        fail(ConnectionError.of('STOMP_NET_LOST', ['the database that notifies', 'it ended']));
      client.on('notification', onNotice);
      client.on('error', fail);
      client.on('end', onEnd);
      const leave = () => {
        client.off('notification', onNotice);
        client.off('error', fail);
        client.off('end', onEnd);
      };
      try {
        await client.query(`LISTEN ${channel}`);
      } catch (error) {
        leave();
        throw error;
      }
      return async () => {
        leave();
        await client.query(`UNLISTEN ${channel}`);
      };
    },
  };
}
