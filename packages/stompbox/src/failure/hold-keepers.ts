/**
 * The hold keepers of one listener. They run as soon as its broker has no schedule: from the start, or
 * from the first message that is held after a failover to such a broker.
 *
 * They are no reason for a listener not to start: a queue that it may not read is told to the log, once,
 * because asking may cost the session.
 */
import { BrokerError } from '@stompbox/client';
import { HoldKeeper, type HoldKeeperParts } from './hold-keeper.js';

export interface HoldKeepersParts extends Omit<HoldKeeperParts, 'queue'> {
  /** Name of the listener. */
  readonly listener: string;
  /** In STOMP's form. */
  readonly queues: readonly string[];
}

export class HoldKeepers {
  readonly #parts: HoldKeepersParts;
  readonly #started = new Map<string, HoldKeeper>();
  readonly #refused = new Set<string>();
  #starting: Promise<void> | undefined;
  /** `stopped` for ever: what is held after it waits for another listener. */
  #state: 'open' | 'stopped' = 'open';

  constructor(parts: HoldKeepersParts) {
    this.#parts = parts;
  }

  /** Starts those that do not run. Never rejects. */
  async start(): Promise<void> {
    this.#starting ??= this.#startMissing();
    await this.#starting;
    this.#starting = undefined;
  }

  /** Lets what waits go back into its queues; resolves when nothing is under way. Never rejects. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#starting;
    await Promise.all([...this.#started.values()].map((keeper) => keeper.stop()));
  }

  async #startMissing(): Promise<void> {
    for (const queue of this.#parts.queues) {
      if (this.#state === 'stopped') return;
      if (this.#started.get(queue)?.isRunning || this.#refused.has(queue)) continue;
      try {
        this.#started.set(queue, await HoldKeeper.start({ ...this.#parts, queue }));
      } catch (error) {
        if (error instanceof BrokerError) this.#refused.add(queue);
        this.#report(queue, error);
      }
    }
  }

  #report(queue: string, error: unknown): void {
    const { listener, logger } = this.#parts;
    const why = error instanceof Error ? error.message : String(error);
    logger.error(
      `${listener} cannot read ${queue}, where messages wait for their next try: allow it, or ` +
        `set retry.delayedMs to []: ${why}`,
    );
  }
}
