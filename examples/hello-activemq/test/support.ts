/** A broker inside the test process, and settings that point at it. */
import type { TestContext } from 'node:test';
import { resolveSettings, type Settings, startBroker } from 'stompbox';

export async function startTestBroker(context: TestContext): Promise<Settings> {
  const broker = await startBroker({ memory: true, connectors: [{ port: 0 }] });
  context.after(() => broker.close());
  return resolveSettings({ url: broker.connectors[0]?.url }, { env: {} });
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
