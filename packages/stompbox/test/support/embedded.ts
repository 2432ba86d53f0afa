import type { TestContext } from 'node:test';
import {
  type BrokerOptions,
  createMessaging,
  type Messaging,
  resolveSettings,
  startBroker,
} from 'stompbox';
import { MemoryLogger } from './memory-logger.js';

/** A broker in this process that keeps nothing, and a service that is connected to it. */
export async function embeddedBroker(
  context: Pick<TestContext, 'after'>,
  options: BrokerOptions = {},
): Promise<{ url: string; messaging: Messaging; stop(): Promise<void> }> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }], ...options });
  const url = broker.connectors[0]?.url ?? '';
  const settings = resolveSettings({ url }, { env: {} });
  const messaging = createMessaging(settings, { logger: new MemoryLogger() });
  context.after(async () => {
    await messaging.close();
    await broker.close();
  });
  return { url, messaging, stop: () => broker.close() };
}
