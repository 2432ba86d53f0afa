/** `stompbox tail`: prints messages as they arrive, one a line. */
import type { Message, Subscription } from '@stompbox/client';
import { parseDestination } from '@stompbox/protocol';
import type { Command } from 'commander';
import type { Messaging } from '../messaging.js';
import { createMessaging } from '../stomp-messaging.js';
import type { CommandContext } from './command-context.js';
import { addConnectionFlags, type ConnectionFlags, settingsOf } from './connection-flags.js';
import { parseCount } from './count-flag.js';
import { EXIT } from './exit-code.js';
import { formatLine, formatRecord } from './message-format.js';
import { usageError } from './report-error.js';

export interface TailFlags extends ConnectionFlags {
  readonly consume?: true;
  readonly count?: number;
  readonly json?: true;
}

/** The broker may send so many ahead; what is not printed goes back to the queue. */
const PREFETCH = 100;

export function addTailFlags(command: Command): Command {
  return addConnectionFlags(command)
    .option('--consume', 'take messages away from queues')
    .option('--count <n>', 'stop after n messages', parseCount)
    .option('--json', 'print JSON lines with all headers');
}

export async function runTail(
  context: CommandContext,
  destinations: readonly string[],
  flags: TailFlags,
): Promise<number> {
  if (!flags.consume) refuseQueues(destinations);
  const settings = settingsOf(flags, context);
  const messaging = createMessaging(settings, context.ports);
  try {
    const ended = follow(context, messaging, destinations, flags).then(() => EXIT.ok);
    const interrupted = context.untilShutdown().then(() => EXIT.interrupted);
    return await Promise.race([ended, interrupted]);
  } finally {
    await messaging.close();
  }
}

/** Resolves when the wanted number of messages is printed, or all subscriptions have ended. */
async function follow(
  context: CommandContext,
  messaging: Messaging,
  destinations: readonly string[],
  flags: TailFlags,
): Promise<void> {
  const connection = await messaging.getConnection();
  const subscriptions: Subscription[] = [];
  for (const destination of destinations) {
    const ack = isQueue(destination) ? 'client-individual' : 'auto';
    const limit = ack === 'auto' ? {} : { prefetch: Math.min(PREFETCH, flags.count ?? PREFETCH) };
    subscriptions.push(await connection.subscribe(destination, { ack, ...limit }));
  }
  context.terminal.talk(`reading ${destinations.join(' and ')} at ${connection.peer}`);
  const printer = new Printer(context, flags);
  const followed = subscriptions.map((subscription) => printer.follow(subscription));
  await Promise.race([Promise.all(followed), printer.done]);
}

/** Prints what several subscriptions deliver, up to the wanted number. */
class Printer {
  readonly #context: CommandContext;
  readonly #flags: TailFlags;
  #left: number;
  #finish: () => void = () => undefined;
  /** Resolves when the wanted number is printed. */
  readonly done: Promise<void>;

  constructor(context: CommandContext, flags: TailFlags) {
    this.#context = context;
    this.#flags = flags;
    this.#left = flags.count ?? Number.POSITIVE_INFINITY;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  async follow(subscription: Subscription): Promise<void> {
    for await (const message of subscription) {
      if (this.#left === 0) return;
      this.#left -= 1;
      const isLast = this.#left === 0;
      await this.#print(message);
      if (isQueue(subscription.destination)) await message.ack();
      if (isLast) this.#finish();
    }
  }

  async #print(message: Message): Promise<void> {
    const format = this.#flags.json ? formatRecord : formatLine;
    await this.#context.terminal.data(format(message));
  }
}

function refuseQueues(destinations: readonly string[]): void {
  const queue = destinations.find(isQueue);
  if (queue === undefined) return;
  throw usageError(
    `${queue} is a queue, and reading it here would take its messages away from their consumers`,
    'say --consume if that is what you want',
  );
}

function isQueue(destination: string): boolean {
  return parseDestination(destination).kind.endsWith('queue');
}
