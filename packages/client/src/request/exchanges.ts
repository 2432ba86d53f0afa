/**
 * The requests that wait for replies, by correlation id, and the ids of those that waited not long
 * ago: a reply to them is late, any other was never asked for.
 */
import type { Exchange } from './exchange.js';

/** How many ended requests are remembered. */
const REMEMBERED = 1000;

export class Exchanges {
  readonly #running = new Map<string, Exchange>();
  /** In the order in which they ended. */
  readonly #ended = new Set<string>();

  get size(): number {
    return this.#running.size;
  }

  add(exchange: Exchange): void {
    this.#running.set(exchange.correlationId, exchange);
  }

  remove({ correlationId }: Exchange): void {
    if (!this.#running.delete(correlationId)) return;
    this.#ended.add(correlationId);
    if (this.#ended.size <= REMEMBERED) return;
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest);
      return;
    }
  }

  get(correlationId: string | undefined): Exchange | undefined {
    return correlationId === undefined ? undefined : this.#running.get(correlationId);
  }

  hasEnded(correlationId: string | undefined): boolean {
    return correlationId !== undefined && this.#ended.has(correlationId);
  }

  /** Those in this state now; a copy, so that they may end meanwhile. */
  in(...states: readonly Exchange['state'][]): readonly Exchange[] {
    return [...this.#running.values()].filter(({ state }) => states.includes(state));
  }
}
