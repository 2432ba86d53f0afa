/**
 * Sends what is in an outbox. It claims some rows, sends them, and marks each as sent only after the
 * broker's RECEIPT. Any number of relays may work on one table.
 *
 * - A message is sent again when its relay dies, or loses the database, between RECEIPT and mark: with
 *   the same `dedup-id`, by which a broker that knows it drops the second one.
 * - While there is no connection to the broker nothing is claimed, and no attempt is counted. When it is
 *   back, a pause for its sake is over.
 * - No transaction of the database is open while it sends.
 *
 * It wires; rows live in outbox-store.ts, a claim's sends in send-batch.ts, waits in relay-pause.ts,
 * what ends one of them in broker-watch.ts.
 */
import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { type Clock, ConnectionError, systemClock } from '@stompbox/client';
import { stderrLogger } from '../logger.js';
import type { Messaging } from '../messaging.js';
import { BrokerWatch } from './broker-watch.js';
import { type Outbox, tableOf } from './outbox.js';
import type { OutboxStatus } from './outbox-control.js';
import { postingOf } from './outbox-message.js';
import type { OutboxRow } from './outbox-row.js';
import { OutboxStore } from './outbox-store.js';
import { OutcomeWriter } from './outcome-writer.js';
import type { RelayEventListener } from './relay-event.js';
import { RelayJournal } from './relay-journal.js';
import {
  type RelayOptions,
  type RelayPorts,
  type ResolvedRelay,
  resolveRelayOptions,
  retryPauseMs,
} from './relay-options.js';
import { RelayPause } from './relay-pause.js';
import { type RelayState, RelayStateMachine } from './relay-state.js';
import { sendBatch } from './send-batch.js';

/** What it needs of the message service. */
export type RelayMessaging = Pick<Messaging, 'send' | 'getConnection' | 'onEvent'>;

export interface RelayStatus extends OutboxStatus {
  readonly state: RelayState;
  /** Messages that this relay has sent. */
  readonly sentCount: number;
  /** Of the last trouble with broker or database; undefined again after a message was sent. */
  readonly lastError: unknown;
}

export interface Relay extends AsyncDisposable {
  readonly state: RelayState;
  /** Looks at the table at once. For an application that knows of a commit. */
  wake(): void;
  /** Counts in the table. @throws what the database throws */
  status(): Promise<RelayStatus>;
  /** Calls back at each event, within the call that causes it; returns what ends that. */
  onEvent(listener: RelayEventListener): () => void;
  /**
   * Claims no more, waits for the receipts of what is being sent, writes them down and gives the rest
   * back. It takes no longer than a lease, as long as the database answers. Close the message service after it.
   */
  stop(): Promise<void>;
}

/** A relay lives longer than the request in whose course it may have been started. */
const outside = new AsyncResource('stompbox.relay');

/**
 * Begins to send what is in the outbox, and what will be.
 *
 * @throws OptionsError `STOMP_OPT_INVALID`, `STOMP_OPT_UNKNOWN`
 */
export function startRelay(
  messaging: RelayMessaging,
  outbox: Outbox,
  options: RelayOptions = {},
  ports: RelayPorts = {},
): Relay {
  const resolved = resolveRelayOptions(options);
  const relay = new OutboxRelay(messaging, outbox, resolved, ports);
  outside.runInAsyncScope(() => relay.start());
  return relay;
}

const DELETE_EVERY_MS = 60_000;
const DELETE_AT_ONCE = 1_000;
/** While it stops, a connection of a pool may be broken; the next one need not be. */
const WRITES_WHILE_STOPPING = 3;

class OutboxRelay implements Relay {
  readonly #messaging: RelayMessaging;
  readonly #outbox: Outbox;
  readonly #store: OutboxStore;
  readonly #options: ResolvedRelay;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #owner: string;
  readonly #journal: RelayJournal;
  readonly #machine: RelayStateMachine;
  readonly #pause: RelayPause;
  readonly #watch: BrokerWatch;
  readonly #writer: OutcomeWriter;
  #running: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #endWakeUp: Promise<() => Promise<void>> | undefined;
  #failures = 0;
  #deletedAtMs: number;

  constructor(
    messaging: RelayMessaging,
    outbox: Outbox,
    options: ResolvedRelay,
    ports: RelayPorts,
  ) {
    this.#messaging = messaging;
    this.#outbox = outbox;
    this.#store = new OutboxStore(tableOf(outbox));
    this.#options = options;
    this.#clock = ports.clock ?? systemClock;
    this.#random = ports.random ?? Math.random;
    this.#owner = ports.owner ?? randomUUID();
    this.#pause = new RelayPause(this.#clock);
    this.#watch = new BrokerWatch(() => this.#pause.wake('broker'));
    this.#deletedAtMs = this.#clock.now();
    this.#journal = new RelayJournal(ports.logger ?? stderrLogger);
    const { emit, tell } = this.#journal;
    this.#machine = new RelayStateMachine((state) => emit({ type: 'state', state }));
    this.#writer = new OutcomeWriter({
      store: this.#store,
      owner: this.#owner,
      onWritten: tell,
      onError: (error, failures) => this.#retryWriting(error, failures),
    });
  }

  get state(): RelayState {
    return this.#machine.current;
  }

  start(): void {
    const fail = this.#journal.wakeUpFailed;
    const notNeeded = async () => undefined;
    const wake = () => this.wake();
    this.#endWakeUp = this.#options.wakeUp?.start(wake, fail).catch((error) => {
      fail(error);
      return notNeeded;
    });
    this.#watch.start(this.#messaging);
    this.#running = this.#run();
  }

  wake(): void {
    this.#pause.wake('messages');
  }

  async status(): Promise<RelayStatus> {
    const { sentCount, lastError } = this.#journal;
    return { state: this.state, ...(await this.#outbox.status()), sentCount, lastError };
  }

  onEvent(listener: RelayEventListener): () => void {
    return this.#journal.listen(listener);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#machine.enter('stopping');
    this.#watch.stop();
    this.#pause.stop();
    await this.#running;
    try {
      await (await this.#endWakeUp)?.();
    } catch (error) {
      this.#journal.emit({ type: 'wake-up-failed', error });
    }
    this.#machine.enter('stopped');
  }

  async #run(): Promise<void> {
    // In a turn of its own, so that whoever started it can listen to its first events.
    await Promise.resolve();
    while (!this.#machine.isStopping) {
      this.#machine.enter('claiming');
      const claimedCount = await this.#claimAndSend();
      await this.#deleteOld();
      if (claimedCount === 0) {
        this.#machine.enter('idle');
        await this.#pause.wait(this.#options.pollMs, 'messages');
      }
    }
  }

  /** Resolves with how many rows there were; with undefined after the pause that trouble led to. */
  async #claimAndSend(): Promise<number | undefined> {
    let knowsRepetitions: boolean | undefined;
    this.#pause.forget('broker');
    try {
      knowsRepetitions = await this.#connected();
    } catch (error) {
      return this.#backOff('broker', error);
    }
    if (knowsRepetitions === undefined || this.#machine.isStopping) return undefined;
    const begunAtMs = this.#clock.now();
    let rows: readonly OutboxRow[];
    try {
      rows = await this.#claim();
    } catch (error) {
      return this.#backOff('database', error);
    }
    if (rows.length > 0) {
      this.#machine.enter('sending');
      const { trouble, sentCount } = await this.#send(rows, begunAtMs, knowsRepetitions);
      await this.#writer.drained();
      if (sentCount > 0) this.#failures = 0;
      // What was sent may itself be the reason, so that it is not sent again at once.
      if (trouble !== undefined) {
        return this.#backOff('broker', trouble, this.#options.retryDelayMs);
      }
    }
    this.#failures = 0;
    this.#journal.troubleIsOver();
    return rows.length;
  }

  /** Whether the broker tells repetitions; undefined when the relay stops meanwhile. */
  async #connected(): Promise<boolean | undefined> {
    const connection = await this.#pause.unlessStopped(this.#messaging.getConnection());
    if (connection === undefined) return undefined;
    const { state, profile } = connection;
    if (state === 'connected') return profile.dedup !== undefined;
    this.#watch.missed();
    throw ConnectionError.of('STOMP_NET_NOT_CONNECTED', ['SEND of the outbox', state]);
  }

  async #claim(): Promise<readonly OutboxRow[]> {
    const { batchSize: count, leaseMs, afterFailed } = this.#options;
    const isHeldByFailed = afterFailed === 'hold';
    const rows = await this.#store.claim({ owner: this.#owner, leaseMs, count, isHeldByFailed });
    if (rows.length > 0) this.#journal.emit({ type: 'claimed', count: rows.length });
    return rows;
  }

  /** @param begunAtMs not later than the beginning of the lease */
  #send(rows: readonly OutboxRow[], begunAtMs: number, knowsRepetitions: boolean) {
    const { leaseMs, maxAttempts, afterFailed } = this.#options;
    const now = () => this.#clock.now();
    return sendBatch(rows, {
      now,
      maxAttempts,
      isHeldByFailed: afterFailed === 'hold',
      mayBegin: () => !this.#machine.isStopping && now() < begunAtMs + leaseMs / 2,
      pauseMs: (failures) => retryPauseMs(failures, this.#options, this.#random),
      postingOf: (row) => {
        const elapsedMs = now() - begunAtMs;
        const waitedMs = Math.floor(row.waitedMs + elapsedMs);
        const timeoutMs = Math.ceil(leaseMs - elapsedMs);
        return postingOf(row.message(), { knowsRepetitions, waitedMs, timeoutMs });
      },
      send: ({ destination, body, options }) => this.#messaging.send(destination, body, options),
      settle: this.#writer.add,
    });
  }

  async #retryWriting(error: unknown, failures: number): Promise<boolean> {
    const delayMs = retryPauseMs(failures, this.#options, this.#random);
    this.#journal.trouble('database', error, delayMs, failures);
    if (this.#machine.isStopping) return failures < WRITES_WHILE_STOPPING;
    await this.#pause.wait(delayMs);
    return true;
  }

  async #deleteOld(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#deletedAtMs < DELETE_EVERY_MS || this.#machine.isStopping) return;
    this.#deletedAtMs = now;
    try {
      const count = await this.#store.deleteSent(this.#options.keepSentMs, DELETE_AT_ONCE);
      if (count > 0) this.#journal.emit({ type: 'deleted', count });
      // There may be more of them.
      if (count === DELETE_AT_ONCE) this.#deletedAtMs -= DELETE_EVERY_MS;
    } catch (error) {
      this.#journal.trouble('database', error, DELETE_EVERY_MS, 1);
    }
  }

  /** @param leastMs of the pause, if the broker is back before its end */
  async #backOff(place: 'broker' | 'database', error: unknown, leastMs = 0): Promise<undefined> {
    this.#failures += 1;
    const delayMs = retryPauseMs(this.#failures, this.#options, this.#random);
    this.#journal.trouble(place, error, delayMs, this.#failures);
    if (this.#machine.isStopping) return;
    this.#machine.enter('backing-off');
    const certainMs = place === 'database' ? delayMs : Math.min(leastMs, delayMs);
    await this.#pause.wait(certainMs);
    await this.#pause.wait(delayMs - certainMs, 'broker');
  }
}
