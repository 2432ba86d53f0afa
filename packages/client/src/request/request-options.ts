/** Options of requesters and requests, and the checks that fill in their defaults. */
import { OptionsError } from '@stompbox/protocol';
import { type Clock, systemClock } from '../clock.js';
import type { Connection } from '../connection.js';
import type { Message } from '../message.js';
import {
  checkChoice,
  checkFlag,
  checkFunction,
  checkKeys,
  checkObject,
  checkSignal,
  checkTimeout,
  checkWhole,
  invalidOption,
} from '../option-checks.js';
import type { BrokerProfile, ProfileName } from '../profile/broker-profile.js';
import { PROFILE_NAMES, profileOf } from '../profile/profiles.js';
import type { ReplyQueue } from '../profile/subscription-headers.js';
import type { SendOptions } from '../send-options.js';
import { unguessableId } from './unguessable-id.js';

/** What requests need of a connection. */
export type RequestConnection = Pick<
  Connection,
  'send' | 'subscribe' | 'onStatus' | 'state' | 'peer' | 'profile'
>;

/** What may be sent. */
export type RequestBody = Parameters<Connection['send']>[1];

/** What a requester tells about itself. */
export type RequesterStatus =
  /** A reply came that no request waits for; `isLate` when one did, not long ago. */
  | {
      readonly type: 'unclaimed-reply';
      readonly correlationId: string | undefined;
      readonly isLate: boolean;
      readonly message: Message;
    }
  /** The broker did not restore the reply queue; the next request makes another one. */
  | { readonly type: 'reply-queue-refused'; readonly error: Error };

export interface RequesterOptions {
  /** How long a request waits for its reply, all included, in ms. Default 15,000. */
  readonly timeoutMs?: number;
  /** Told of every event. Default: a warning of the process at the first unclaimed reply. */
  readonly onStatus?: (status: RequesterStatus) => void;
  /** Which broker it is. Default: what the connection knows. */
  readonly profile?: ProfileName;
  /** A reply queue instead of the one that the profile names. Nobody else may read from it. */
  readonly replyQueue?: ReplyQueue;
  /** Makes ids that nobody can guess. Default: 128 random bits. */
  readonly newId?: () => string;
  readonly clock?: Clock;
}

type SendPart = Pick<SendOptions, 'headers' | 'contentType' | 'contentLength' | 'persistent'>;

export interface RequestOptions extends SendPart {
  /** The whole wait for the reply, in ms. Default: that of the requester. */
  readonly timeoutMs?: number;
  /** Gives the request up; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * True: if the connection is lost before the reply came, send the request again after the
   * reconnect; it may then be handled twice. False: reject with STOMP_REQUEST_LOST. Default false.
   */
  readonly resend?: boolean;
}

export interface RequestManyOptions extends RequestOptions {
  /** Ends after so many replies. Default: no limit. */
  readonly maxReplies?: number;
  /** Ends when no further reply has come for so long after one, in ms. Default: no limit. */
  readonly idleTimeoutMs?: number;
  /** Says of each reply whether it is the last one. When it throws, so does the loop. */
  readonly isLast?: (message: Message) => boolean;
}

export interface ResolvedRequester {
  readonly timeoutMs: number;
  readonly onStatus: ((status: RequesterStatus) => void) | undefined;
  readonly replyQueue: ReplyQueue | undefined;
  readonly newId: () => string;
  readonly clock: Clock;
  /** Asked when it is needed: after a failover it may be another broker. */
  readonly profile: () => BrokerProfile;
}

export interface ResolvedRequest {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly mayRepeat: boolean;
  readonly send: SendPart;
}

export interface ResolvedRequestMany extends ResolvedRequest {
  readonly maxReplies: number;
  readonly idleTimeoutMs: number | undefined;
  readonly isLast: ((message: Message) => boolean) | undefined;
}

const REQUESTER_KEYS: ReadonlySet<string> = new Set([
  'timeoutMs',
  'onStatus',
  'profile',
  'replyQueue',
  'newId',
  'clock',
]);
const REQUEST_NAMES = [
  'timeoutMs',
  'signal',
  'resend',
  'headers',
  'contentType',
  'contentLength',
  'persistent',
];
const REQUEST_KEYS: ReadonlySet<string> = new Set(REQUEST_NAMES);
const REQUEST_MANY_KEYS: ReadonlySet<string> = new Set([
  ...REQUEST_NAMES,
  'maxReplies',
  'idleTimeoutMs',
  'isLast',
]);

const DEFAULT_TIMEOUT_MS = 15_000;

export function resolveRequester(
  raw: RequesterOptions,
  connection: RequestConnection,
): ResolvedRequester {
  checkKeys('requester', checkObject('options', raw), REQUESTER_KEYS);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, onStatus, newId = unguessableId } = raw;
  return {
    timeoutMs: checkTimeout('timeoutMs', timeoutMs),
    onStatus: onStatus === undefined ? undefined : checkFunction('onStatus', onStatus),
    replyQueue: raw.replyQueue,
    newId: checkFunction('newId', newId),
    clock: raw.clock ?? systemClock,
    profile: profileFinder(connection, raw.profile),
  };
}

/** Gives the profile that was asked for, or that of the broker at the other end now. */
export function profileFinder(
  connection: RequestConnection,
  name: ProfileName | undefined,
): () => BrokerProfile {
  if (name !== undefined) {
    const profile = profileOf(checkChoice('profile', name, PROFILE_NAMES));
    return () => profile;
  }
  return () => connection.profile;
}

export function resolveRequest(raw: RequestOptions, defaultTimeoutMs: number): ResolvedRequest {
  checkKeys('request', checkObject('options', raw), REQUEST_KEYS);
  return requestOf(raw, defaultTimeoutMs);
}

export function resolveRequestMany(
  raw: RequestManyOptions,
  defaultTimeoutMs: number,
): ResolvedRequestMany {
  checkKeys('request', checkObject('options', raw), REQUEST_MANY_KEYS);
  const { maxReplies, idleTimeoutMs, isLast } = raw;
  return {
    ...requestOf(raw, defaultTimeoutMs),
    maxReplies:
      maxReplies === undefined
        ? Number.POSITIVE_INFINITY
        : checkWhole('maxReplies', maxReplies, 1, Number.MAX_SAFE_INTEGER),
    idleTimeoutMs:
      idleTimeoutMs === undefined ? undefined : checkTimeout('idleTimeoutMs', idleTimeoutMs),
    isLast: isLast === undefined ? undefined : checkFunction('isLast', isLast),
  };
}

/** A stream is gone when it has been read. */
export function checkRepeatable(body: RequestBody, { mayRepeat }: ResolvedRequest): void {
  if (!mayRepeat || typeof body === 'string') return;
  if (!(Symbol.asyncIterator in body) && !('getReader' in body)) return;
  throw new OptionsError(
    'STOMP_OPT_BODY',
    'A stream cannot be sent a second time: leave resend out, or give a text, bytes or a Blob',
  );
}

function requestOf(raw: RequestOptions, defaultTimeoutMs: number): ResolvedRequest {
  const { timeoutMs = defaultTimeoutMs, signal, resend = false, headers, ...rest } = raw;
  for (const name of ['reply-to', 'correlation-id']) {
    if (headers?.[name] !== undefined) {
      throw invalidOption('headers', `without "${name}": the requester writes it`);
    }
  }
  const { contentType, contentLength, persistent } = rest;
  return {
    timeoutMs: checkTimeout('timeoutMs', timeoutMs),
    signal: signal === undefined ? undefined : checkSignal('signal', signal),
    mayRepeat: checkFlag('resend', resend),
    send: {
      ...(headers !== undefined && { headers }),
      ...(contentType !== undefined && { contentType }),
      ...(contentLength !== undefined && { contentLength }),
      ...(persistent !== undefined && { persistent }),
    },
  };
}
