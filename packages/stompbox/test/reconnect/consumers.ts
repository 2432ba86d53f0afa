/**
 * Consumers as applications write them, in both client ack modes, as handlers and as loops. All ask for
 * receipts of their acknowledgements, so they know what the broker has taken; and what is refused must
 * be refused as stale.
 */
import { strict as assert } from 'node:assert';
import {
  type Connection,
  ConnectionError,
  type Message,
  type Subscription,
} from '@stompbox/client';
import type { Ledger } from './ledger.js';

export interface Consumer {
  /** Rejects as soon as something went wrong; never resolves. */
  readonly failed: Promise<never>;
  /** Resolves when no message is worked on any more. */
  stop(): Promise<void>;
}

type Consumption = ReturnType<Ledger['consumed']>;

/** Messages that one cumulative ACK is for. */
const BATCH = 10;
const PREFETCH = 50;

/** A handler that acknowledges each message. */
export async function handlesEach(
  ledger: Ledger,
  connection: Connection,
  queue: string,
): Promise<Consumer> {
  const options = { ack: 'client-individual', prefetch: PREFETCH } as const;
  const { failed, watch } = failures();
  const subscription = await connection.subscribe(queue, options, (message) =>
    watch(acknowledge(ledger, message, [ledger.consumed(message.text())])),
  );
  return { failed, stop: () => Promise.race([failed, subscription.drain()]) };
}

/** A loop that acknowledges each message. */
export async function loopsOverEach(
  ledger: Ledger,
  connection: Connection,
  queue: string,
): Promise<Consumer> {
  const options = { ack: 'client-individual', prefetch: PREFETCH } as const;
  const subscription = await connection.subscribe(queue, options);
  const loop = async () => {
    for await (const message of subscription) {
      await acknowledge(ledger, message, [ledger.consumed(message.text())]);
    }
  };
  return stopping(subscription, loop());
}

/** A handler that acknowledges ten messages at once. */
export async function handlesBatches(
  ledger: Ledger,
  connection: Connection,
  queue: string,
): Promise<Consumer> {
  const { failed, watch } = failures();
  const batch = new Batch(ledger, connection);
  const options = { ack: 'client', prefetch: PREFETCH } as const;
  const subscription = await connection.subscribe(queue, options, (message) =>
    watch(batch.take(message)),
  );
  const stop = async () => {
    await batch.flush();
    await subscription.drain();
    await batch.giveUp();
  };
  return { failed, stop: () => Promise.race([failed, stop()]) };
}

/** A loop that acknowledges ten messages at once. */
export async function loopsOverBatches(
  ledger: Ledger,
  connection: Connection,
  queue: string,
): Promise<Consumer> {
  const batch = new Batch(ledger, connection);
  const options = { ack: 'client', prefetch: PREFETCH } as const;
  const subscription = await connection.subscribe(queue, options);
  const loop = async () => {
    for await (const message of subscription) await batch.take(message);
    await batch.giveUp();
  };
  return stopping(subscription, loop());
}

function stopping(subscription: Subscription, loop: Promise<void>): Consumer {
  const { failed, watch } = failures();
  const watched = watch(loop);
  const stop = async () => {
    await subscription.unsubscribe();
    await watched;
  };
  return { failed, stop: () => Promise.race([failed, stop()]) };
}

/** Messages of one session that are consumed, and whose ACK is to come. */
class Batch {
  readonly #ledger: Ledger;
  #open: { readonly message: Message; readonly consumption: Consumption }[] = [];
  #lost: Promise<unknown> = Promise.resolve();

  constructor(ledger: Ledger, connection: Connection) {
    this.#ledger = ledger;
    connection.onStatus(({ type }) => {
      if (type === 'reconnecting') this.#lost = this.giveUp();
    });
  }

  async take(message: Message): Promise<void> {
    this.#open.push({ message, consumption: this.#ledger.consumed(message.text()) });
    if (this.#open.length >= BATCH) await this.flush();
  }

  async flush(): Promise<void> {
    const taken = this.#open;
    this.#open = [];
    const last = taken.at(-1);
    if (last) {
      const consumptions = taken.map(({ consumption }) => consumption);
      await acknowledge(this.#ledger, last.message, consumptions);
    }
    await this.#lost;
  }

  /** What is still open comes again: its session has ended, or its subscription. */
  async giveUp(): Promise<void> {
    const taken = this.#open;
    this.#open = [];
    for (const { message, consumption } of taken) {
      await acknowledge(this.#ledger, message, [consumption]);
    }
  }
}

/** ACK with a receipt, for one message or all up to it. */
async function acknowledge(
  ledger: Ledger,
  message: Message,
  consumptions: readonly Consumption[],
): Promise<void> {
  let outcome: 'acked' | 'refused' = 'acked';
  try {
    await message.ack({ receipt: true });
  } catch (error) {
    assert.ok(error instanceof ConnectionError, String(error));
    assert.equal(error.code, 'STOMP_NET_STALE_MESSAGE', error.message);
    outcome = 'refused';
  }
  for (const consumption of consumptions) ledger.settled(consumption, outcome);
}

/** Watches work whose failure would otherwise only be told as a status event, or not at all. */
function failures(): {
  readonly failed: Promise<never>;
  readonly watch: (work: Promise<void>) => Promise<void>;
} {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  return { failed, watch: (work) => work.catch(fail) };
}
