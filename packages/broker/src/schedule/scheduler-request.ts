/**
 * What a SEND to the destination `ActiveMQ.Scheduler.Management` asks of the schedule. ActiveMQ ignores
 * what it does not understand; here the sender is told.
 */
import { type FrameHeaders, ProtocolError } from '@stompbox/protocol';
import type { DueRange } from './job-heap.js';
import { type JobId, parseJobId } from './job-id.js';
import { JOB_ID } from './schedule-spec.js';

const MANAGEMENT = 'activemq.scheduler.management';
const ACTION = 'AMQ_SCHEDULER_ACTION';
const START_TIME = 'ACTION_START_TIME';
const END_TIME = 'ACTION_END_TIME';
const WHOLE_NUMBER = /^\s*[+-]?\d{1,15}\s*$/;

export type SchedulerRequest =
  | { readonly type: 'browse'; readonly range: DueRange; readonly replyTo: string }
  /** Without an id the text was none of this broker's. */
  | { readonly type: 'remove'; readonly id: JobId | undefined }
  | { readonly type: 'remove-all'; readonly range: DueRange };

/** @param name of a queue or a topic, without its prefix */
export function isSchedulerManagement(name: string): boolean {
  return name.toLowerCase().startsWith(MANAGEMENT);
}

/**
 * @param storedReplyTo how a destination is named that is used later
 * @throws ProtocolError `STOMP_PROTO_BAD_HEADER`, `STOMP_PROTO_MISSING_HEADER`
 */
export function readSchedulerRequest(
  headers: FrameHeaders,
  storedReplyTo: (value: string) => string = (value) => value,
): SchedulerRequest {
  const action = required(headers, ACTION, 'BROWSE, REMOVE or REMOVEALL');
  switch (action) {
    case 'BROWSE': {
      const replyTo = required(headers, 'reply-to', 'the destination for the replies');
      return { type: 'browse', range: dueRange(headers), replyTo: storedReplyTo(replyTo) };
    }
    case 'REMOVE': {
      const id = required(headers, JOB_ID, 'the id of the job to remove');
      return { type: 'remove', id: parseJobId(id) };
    }
    case 'REMOVEALL':
      return { type: 'remove-all', range: dueRange(headers) };
    default:
      throw badHeader(ACTION, 'BROWSE, REMOVE or REMOVEALL', action);
  }
}

/** Without a bound the range is open there. */
function dueRange(headers: FrameHeaders): DueRange {
  return {
    fromMs: time(headers, START_TIME) ?? Number.NEGATIVE_INFINITY,
    untilMs: time(headers, END_TIME) ?? Number.POSITIVE_INFINITY,
  };
}

function time(headers: FrameHeaders, name: string): number | undefined {
  const value = headers.get(name);
  if (value === undefined) return undefined;
  if (WHOLE_NUMBER.test(value)) return Number(value);
  throw badHeader(name, 'a time in milliseconds since 1970', value);
}

function required(headers: FrameHeaders, name: string, meaning: string): string {
  const value = headers.get(name);
  if (value !== undefined && value !== '') return value;
  throw new ProtocolError(
    'STOMP_PROTO_MISSING_HEADER',
    `A SEND to ActiveMQ.Scheduler.Management needs the header ${name}: ${meaning}`,
  );
}

function badHeader(name: string, expected: string, value: string): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} must be ${expected}, not "${value.slice(0, 80)}"`,
  );
}
