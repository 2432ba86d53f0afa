/** How a broker's memory grows while messages pile up that nobody takes, and that they are all there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { BrokerProcess } from './broker-process.js';

const BATCH = 1000;
const BODY_BYTES = 100;
/** Batches that may wait for their receipt. */
const WINDOW = 8;
/** Messages that are taken, in two portions. */
const TAKEN = 20_000;

/** After how many messages the memory is told. */
const SAMPLED: readonly number[] = [1_000_000, 5_000_000];

const MIB = 1024 * 1024;

/** Memory of a process can be read on Linux only. */
export const needsLinux: { readonly skip?: string } =
  process.platform === 'linux' ? {} : { skip: '/proc is missing: run this on Linux' };

export interface Growth {
  readonly messages: number;
  readonly isPersistent?: boolean;
  /** By how much the broker's own memory may grow. */
  readonly maxGrowthMib: number;
}

export async function queuesInFlatMemory(context: TestContext, growth: Growth): Promise<void> {
  const { messages, maxGrowthMib, isPersistent = true } = growth;
  const broker = await BrokerProcess.start(context, temporaryDirectory(context));
  const client = await broker.client();
  await client.sends('/queue/other', 'warm');
  const before = broker.ownMemoryBytes();
  const onSample = (sent: number, bytes: number) => {
    context.diagnostic(`${sent} messages: ${((bytes - before) / MIB).toFixed(0)} MiB more`);
  };
  const peak = await sendAll(broker, { messages, isPersistent, onSample });
  const grownMib = (peak - before) / MIB;
  assert.ok(grownMib < maxGrowthMib, `${grownMib.toFixed(0)} MiB more, at most ${maxGrowthMib}`);

  const prefetch = { 'activemq.prefetchSize': TAKEN / 2 };
  await client.subscribes('/queue/a', { ack: 'client', ...prefetch });
  for (let first = 0; first < TAKEN; first += TAKEN / 2) {
    const taken = await client.nextMessages(TAKEN / 2);
    assert.deepEqual(
      taken.map(({ body }) => Number.parseInt(body, 10)),
      Array.from({ length: TAKEN / 2 }, (_, index) => first + index),
    );
    const last = taken.at(-1);
    assert.ok(last);
    await client.acks(last);
  }
  client.vanishes();
  broker.stop();
  assert.equal(await broker.exitCode(), 0);
}

interface Load {
  readonly messages: number;
  readonly isPersistent: boolean;
  readonly onSample: (sent: number, bytes: number) => void;
}

/** Sends numbered messages, waits for their receipts, and returns the broker's greatest memory. */
async function sendAll(broker: BrokerProcess, load: Load): Promise<number> {
  const { messages, isPersistent, onSample } = load;
  const socket = connect(broker.port, '127.0.0.1');
  await once(socket, 'connect');
  const receipts = new ReceiptCounter(socket);
  let peak = 0;
  socket.write('CONNECT\naccept-version:1.2\nhost:test\n\n\0');
  for (let batch = 0; batch < messages / BATCH; batch++) {
    socket.write(framesOf(batch, isPersistent));
    await receipts.reached(batch + 1 - WINDOW);
    const bytes = broker.ownMemoryBytes();
    peak = Math.max(peak, bytes);
    if (SAMPLED.includes(batch * BATCH)) onSample(batch * BATCH, bytes);
  }
  await receipts.reached(messages / BATCH);
  const bytes = broker.ownMemoryBytes();
  onSample(messages, bytes);
  socket.destroy();
  return Math.max(peak, bytes);
}

/** A thousand SEND frames; the last one asks for a receipt. */
function framesOf(batch: number, isPersistent: boolean): string {
  const start = `SEND\ndestination:/queue/a\n${isPersistent ? '' : 'persistent:false\n'}`;
  let frames = '';
  for (let index = 0; index < BATCH; index++) {
    const receipt = index === BATCH - 1 ? `receipt:${batch}\n` : '';
    const body = String(batch * BATCH + index).padEnd(BODY_BYTES, ' ');
    frames += `${start}${receipt}\n${body}\0`;
  }
  return frames;
}

class ReceiptCounter {
  #count = 0;
  #onReceipt: () => void = () => {};
  readonly #closed: Promise<never>;

  constructor(socket: Socket) {
    socket.setEncoding('latin1');
    // A receipt is written at once, so it does not come in parts; its command is all that counts.
    socket.on('data', (text: string) => {
      this.#count += text.split('RECEIPT\n').length - 1;
      this.#onReceipt();
    });
    this.#closed = once(socket, 'close').then(() => {
      throw new Error('the broker closed the connection');
    });
    this.#closed.catch(() => 'only whoever waits wants to know');
  }

  async reached(count: number): Promise<void> {
    while (this.#count < count) {
      const received = new Promise<void>((resolve) => {
        this.#onReceipt = resolve;
      });
      await Promise.race([received, this.#closed]);
    }
  }
}
