/**
 * Problems of the REST routes as RFC 9457 has them (`application/problem+json`). Each type is told
 * apart by its `type`, a name that stays; texts may change. A problem never quotes the text of an error
 * that may name hosts, users or files of this side: those go to the log.
 */
import type { RestResponse } from './rest-response.js';

interface ProblemEntry {
  readonly status: number;
  readonly title: string;
}

export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request cannot be read' },
  'not-allowed': { status: 403, title: 'Sending to this destination is not allowed' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'unknown-destination': { status: 404, title: 'There is no destination of this name' },
  'method-not-allowed': { status: 405, title: 'This method is not possible here' },
  'key-in-progress': { status: 409, title: 'A request with this Idempotency-Key is in progress' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'A body of this content type is not taken' },
  'invalid-body': { status: 422, title: 'The body does not fit the destination' },
  'key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'broker-refused': { status: 502, title: 'The broker refused the message' },
  'responder-failed': { status: 502, title: 'The responder could not handle the request' },
  'broker-unavailable': { status: 503, title: 'The message was not sent' },
  'queue-full': {
    status: 503,
    title: 'The broker takes no more messages for this destination now',
  },
  'outcome-unknown': { status: 503, title: 'It is not known whether the message was sent' },
  'no-reply': { status: 504, title: 'No reply came in time' },
} as const satisfies Record<string, ProblemEntry>;

export type ProblemName = keyof typeof PROBLEMS;

/** What begins the `type` of every problem. */
export const PROBLEM_TYPE_PREFIX = 'urn:stompbox:problem:';

export interface ProblemDetails {
  /** What happened this time, and what the caller can do. */
  readonly detail: string;
  /** More members of the problem. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(
  name: ProblemName,
  { detail, members = {}, headers = {} }: ProblemDetails,
): RestResponse {
  const { status, title } = PROBLEMS[name];
  const type = PROBLEM_TYPE_PREFIX + name;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ type, title, status, detail, ...members }),
  };
}
