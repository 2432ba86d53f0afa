/**
 * One scenario at the broker of the suite: a queue of its own, services that are connected to it, a ledger
 * that hears of everything, and a reader of the dead letters.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Connection, type ConnectOptions, connect } from '@stompbox/client';
import { createMessaging, type MessageOptions, type Messaging, StompError } from 'stompbox';
import { DeadLetterReader } from './dead-letter-reader.js';
import { LogInbox } from './log-inbox.js';
import { type LedgerTotals, MessageLedger } from './message-ledger.js';
import type { Plan } from './planned-handler.js';
import { enter, NAME_HEADER, reportOf } from './reports.js';
import type { SuiteBroker } from './suite-broker.js';
import { WorkerProcess } from './worker-process.js';

const RECONNECT = { initialDelayMs: 20, maxDelayMs: 200 } as const;
/** More than its network threads stand still when connections break. */
const ARTEMIS_PATIENCE_MS = 30_000;
/** What follows all else in a queue that is read to its end. */
const MARKER = 'marker';

export interface ServiceOptions {
  /** Another way to the broker. */
  readonly url?: string;
  readonly connect?: ConnectOptions;
}

export class Scene {
  readonly ledger = new MessageLedger();
  readonly broker: SuiteBroker;
  /** Without its prefix; the user `weak` may use it. */
  readonly queueName = `open.${randomUUID()}`;
  readonly queue = `/queue/${this.queueName}`;
  readonly log = new LogInbox();
  readonly #test: TestContext;
  readonly #services: Messaging[] = [];
  readonly #workers: WorkerProcess[] = [];
  readonly #readers: DeadLetterReader[] = [];
  #producer: Messaging | undefined;
  #count = 0;

  constructor(test: TestContext, broker: SuiteBroker) {
    this.#test = test;
    this.broker = broker;
    test.after(() => this.#end());
  }

  /** A service whose events go into the ledger; closed after the test. */
  service({ url = this.broker.url, connect: more = {} }: ServiceOptions = {}): Messaging {
    const messaging = createMessaging(
      { url },
      {
        logger: this.log,
        connect: (target, options) =>
          connect(target, { ...options, reconnect: RECONNECT, ...more }),
      },
    );
    messaging.onEvent((event) => {
      const report = reportOf(event);
      if (report !== undefined) enter(this.ledger, report);
    });
    this.#services.push(messaging);
    return messaging;
  }

  /** Closes a service whose work may not end, in a moment; what it has not settled comes again. */
  async cut(messaging: Messaging): Promise<void> {
    this.#services.splice(this.#services.indexOf(messaging), 1);
    try {
      await messaging.close({ timeoutMs: 50 });
    } catch (error) {
      if (!(error instanceof StompError) || error.code !== 'STOMP_NET_TIMEOUT_CLOSE') throw error;
    }
  }

  /** A worker process on the queue; killed after the test at the latest. */
  async worker(options: object = {}, url = this.broker.url): Promise<WorkerProcess> {
    const worker = await WorkerProcess.start(url, this.queue, options, this.ledger);
    this.#workers.push(worker);
    return worker;
  }

  /** A raw connection, closed after the test. */
  async connection(options: ConnectOptions = {}): Promise<Connection> {
    const connection = await connect(this.broker.url, { reconnect: RECONNECT, ...options });
    this.#test.after(() => connection.close({ timeoutMs: 500 }).catch(() => 'it was cut'));
    return connection;
  }

  /** Reads the dead letters of the queue from now on. */
  async deadLetters(queue = `/queue/DLQ.${this.queueName}`): Promise<DeadLetterReader> {
    const reader = await DeadLetterReader.start(await this.connection(), queue, this.ledger);
    this.#readers.push(reader);
    return reader;
  }

  /**
   * Sends a message that says what its handler shall do. Nobody knows of a send that a crash interrupts, so
   * it is repeated under another name, and the first one may be there or not.
   *
   * @returns its name
   */
  async send(
    body: Plan | string,
    { headers, ...options }: MessageOptions = {},
    destination = this.queue,
  ): Promise<string> {
    this.#producer ??= this.service();
    for (;;) {
      const name = `m${++this.#count}`;
      try {
        await this.#producer.send(destination, body, {
          dedupId: `${this.queueName} ${name}`,
          headers: { ...headers, [NAME_HEADER]: name },
          timeoutMs: 60_000,
          ...options,
        });
        this.ledger.sent(name);
        return name;
      } catch (error) {
        if (!(error instanceof StompError) || error.code !== 'STOMP_NET_MAYBE_DELIVERED')
          throw error;
      }
    }
  }

  sendAll(plans: readonly Plan[], options?: MessageOptions): Promise<string[]> {
    return Promise.all(plans.map((plan) => this.send(plan, options)));
  }

  /**
   * Resolves when so many messages have an ending. After the crash of a consumer Artemis may keep a message
   * as being delivered to nobody; it comes when the broker is started again, which is tried once.
   */
  async untilEnded(count: number, kind?: 'handled'): Promise<void> {
    if (this.broker.name !== 'artemis') return await this.ledger.untilEnded(count, kind);
    try {
      await this.ledger.untilEnded(count, kind, ARTEMIS_PATIENCE_MS);
    } catch (error) {
      this.#test.diagnostic(`Artemis is started again: ${String(error)}`);
      await this.broker.down('in order');
      await this.broker.up();
      await this.ledger.untilEnded(count, kind);
    }
  }

  /**
   * Closes everything, looks for what is left in the queues, and gives the final account, which is also
   * printed with the test.
   */
  async account(queues: readonly string[] = [this.queue]): Promise<LedgerTotals> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await Promise.all(this.#services.map((service) => service.close({ timeoutMs: 10_000 })));
    for (const reader of this.#readers) await reader.end();
    for (const queue of queues) await this.#drain(queue);
    const totals = this.ledger.totals();
    const { unexplained, lost, ...counts } = totals;
    const figures = Object.entries({ ...counts, lost: lost.length });
    this.#test.diagnostic(figures.map(([what, count]) => `${what} ${count}`).join(', '));
    assert.deepEqual(lost, [], 'nothing is lost');
    assert.deepEqual(unexplained, [], 'each duplicate is flagged or goes back to a crash');
    return totals;
  }

  async #drain(queue: string): Promise<void> {
    const connection = await this.connection();
    const subscription = await connection.subscribe(queue, {
      ack: 'client-individual',
      prefetch: 100,
    });
    await connection.send(queue, MARKER, { persistent: true });
    for await (const message of subscription) {
      await message.ack({ receipt: true });
      if (message.text() === MARKER) break;
      this.ledger.ended(message.headers.get(NAME_HEADER) ?? 'without a name', 'left', true);
    }
    await connection.close();
  }

  async #end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill()));
    await Promise.all(
      this.#services.map((service) => service.close({ timeoutMs: 500 }).catch(() => 'it was cut')),
    );
  }
}
