/**
 * When a SEND asks to be delivered: the headers AMQ_SCHEDULED_DELAY, _PERIOD, _REPEAT and _CRON, with
 * ActiveMQ's meaning.
 *
 *   delay, period, repeat   first after the delay (without one, after the period), then every period,
 *                           `repeat` times more
 *   cron                    at each time that it names; with one of the others, each such time starts
 *                           their sequence instead
 *
 * What ActiveMQ coerces or ignores is refused here: text that is no number, negative times.
 */
import { type FrameHeaders, ProtocolError } from '@stompbox/protocol';
import { cronProblem, nextCronTime } from './cron.js';

export const DELAY = 'AMQ_SCHEDULED_DELAY';
export const PERIOD = 'AMQ_SCHEDULED_PERIOD';
export const REPEAT = 'AMQ_SCHEDULED_REPEAT';
export const CRON = 'AMQ_SCHEDULED_CRON';
export const JOB_ID = 'scheduledJobId';

/** As ActiveMQ's `maxSchedulerRepeatAllowed`. */
const MAX_REPEAT = 1000;
/** As in ActiveMQ, although it documents it nowhere. */
const REPEAT_FOR_EVER = -1;

const WHOLE_NUMBER = /^\s*[+-]?\d{1,15}\s*$/;

export interface ScheduleSpec {
  readonly delayMs: number;
  readonly periodMs: number;
  /** Deliveries after the first one; `REPEAT_FOR_EVER`. */
  readonly repeat: number;
  readonly cron?: string | undefined;
}

/**
 * The schedule of a SEND, or `undefined` when it is to be sent now.
 *
 * A repeat alone does not schedule. Neither does anything on a message that carries `scheduledJobId`: it
 * comes from a schedule, and whoever passes it on does not mean to start another.
 *
 * @param nowMs ms since 1970, to see whether a cron expression ever comes
 * @throws ProtocolError `STOMP_PROTO_BAD_HEADER`
 */
export function readSchedule(headers: FrameHeaders, nowMs: number): ScheduleSpec | undefined {
  const delay = headers.get(DELAY);
  const period = headers.get(PERIOD);
  const cron = headers.get(CRON)?.trim() || undefined;
  if (delay === undefined && period === undefined && cron === undefined) return undefined;
  if (headers.has(JOB_ID)) return undefined;
  const spec = {
    delayMs: milliseconds(DELAY, delay),
    periodMs: milliseconds(PERIOD, period),
    repeat: repeatCount(headers.get(REPEAT)),
    cron,
  };
  if (cron !== undefined) checkCron(cron, nowMs);
  if (spec.repeat === REPEAT_FOR_EVER) checkEndless(spec);
  return spec;
}

/** When a job of a schedule that begins now is due for the first time. */
export function firstDueMs({ cron, delayMs, periodMs }: ScheduleSpec, nowMs: number): number {
  if (cron === undefined) return nowMs + (delayMs > 0 ? delayMs : periodMs);
  // `readSchedule` has seen that there is one; between then and a late COMMIT the last one may pass.
  return nextCronTime(cron, nowMs) ?? nowMs;
}

/**
 * When a repeated job is due again: in step with the time it was due. If that has passed, because the
 * broker was down, what was missed is not made up for: a period from now, as in ActiveMQ.
 */
function nextDueMs(dueMs: number, periodMs: number, nowMs: number): number {
  const inStep = dueMs + periodMs;
  return inStep > nowMs ? inStep : nowMs + periodMs;
}

/** When a job that was just sent is due again, and what is then left of its repeats. */
export function dueAgain(
  { cron, repeat, periodMs }: ScheduleSpec,
  dueMs: number,
  nowMs: number,
): { readonly dueMs: number; readonly repeat: number } | undefined {
  if (cron !== undefined) {
    const next = nextCronTime(cron, nowMs);
    return next === undefined ? undefined : { dueMs: next, repeat };
  }
  if (repeat === 0) return undefined;
  const left = repeat === REPEAT_FOR_EVER ? repeat : repeat - 1;
  return { dueMs: nextDueMs(dueMs, periodMs, nowMs), repeat: left };
}

/** True when each cron time starts a sequence instead of one delivery. */
export function startsSequence({ delayMs, periodMs, repeat }: ScheduleSpec): boolean {
  return delayMs > 0 || periodMs > 0 || repeat > 0;
}

function milliseconds(name: string, value: string | undefined): number {
  if (value === undefined) return 0;
  if (WHOLE_NUMBER.test(value) && Number(value) >= 0) return Number(value);
  throw badHeader(name, value, 'must be a whole number of milliseconds, 0 or more');
}

function repeatCount(value: string | undefined): number {
  if (value === undefined) return 0;
  const count = WHOLE_NUMBER.test(value) ? Number(value) : Number.NaN;
  if (count >= REPEAT_FOR_EVER && count <= MAX_REPEAT) return count;
  throw badHeader(
    REPEAT,
    value,
    `must be a whole number from 0 to ${MAX_REPEAT}, or ${REPEAT_FOR_EVER} to repeat for ever`,
  );
}

function checkCron(cron: string, nowMs: number): void {
  const problem = cronProblem(cron, nowMs);
  if (problem === undefined) return;
  throw badHeader(
    CRON,
    cron,
    `must be five fields, minute hour day month weekday, such as "0 12 * * MON-FRI" (${problem})`,
  );
}

/** Without end and without pause between its deliveries, or begun anew without end. */
function checkEndless({ periodMs, cron }: ScheduleSpec): void {
  const reason =
    cron !== undefined ? `cannot be combined with ${CRON}` : `needs a ${PERIOD} of at least 1`;
  if (cron === undefined && periodMs > 0) return;
  throw badHeader(REPEAT, String(REPEAT_FOR_EVER), `${reason} to repeat for ever`);
}

function badHeader(name: string, value: string, expected: string): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} ${expected}, not "${value.slice(0, 80)}"`,
  );
}
