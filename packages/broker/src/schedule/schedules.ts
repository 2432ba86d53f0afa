/**
 * Messages that are to be delivered later. A job is a record in the store; memory holds only when each
 * is due and where it stands. One timer waits for the earliest.
 *
 *   SEND ──▶ record, receipt when durable ──due──▶ router ─┐ one turn, hence one batch of the store:
 *                  ▲                          record gone ─┘ after a crash a job has been sent and is
 *                  └── due again: new record ◀──repeats──    gone, or is there and has not been sent
 *
 *   loaded ──start──▶ running ──close──▶ closed        (nothing is sent but while running)
 *
 * - A job is sent only once its record is durable: nobody sees what a crash could take back.
 * - Those that are due at the same time go out in the order in which they were scheduled.
 * - What cannot be delivered is dead-lettered with its cause; if not even that is possible, it stays in
 *   the store and is tried again. A damaged record is told of and stays on disk.
 *
 * It does not read frames (`readSchedule`, `readSchedulerRequest`) and knows no destinations.
 */
import { strict as assert } from 'node:assert';
import { StompError } from '@stompbox/protocol';
import type { Outgoing } from '../sending/outgoing.js';
import type { WriteNumber } from '../store/commit-loop.js';
import { InternalQueue } from '../store/internal-queue.js';
import { BrowseReplies } from './browse-replies.js';
import { JobHeap } from './job-heap.js';
import { formatJobId, type JobId, JobIds } from './job-id.js';
import { encodeJob, type Job, openJob, readJobTimes, rescheduledRecord } from './job-record.js';
import type { ScheduleContext } from './schedule-context.js';
import { dueAgain, firstDueMs, type ScheduleSpec, startsSequence } from './schedule-spec.js';
import { dueCopy } from './scheduled-copy.js';
import type { SchedulerRequest } from './scheduler-request.js';

/** Sent in one turn, so that a backlog does not stop everything else. */
const SLICE_JOBS = 256;
const SLICE_BYTES = 1024 * 1024;

/** The time of day is looked at this often, because the clock may be set, or the machine may sleep. */
const RECHECK_MS = 10_000;

/** Until what could not even be dead-lettered is tried again. */
const RETRY_MS = 60_000;

/** A SEND with a schedule: what `send` is to be given when it is due. */
export interface NewJob extends Outgoing {
  readonly spec: ScheduleSpec;
}

export type SchedulesState = 'loaded' | 'running' | 'closed';

const NEXT: Readonly<Record<SchedulesState, readonly SchedulesState[]>> = {
  loaded: ['running', 'closed'],
  running: ['closed'],
  closed: [],
};

export class Schedules {
  readonly #context: ScheduleContext;
  readonly #queue: InternalQueue;
  readonly #heap = new JobHeap();
  readonly #ids = new JobIds();
  #state: SchedulesState = 'loaded';
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  /** Finds the jobs that are in the store. */
  constructor(context: ScheduleContext) {
    this.#context = context;
    this.#queue = new InternalQueue('schedule', context);
    for (const { position, record } of this.#queue.records()) {
      const times = readJobTimes(record);
      if (times === undefined) context.onProblem({ type: 'corrupt-job', position });
      else {
        this.#heap.push({ ...times, position });
        this.#ids.saw(times.id);
      }
    }
  }

  get state(): SchedulesState {
    return this.#state;
  }

  /** Jobs that wait for their time. */
  get size(): number {
    return this.#heap.size;
  }

  /** When the next job is due, ms since 1970. */
  get nextDueMs(): number | undefined {
    return this.#heap.first?.dueMs;
  }

  /** From now on jobs are sent, first those that became due while the broker was down. */
  start(): void {
    this.#become('running');
    this.#wait();
  }

  close(): void {
    this.#become('closed');
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Schedules a message; the write that makes it durable. Its times count from now. */
  accept({ spec, ...outgoing }: NewJob): WriteNumber {
    const acceptedMs = this.#context.clock.now();
    const dueMs = firstDueMs(spec, acceptedMs);
    const written = this.#add({ ...outgoing, spec, acceptedMs, id: this.#nextId(), dueMs });
    this.#wait();
    return written;
  }

  /**
   * Does what a message to the management destination asks for. Replies go out by `send`, as soon as all
   * that was scheduled before is durable, hence before a receipt for the number returned.
   */
  manage(request: SchedulerRequest): WriteNumber {
    switch (request.type) {
      case 'browse': {
        const { lastWrite } = this.#queue;
        const replies = new BrowseReplies(this.#context, this.#queue, {
          replyTo: request.replyTo,
          positions: this.#heap.positions(request.range),
          isOver: () => this.#state === 'closed',
        });
        this.#context.commits.whenDurable(lastWrite, () => replies.sendPage());
        return lastWrite;
      }
      case 'remove':
        return request.id === undefined ? 0 : this.#removeRecords(this.#heap.removeId(request.id));
      case 'remove-all':
        return this.#removeRecords(this.#heap.removeRange(request.range));
    }
  }

  #become(next: SchedulesState): void {
    assert(NEXT[this.#state].includes(next), `schedules ${this.#state} → ${next}`);
    this.#state = next;
  }

  #nextId(): JobId {
    return this.#ids.next(this.#context.clock.now());
  }

  #add(job: Job): WriteNumber {
    const { position, writeNumber } = this.#queue.put(encodeJob(job));
    this.#heap.push({ id: job.id, dueMs: job.dueMs, position });
    return writeNumber;
  }

  #removeRecords(positions: Iterable<number>): WriteNumber {
    let last: WriteNumber = 0;
    for (const position of positions) last = this.#queue.remove(position);
    return last;
  }

  /** Sets the timer for the job that is due first. */
  #wait(): void {
    const dueMs = this.nextDueMs;
    if (this.#state !== 'running' || dueMs === undefined) return;
    if (this.#timer !== undefined && this.#timer.atMs <= dueMs) return;
    this.#timer?.cancel();
    const delayMs = Math.min(Math.max(dueMs - this.#context.clock.now(), 0), RECHECK_MS);
    const cancel = this.#context.clock.setTimer(() => {
      this.#timer = undefined;
      this.#sendDue();
    }, delayMs);
    this.#timer = { atMs: dueMs, cancel };
  }

  /** Sends what is due, a slice of it. */
  readonly #sendDue = (): void => {
    if (this.#state !== 'running') return;
    const { clock, commits } = this.#context;
    const nowMs = clock.now();
    let bytes = 0;
    for (let jobs = 0; jobs < SLICE_JOBS && bytes < SLICE_BYTES; jobs++) {
      const first = this.#heap.first;
      if (first === undefined || first.dueMs > nowMs) break;
      if (commits.isBehind || !this.#queue.isReadable(first.position)) {
        commits.afterNextSync(this.#sendDue);
        return;
      }
      this.#heap.shift();
      bytes += this.#run(first.position, nowMs);
    }
    this.#wait();
  };

  /** The bytes of the record. */
  #run(position: number, nowMs: number): number {
    const record = this.#queue.read(position);
    const job = record === undefined ? undefined : openJob(record);
    if (record === undefined || job === undefined) {
      this.#context.onProblem({ type: 'corrupt-job', position });
      return 0;
    }
    const { spec } = job;
    if (spec.cron !== undefined && startsSequence(spec)) this.#startSequence(job, nowMs);
    else if (!this.#deliver(job, nowMs)) {
      this.#heap.push({ id: job.id, dueMs: nowMs + RETRY_MS, position });
      return record.length;
    }
    const again = dueAgain(spec, job.dueMs, nowMs);
    if (again !== undefined) {
      const next = this.#queue.put(rescheduledRecord(record, again.dueMs, again.repeat));
      this.#heap.push({ id: job.id, dueMs: again.dueMs, position: next.position });
    }
    this.#queue.remove(position);
    return record.length;
  }

  /** Each time of a cron expression starts a job of its own, which counts its repeats. */
  #startSequence(job: Job, nowMs: number): void {
    const spec = { ...job.spec, cron: undefined };
    this.#add({ ...job, spec, id: this.#nextId(), dueMs: firstDueMs(spec, nowMs) });
  }

  /** False if nobody took it. What is no `StompError` is a bug and ends the process. */
  #deliver(job: Job, nowMs: number): boolean {
    const outgoing = dueCopy(job, nowMs);
    try {
      this.#context.send(outgoing);
    } catch (refusal) {
      if (!(refusal instanceof StompError)) throw refusal;
      return this.#deadLetter(job, outgoing, refusal.message);
    }
    return true;
  }

  #deadLetter(job: Job, outgoing: Outgoing, cause: string): boolean {
    try {
      this.#context.deadLetter(outgoing, cause);
    } catch (error) {
      if (!(error instanceof StompError)) throw error;
      const jobId = formatJobId(job.id);
      this.#context.onProblem({ type: 'job-postponed', jobId, error });
      return false;
    }
    return true;
  }
}
