/**
 * Schedules on a store, a clock that stands still, and in place of the router a queue of the same store:
 * what was sent is there once it is durable, beside the jobs.
 */
import { FrameHeaders, ProtocolError } from '@stompbox/protocol';
import type { HeaderList } from '../../dist/schedule/job-record.js';
import type { ScheduleProblem } from '../../dist/schedule/schedule-context.js';
import { readSchedule } from '../../dist/schedule/schedule-spec.js';
import { jobHeaders } from '../../dist/schedule/scheduled-copy.js';
import { readSchedulerRequest } from '../../dist/schedule/scheduler-request.js';
import { Schedules } from '../../dist/schedule/schedules.js';
import type { Outgoing } from '../../dist/sending/outgoing.js';
import { CommitLoop, type WriteNumber } from '../../dist/store/commit-loop.js';
import type { QueueNumber, ReadLimit, Store } from '../../dist/store/store.js';
import { FakeClock } from '../fake-clock.js';

const ALL: ReadLimit = { records: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const SENT = 'sent';

export interface Sent {
  readonly atMs: number;
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isPersistent: boolean;
  readonly originalDestination?: string | undefined;
  readonly deadLetterCause?: string | undefined;
}

export type SendHeaders = Readonly<Record<string, string | number>>;

export class ScheduleScene {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly commits: CommitLoop;
  readonly schedules: Schedules;
  readonly problems: ScheduleProblem[] = [];
  /** Given out by `send`, durable or not. */
  readonly sent: Sent[] = [];
  /** Destinations that refuse what is sent to them. */
  readonly refusing = new Set<string>();
  readonly #sentQueue: QueueNumber;
  #sentPosition: number;

  constructor(store: Store, clock: FakeClock, shown: { now(): number } = clock) {
    this.store = store;
    this.clock = clock;
    this.commits = new CommitLoop(store, clock, (error) => {
      throw error;
    });
    const stored = store.queues().find(({ name }) => name === SENT);
    this.#sentQueue = stored?.number ?? this.commits.createQueue(SENT);
    this.#sentPosition = stored?.nextPosition ?? 0;
    this.schedules = new Schedules({
      store,
      commits: this.commits,
      clock: {
        now: () => shown.now(),
        monotonicMs: () => clock.monotonicMs(),
        setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
      },
      send: (outgoing) => this.#send(outgoing),
      deadLetter: (outgoing, cause) =>
        this.#send({ ...outgoing, destination: `DLQ.${outgoing.destination}` }, cause),
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** A SEND with a schedule; the write that its receipt waits for. */
  sends(destination: string, body: string | Uint8Array, headers: SendHeaders): WriteNumber {
    const all = FrameHeaders.from(headers);
    const spec = readSchedule(all, this.clock.now());
    if (spec === undefined) throw new Error('has no schedule');
    return this.schedules.accept({
      spec,
      destination,
      headers: jobHeaders(all),
      body: typeof body === 'string' ? Buffer.from(body) : body,
      isPersistent: headers['persistent'] !== 'false',
    });
  }

  manages(headers: SendHeaders): WriteNumber {
    return this.schedules.manage(readSchedulerRequest(FrameHeaders.from(headers)));
  }

  /** All that was written so far is durable, and what waited for that has happened. */
  async settles(): Promise<void> {
    await this.commits.flush();
    await this.commits.flush();
  }

  /** Time passes; what became due is sent and durable. */
  async passes(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settles();
  }

  get bodies(): string[] {
    return this.sent.map(({ body }) => body);
  }

  /** What was sent and is durable. */
  durablySent(): Sent[] {
    return this.store
      .read(this.#sentQueue, 0, ALL)
      .map(({ record }) => JSON.parse(Buffer.from(record).toString()) as Sent);
  }

  #send(outgoing: Outgoing, cause?: string): WriteNumber {
    const { destination, headers, body, isPersistent, originalDestination } = outgoing;
    if (this.refusing.has(destination)) {
      throw new ProtocolError('STOMP_PROTO_UNSUPPORTED', `${destination} takes nothing`);
    }
    const sent: Sent = {
      atMs: this.clock.now(),
      destination,
      headers: new FrameHeaders((headers as HeaderList).flat()).toObject(),
      body: Buffer.from(body).toString(),
      isPersistent,
      originalDestination,
      deadLetterCause: cause,
    };
    this.sent.push(sent);
    const record = Buffer.from(JSON.stringify(sent));
    return this.commits.put(this.#sentQueue, this.#sentPosition++, record, 'durable');
  }
}

export function scheduleScene(store: Store, clock = new FakeClock()): ScheduleScene {
  const scene = new ScheduleScene(store, clock);
  scene.schedules.start();
  return scene;
}
