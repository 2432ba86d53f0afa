/**
 * The answer to whoever browses the schedule: one reply per job, read from the store page by page, each
 * page in a turn of its own, so that a million jobs stop nobody. It shows the jobs that there were when
 * it was asked for; those that are sent or removed meanwhile are left out.
 */
import { StompError } from '@stompbox/protocol';
import type { InternalQueue } from '../store/internal-queue.js';
import { openJob } from './job-record.js';
import type { ScheduleContext } from './schedule-context.js';
import { browseReply } from './scheduled-copy.js';

export interface Browse {
  readonly replyTo: string;
  /** Of the jobs to tell of, in order; their records must be durable when the first page is sent. */
  readonly positions: Float64Array;
  isOver(): boolean;
}

export class BrowseReplies {
  readonly #context: ScheduleContext;
  readonly #queue: InternalQueue;
  readonly #browse: Browse;
  /** Index of the next position. */
  #next = 0;

  constructor(context: ScheduleContext, queue: InternalQueue, browse: Browse) {
    this.#context = context;
    this.#queue = queue;
    this.#browse = browse;
  }

  /** Sends a page of replies and sees to the next one. */
  readonly sendPage = (): void => {
    const { clock, commits, onProblem } = this.#context;
    const { replyTo, positions, isOver } = this.#browse;
    const from = positions[this.#next];
    if (isOver() || from === undefined) return;
    if (commits.isBehind) {
      commits.afterNextSync(this.sendPage);
      return;
    }
    try {
      this.#replyFrom(from);
    } catch (error) {
      if (!(error instanceof StompError)) throw error;
      onProblem({ type: 'browse-failed', replyTo, error });
      return;
    }
    if (this.#next < positions.length) clock.setTimer(this.sendPage, 0);
  };

  #replyFrom(from: number): void {
    const { positions } = this.#browse;
    const page = this.#queue.readPage(from);
    for (const { position, record } of page) {
      this.#skipBefore(position);
      if (positions[this.#next] === position) this.#reply(position, record);
    }
    this.#skipBefore((page.at(-1)?.position ?? Number.POSITIVE_INFINITY) + 1);
  }

  #reply(position: number, record: Uint8Array): void {
    const job = openJob(record);
    if (job === undefined) this.#context.onProblem({ type: 'corrupt-job', position });
    else {
      this.#context.send(browseReply(job, this.#browse.replyTo, this.#context.clock.now()));
    }
  }

  #skipBefore(position: number): void {
    const { positions } = this.#browse;
    while (this.#next < positions.length && (positions[this.#next] as number) < position) {
      this.#next += 1;
    }
  }
}
