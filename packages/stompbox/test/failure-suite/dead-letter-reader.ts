/** Takes the dead letters of a queue, as they come, and keeps what they say. */
import type { Connection, Message } from '@stompbox/client';
import { FAILURE_HEADERS } from 'stompbox';
import type { MessageLedger } from './message-ledger.js';
import { NAME_HEADER } from './reports.js';
import { brokerName } from './suite-broker.js';

const MARKER = 'the last dead letter';

export class DeadLetterReader {
  readonly queue: string;
  readonly #connection: Connection;
  readonly #ledger: MessageLedger;
  readonly #letters = new Map<string, Message[]>();
  #tellEnd: () => void = () => undefined;

  private constructor(connection: Connection, queue: string, ledger: MessageLedger) {
    this.#connection = connection;
    this.queue = queue;
    this.#ledger = ledger;
  }

  static async start(connection: Connection, queue: string, ledger: MessageLedger) {
    const reader = new DeadLetterReader(connection, queue, ledger);
    const options = { ack: 'client-individual', prefetch: 100 } as const;
    await connection.subscribe(queue, options, (message) => reader.#take(message));
    return reader;
  }

  /** All dead letters of that name. */
  of(name: string): readonly Message[] {
    return this.#letters.get(name) ?? [];
  }

  /** Reads to the end of the queue. */
  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#tellEnd = resolve;
    });
    await this.#connection.send(this.queue, MARKER, { persistent: true, resend: true });
    await ended;
    await this.#connection.close();
  }

  async #take(message: Message): Promise<void> {
    if (message.text() === MARKER) this.#tellEnd();
    else this.#enter(message);
    // After a crash it is delivered again, and known.
    await message.ack({ receipt: true }).catch(() => 'its session is gone');
  }

  #enter(message: Message): void {
    const name = message.headers.get(NAME_HEADER) ?? 'without a name';
    const known = this.#letters.get(name) ?? [];
    if (known.some((one) => isSame(one, message))) return;
    this.#letters.set(name, [...known, message]);
    this.#ledger.ended(name, 'dead', isPerhapsCopiedTwice(message));
  }
}

/**
 * RabbitMQ does not take a copy and the ACK of its original together: a crash between them leaves both, and
 * both go their way to the end.
 */
function isPerhapsCopiedTwice({ headers }: Message): boolean {
  return brokerName() === 'rabbitmq' && headers.has(FAILURE_HEADERS.originalMessageId);
}

/** A redelivery of one dead letter, not a second one. */
function isSame(one: Message, other: Message): boolean {
  return [FAILURE_HEADERS.lastFailureAt, FAILURE_HEADERS.attempt].every(
    (header) => one.headers.get(header) === other.headers.get(header),
  );
}
