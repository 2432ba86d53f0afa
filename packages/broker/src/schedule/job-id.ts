/**
 * Ids of jobs. Inside, an id is a number, so that a million of them take 8 MB and are found by looking;
 * outside it is a text. The number grows with the time at which the job was made, so that no run of the
 * broker gives out an id again unless the machine's clock is set back while no job is left.
 */
const PREFIX = 'job-';
const RADIX = 36;
const ID_TEXT = /^job-[0-9a-z]{1,11}$/;
const IDS_PER_MS = 1024;

export type JobId = number;

export function formatJobId(id: JobId): string {
  return PREFIX + id.toString(RADIX);
}

/** `undefined` for a text that is no id of a job here. */
export function parseJobId(text: string): JobId | undefined {
  return ID_TEXT.test(text) ? Number.parseInt(text.slice(PREFIX.length), RADIX) : undefined;
}

export class JobIds {
  #last: JobId = 0;

  next(nowMs: number): JobId {
    this.#last = Math.max(this.#last + 1, nowMs * IDS_PER_MS);
    return this.#last;
  }

  /** An id that is in use already. */
  saw(id: JobId): void {
    this.#last = Math.max(this.#last, id);
  }
}
