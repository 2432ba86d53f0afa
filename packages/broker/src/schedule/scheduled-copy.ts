/**
 * What a job sends: the message when it is due, and the copy of it that whoever browses the schedule
 * gets.
 *
 * The timestamp is that of the SEND. A message with a time to live gets all of it from now on, and then
 * the timestamp is now, as in ActiveMQ: it would otherwise be older than it was allowed to become.
 */
import type { FrameHeaders } from '@stompbox/protocol';
import type { Outgoing } from '../sending/outgoing.js';
import { formatJobId } from './job-id.js';
import type { HeaderList, Job } from './job-record.js';
import { CRON, DELAY, JOB_ID, PERIOD, REPEAT } from './schedule-spec.js';

/** What a job keeps of the session that sent it. */
export interface JobSender {
  /** The name of the user, when messages are to carry it. */
  readonly userId?: string | undefined;
  /** How a destination is named that is used later. */
  readonly storedReplyTo?: (value: string) => string;
}

/** They belong to the SEND, not to its message. */
const USER_ID = 'JMSXUserID';
const OF_THE_SEND = new Set(['destination', 'receipt', 'transaction', 'dedup-id', USER_ID]);
/** JMS' names for the times; what they say wins. */
const JMS_TIMES: ReadonlyMap<string, string> = new Map([
  ['JMSTimestamp', 'timestamp'],
  ['JMSExpiration', 'expires'],
]);
const TIMES = ['timestamp', 'expires'];
const LEFT_OUT_WHEN_DUE = new Set([DELAY, PERIOD, REPEAT, CRON, JOB_ID, ...TIMES]);
const LEFT_OUT_OF_REPLY = new Set(['type', 'persistent', 'original-destination', JOB_ID, ...TIMES]);

/** The headers of a SEND that its job keeps. */
export function jobHeaders(
  headers: FrameHeaders,
  { userId, storedReplyTo }: JobSender = {},
): HeaderList {
  const kept: Array<readonly [string, string]> = [];
  // First, so that they win.
  for (const [jmsName, name] of JMS_TIMES) {
    const value = headers.get(jmsName);
    if (value !== undefined) kept.push([name, value]);
  }
  if (userId !== undefined) kept.push([USER_ID, userId]);
  for (const [name, value] of headers) {
    if (OF_THE_SEND.has(name) || JMS_TIMES.has(name)) continue;
    kept.push([name, name === 'reply-to' ? (storedReplyTo?.(value) ?? value) : value]);
  }
  return kept;
}

export function dueCopy(job: Job, nowMs: number): Outgoing {
  const { destination, body, isPersistent } = job;
  const kept = job.headers.filter(([name]) => !LEFT_OUT_WHEN_DUE.has(name));
  const headers = [...kept, ...times(job, nowMs), [JOB_ID, formatJobId(job.id)] as const];
  return { destination, headers, body, isPersistent };
}

/** Tells of one job, with its message as it was sent. */
export function browseReply(job: Job, replyTo: string, nowMs: number): Outgoing {
  const kept = job.headers.filter(([name]) => !LEFT_OUT_OF_REPLY.has(name));
  return {
    destination: replyTo,
    headers: [...kept, ...times(job, nowMs), ['type', 'Advisory'], [JOB_ID, formatJobId(job.id)]],
    body: job.body,
    isPersistent: false,
    originalDestination: job.destination,
  };
}

/** The headers that a SEND of this job would keep for its MESSAGE. */
function times(job: Job, nowMs: number): HeaderList {
  const timestamp = numberOf(job, 'timestamp') ?? job.acceptedMs;
  const expires = numberOf(job, 'expires') ?? 0;
  const timeToLiveMs = expires - timestamp;
  const isShifted = timestamp > 0 && timeToLiveMs > 0 && nowMs > timestamp;
  const result: Array<readonly [string, string]> = [
    ['timestamp', String(isShifted ? nowMs : timestamp)],
  ];
  if (expires > 0) result.push(['expires', String(isShifted ? nowMs + timeToLiveMs : expires)]);
  return result;
}

function numberOf(job: Job, wanted: string): number | undefined {
  const found = job.headers.find(([name]) => name === wanted);
  return found === undefined ? undefined : Number(found[1]);
}
