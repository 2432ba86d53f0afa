/** What arrives in a queue, in its order, and how to wait until it is all there. */
import type { ListenerContext, Messaging } from 'stompbox';
import { Inbox } from '../support/events.js';

export interface Arrived {
  readonly body: unknown;
  readonly headers: ReadonlyMap<string, string>;
}

export async function consumer(messaging: Messaging, queue: string): Promise<Inbox<Arrived>> {
  const arrived = new Inbox<Arrived>();
  const onMessage = (body: unknown, { headers }: ListenerContext) =>
    arrived.add({ body, headers: new Map(headers) });
  await messaging.consume(onMessage, { queue, prefetch: 1_000 });
  return arrived;
}

/** What was put in last: when it has arrived, nothing is on its way any more. */
export const END = 'end';

/** Bodies until the end marker. */
export async function bodiesUntilEnd(arrived: Inbox<Arrived>): Promise<unknown[]> {
  for (let count = 1; ; count += 1) {
    const items = await arrived.until(count);
    const end = items.findIndex(({ body }) => body === END);
    if (end !== -1) return items.slice(0, end).map(({ body }) => body);
    count = Math.max(count, items.length);
  }
}
