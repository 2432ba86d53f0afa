/** What the tests of every framework need: a broker, a service on it, and what arrives there. */
import type { TestContext } from 'node:test';
import {
  createMessaging,
  listener,
  queue,
  resolveSettings,
  type Settings,
  startBroker,
} from 'stompbox';
import * as v from 'valibot';
import { type Gate, Inbox } from '../support/events.js';
import { MemoryLogger } from '../support/memory-logger.js';

const Order = v.object({ id: v.number() });
export const orders = queue('orders', { schema: Order });

export interface Handled {
  readonly order: { readonly id: number };
  readonly correlationId: string | undefined;
}

export interface Backing {
  readonly settings: Settings;
  readonly logger: MemoryLogger;
  readonly handled: Inbox<Handled>;
  /** Answers with the doubled id. While `hold` is set, its promise is awaited first. */
  readonly onOrder: ReturnType<typeof listener<{ id: number }>>;
  hold: Gate | undefined;
  /** Closed at the end of the test, before the broker; what was named last comes first. */
  atEnd(close: () => Promise<unknown>): void;
}

export async function backing(context: TestContext): Promise<Backing> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const closes: (() => Promise<unknown>)[] = [() => broker.close()];
  context.after(async () => {
    for (const close of closes.reverse()) await close();
  });
  const settings = resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
  const handled = new Inbox<Handled>();
  const made: Backing = {
    settings,
    logger: new MemoryLogger(),
    handled,
    onOrder: listener(orders, { concurrency: 4 }, async (order, { headers }) => {
      const correlationId = headers.get('x-correlation-id') ?? headers.get('correlation-id');
      handled.add({ order, correlationId });
      await made.hold?.promise;
      return { doubled: order.id * 2 };
    }),
    hold: undefined,
    atEnd: (close) => void closes.push(close),
  };
  return made;
}

/** What stands in a queue, read by a service of its own until so many are there. */
export async function messagesIn(
  { settings, logger, atEnd }: Pick<Backing, 'settings' | 'logger' | 'atEnd'>,
  destination: string,
  count: number,
): Promise<readonly unknown[]> {
  const messaging = createMessaging(settings, { logger });
  atEnd(() => messaging.close());
  const inbox = new Inbox<unknown>();
  await messaging.consume((body) => inbox.add(body), { destinations: [destination] });
  return await inbox.until(count);
}
