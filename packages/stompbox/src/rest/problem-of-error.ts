/**
 * What an error of the service is to a caller over HTTP. The question that decides: was the message
 * sent? Only where it is known that it was not, the answer says so; everything that leaves it open is
 * `outcome-unknown`. An error that is none of ours is not made into an answer.
 */
import type { BrokerError } from '@stompbox/client';
import type { InvalidBodyError } from '../failure/failure-errors.js';
import { problem } from './problem.js';
import type { RestResponse } from './rest-response.js';

export interface ProblemContext {
  /** Seconds after which another try makes sense. */
  readonly retryAfterS: number;
  readonly idempotencyKey: string | undefined;
  /** Whether the broker tells a repetition by its dedup id. */
  readonly isDeduplicated: boolean;
}

/** Beside what is retryable: given up before anything was written. */
const NOT_SENT = new Set(['STOMP_NET_CLOSED', 'STOMP_NET_NOT_CONNECTED', 'STOMP_NET_DROPPED']);

/** The request was written, and its reply cannot come any more. */
const REPLY_LOST = new Set(['STOMP_REQUEST_LOST', 'STOMP_REQUEST_CLOSED']);

/** Undefined: no error that a caller may be told about. */
export function problemOfError(error: unknown, context: ProblemContext): RestResponse | undefined {
  const code = codeOf(error);
  const members = { code };
  if (isInvalidBody(error, code)) return invalidBody(error);
  if (code === 'STOMP_OPT_BODY' && error instanceof Error) {
    return problem('invalid-body', { detail: error.message, members });
  }
  if (isBrokerError(error, code)) return refused(error, context);
  if (REPLY_LOST.has(code)) return outcomeUnknown(code, context);
  if (code === 'STOMP_REQUEST_TIMEOUT') {
    const detail =
      'The request was sent, and may be handled yet. Repeat it only if that does no harm.';
    return problem('no-reply', { detail, members });
  }
  if (code === 'STOMP_REQUEST_FAILED' || code === 'STOMP_LISTEN_UNREADABLE') {
    const detail = 'A reply came, which tells of a failure or cannot be read. Correct the request.';
    return problem('responder-failed', { detail, members: { ...members, ...remoteCode(error) } });
  }
  if (code.startsWith('STOMP_OFFLINE_') || isKnownUnsent(error, code)) {
    return unavailable('broker-unavailable', code, context);
  }
  return code.startsWith('STOMP_NET_') ? outcomeUnknown(code, context) : undefined;
}

/**
 * By code, not by class: where an application loads both builds of this package, each has classes of
 * its own. Empty for what is no error of ours.
 */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  const { code } = error;
  return typeof code === 'string' && code.startsWith('STOMP_') ? code : '';
}

/** Everything else of the network leaves it open, also what a later version may add. */
function isKnownUnsent(error: unknown, code: string): boolean {
  if (!code.startsWith('STOMP_NET_')) return false;
  return NOT_SENT.has(code) || (error instanceof Error && Reflect.get(error, 'retryable') === true);
}

function isInvalidBody(_error: unknown, code: string): _error is InvalidBodyError {
  return code === 'STOMP_OPT_SCHEMA';
}

function isBrokerError(_error: unknown, code: string): _error is BrokerError {
  return code.startsWith('STOMP_BROKER_');
}

function invalidBody({ code, issues }: InvalidBodyError): RestResponse {
  const errors = issues.map(({ path, message }) => ({ pointer: pointerOf(path), detail: message }));
  const detail = `The body has ${issues.length === 1 ? 'one fault' : `${issues.length} faults`}: see errors.`;
  return problem('invalid-body', { detail, members: { code, errors } });
}

/** A JSON Pointer (RFC 6901) as a fragment, as the example of RFC 9457 has it. */
function pointerOf(path: string): string {
  return path === '' ? '#' : `#/${path.split('.').map(pointerPart).join('/')}`;
}

function pointerPart(key: string): string {
  // A key of JSON may hold half of a surrogate pair, which no URI can.
  const text = key.replaceAll(/\p{Cs}/gu, '\uFFFD');
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function outcomeUnknown(code: string, context: ProblemContext): RestResponse {
  return problem('outcome-unknown', {
    detail: `The broker did not confirm in time: it may have the message. ${adviceOf(context)}`,
    members: { code, isRetrySafe: context.idempotencyKey !== undefined && context.isDeduplicated },
    headers: retryAfter(context),
  });
}

function adviceOf({ idempotencyKey, isDeduplicated }: ProblemContext): string {
  if (idempotencyKey === undefined) {
    return 'Repeat the request only if a second message does no harm.';
  }
  return isDeduplicated
    ? 'Repeat the request with the same Idempotency-Key: the broker drops a second message.'
    : 'The same Idempotency-Key may be used again. The message may then arrive twice, with the key ' +
        'in its header idempotency-key.';
}

function refused(error: BrokerError, context: ProblemContext): RestResponse {
  const { brokerCode = '' } = error;
  const members = { code: error.code, ...(brokerCode === '' ? {} : { brokerCode }) };
  if (isPermission(error, brokerCode)) {
    const detail = 'The broker does not let this application send there.';
    return problem('not-allowed', { detail, members });
  }
  if (brokerCode === 'STOMP_PROTO_QUEUE_FULL' || brokerCode.startsWith('STOMP_STORE_')) {
    return unavailable('queue-full', brokerCode, context);
  }
  if (/^STOMP_FRAME_.*TOO_(?:LARGE|LONG)$/.test(brokerCode)) {
    return problem('body-too-large', {
      detail: 'The broker takes no message of this size.',
      members,
    });
  }
  const detail = 'The message was not sent. The log of this application has what the broker said.';
  return problem('broker-refused', { detail, members });
}

/** A refused login is this side's fault, not the caller's. ActiveMQ and RabbitMQ send no code. */
function isPermission({ code, message }: BrokerError, brokerCode: string): boolean {
  if (code === 'STOMP_BROKER_LOGIN') return false;
  if (brokerCode !== '') return brokerCode === 'STOMP_PROTO_NOT_ALLOWED';
  return /not authori[sz]ed|access.refused|permission/i.test(message);
}

function unavailable(
  name: 'broker-unavailable' | 'queue-full',
  code: string,
  context: ProblemContext,
): RestResponse {
  const detail = 'Nothing was sent. The same request may be made again.';
  return problem(name, { detail, members: { code }, headers: retryAfter(context) });
}

function retryAfter({ retryAfterS }: ProblemContext): Readonly<Record<string, string>> {
  return { 'retry-after': String(retryAfterS) };
}

function remoteCode(error: unknown): { remoteCode?: string } {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'remoteCode') : undefined;
  return typeof code === 'string' ? { remoteCode: code } : {};
}
