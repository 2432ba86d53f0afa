/** A broker inside the test process, and settings that point at it. */
import type { TestContext } from 'node:test';
import { resolveSettings, type Settings, startBroker } from 'stompbox';

interface Closable {
  close(): Promise<unknown>;
}

export interface TestBroker {
  readonly settings: Settings;
  /** Closes it at the end of the test, before the broker. */
  closeAtEnd<T extends Closable>(client: T): T;
}

export async function startTestBroker(context: TestContext): Promise<TestBroker> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  const clients: Closable[] = [];
  context.after(async () => {
    for (const client of clients) await client.close();
    await broker.close();
  });
  return {
    settings: resolveSettings({ url: broker.connectors[0]?.url }, { env: {} }),
    closeAtEnd(client) {
      clients.push(client);
      return client;
    },
  };
}

/** Collects what arrives and lets a test wait for a number of it. */
export class Inbox<T> {
  readonly items: T[] = [];
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: () => void = () => undefined;

  add(item: T): void {
    this.items.push(item);
    if (this.items.length >= this.#wanted) this.#resolve();
  }

  /** Resolves when there are so many; never, when there are not. */
  async until(count: number): Promise<readonly T[]> {
    if (this.items.length < count) {
      await new Promise<void>((resolve) => {
        this.#wanted = count;
        this.#resolve = resolve;
      });
    }
    return this.items;
  }
}
