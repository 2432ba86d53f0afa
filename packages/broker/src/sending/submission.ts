/**
 * A SEND that was checked and can be carried out, at once or at COMMIT: a message for its target, a job
 * for the schedule, or a request to the broker itself.
 */
import {
  FrameHeaders,
  formatDestination,
  ProtocolError,
  parseDestination,
} from '@stompbox/protocol';
import { readDedupId } from '../dedup/dedup-id.js';
import { storedReplyTo } from '../destinations/reply-to.js';
import type { Target } from '../destinations/target.js';
import { createMessage, type MessageDraft, TRAITS } from '../message.js';
import { readSchedule, type ScheduleSpec } from '../schedule/schedule-spec.js';
import { jobHeaders } from '../schedule/scheduled-copy.js';
import { isSchedulerManagement, readSchedulerRequest } from '../schedule/scheduler-request.js';
import type { Session } from '../session.js';
import { isStatisticsRequest } from '../statistics/request.js';
import type { WriteNumber } from '../store/commit-loop.js';
import { nameOwner } from './name-owner.js';
import { requireWrite } from './require-write.js';

export interface Submission {
  /** Does it; the last of its writes, 0 if there is none. */
  submit(): WriteNumber;
  /** Memory that it holds until then. */
  readonly bytes: number;
}

export interface SendRequest {
  readonly text: string;
  readonly target: Target;
  readonly headers: FrameHeaders;
  readonly draft: MessageDraft;
  /** It waits for its COMMIT. */
  readonly isHeld: boolean;
}

/** A message, sent now or later, once or again. */
export function messageSubmission(session: Session, request: SendRequest): Submission {
  const { clock, dedup } = session.context;
  const { headers, target, draft } = request;
  const spec = readSchedule(headers, clock.now());
  const id = readDedupId(headers);
  const prepare = () =>
    spec === undefined ? plainSubmission(session, request) : jobSubmission(session, request, spec);
  if (id === undefined) {
    target.admit();
    return prepare();
  }
  // Not as the sender wrote it: an alias of a temporary destination is another one for each client.
  const destination = target.destinations.map(formatDestination).join();
  // What was taken once is confirmed again, also when there would be no room for it now.
  if (dedup.check(destination, id) === 'new') target.admit();
  const once = prepare();
  // A job is kept on disk, whatever its message asks for.
  const isPersistent = spec !== undefined || (draft.traits & TRAITS.persistent) !== 0;
  return {
    bytes: once.bytes,
    submit: () => {
      const known = dedup.check(destination, id);
      if (known !== 'new') return known;
      const written = once.submit();
      return Math.max(written, dedup.remember({ destination, id, isPersistent }));
    },
  };
}

function plainSubmission(session: Session, { target, draft }: SendRequest): Submission {
  const message = createMessage(draft);
  return {
    bytes: message.record.length,
    submit: () => target.put(message, session.origin),
  };
}

function jobSubmission(session: Session, request: SendRequest, spec: ScheduleSpec): Submission {
  const { context, userId } = session;
  const { headers, text, draft, isHeld } = request;
  const owner = nameOwner(session);
  if ((draft.traits & TRAITS.blob) !== 0) {
    throw new ProtocolError(
      'STOMP_PROTO_BAD_HEADER',
      'A message that refers to a blob cannot be scheduled, the blob would not wait for it: send it when it is due',
    );
  }
  const kept = jobHeaders(headers, {
    userId,
    // By the time that it is sent nobody knows any more whose alias it was; so with the destination.
    storedReplyTo: (value) => storedReplyTo(value, owner),
  });
  const job = {
    spec,
    destination: storedReplyTo(text, owner),
    headers: kept,
    // The frame's buffer is used again once the frame was handled.
    body: isHeld ? draft.body.slice() : draft.body,
    isPersistent: (draft.traits & TRAITS.persistent) !== 0,
  };
  return { bytes: job.body.length, submit: () => context.schedules.accept(job) };
}

/** True when it may be a destination by which the broker itself is asked: nearly no name is. */
export function namesBroker(text: string): boolean {
  return /ActiveMQ\.S/i.test(text);
}

/**
 * What asks the broker itself: for statistics, or to manage the schedule. `undefined` when the text names
 * an ordinary destination.
 * @throws ProtocolError `STOMP_PROTO_BAD_HEADER` when the request cannot be read
 */
export function requestSubmission(
  session: Session,
  text: string,
  sent: FrameHeaders,
): Submission | undefined {
  if (!namesBroker(text)) return undefined;
  const { principal } = session;
  const { router, schedules, statistics } = session.context;
  const destination = parseDestination(text);
  const headers = withStoredReplyTo(session, sent);
  if (isSchedulerManagement(destination.name)) {
    principal?.require('manage', destination);
    const request = readSchedulerRequest(headers);
    return { bytes: 0, submit: () => schedules.manage(request) };
  }
  if (!isStatisticsRequest(destination)) return undefined;
  const replies = statistics.answer(destination, headers);
  if (replies === undefined) return undefined;
  principal?.require('manage', destination);
  return {
    bytes: 0,
    submit: () => replies.reduce((last, reply) => Math.max(last, router.reply(reply)), 0),
  };
}

/** The request with a reply-to that the broker can send to; what cannot be sent to is refused now. */
function withStoredReplyTo(session: Session, headers: FrameHeaders): FrameHeaders {
  const { connection, context } = session;
  const replyTo = headers.get('reply-to');
  if (replyTo === undefined) return headers;
  const stored = storedReplyTo(replyTo, nameOwner(session));
  const target = context.router.target(stored, connection.id);
  // The broker may answer everywhere; whoever asks may not have it write where they could not.
  requireWrite(session, target);
  target.admit();
  const others = [...headers].filter(([name]) => name !== 'reply-to');
  return new FrameHeaders(['reply-to', stored, ...others.flat()]);
}
