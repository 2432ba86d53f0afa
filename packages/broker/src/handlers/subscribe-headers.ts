/** What the headers of a SUBSCRIBE ask for: STOMP's own, ActiveMQ's, and other brokers' names for the same. */
import { type FrameHeaders, ProtocolError } from '@stompbox/protocol';
import { detached } from '../detached.js';
import { parseSelector } from '../selector/selector.js';
import type { AckMode, SubscriptionOptions } from '../subscription.js';
import { missingHeader } from './missing-header.js';

/** The options of a subscription that headers decide. */
export interface SubscribeHeaders
  extends Pick<
    SubscriptionOptions,
    | 'ackMode'
    | 'windowBytes'
    | 'selector'
    | 'priority'
    | 'isExclusive'
    | 'isBrowser'
    | 'noLocal'
    | 'isRetroactive'
    | 'maxPendingMessages'
    | 'durableName'
    | 'transformation'
  > {
  /** Nothing if the headers name none: the destination's policy decides then. */
  readonly prefetch: number | undefined;
}

/** Names that clients use for the same thing; the first one present decides. */
const PREFETCH_HEADERS = ['activemq.prefetchSize', 'prefetch-count'];

const ACTIVEMQ_DURABLE = 'activemq.subscriptionName';
const ARTEMIS_DURABLE = ['durable-subscription-name', 'durable-subscriber-name'];

/** How a durable subscription is named, on SUBSCRIBE and on UNSUBSCRIBE. */
export interface DurableName {
  readonly name: string;
  /** Whose header says so: the brokers differ in what UNSUBSCRIBE does with it. */
  readonly style: 'activemq' | 'artemis' | 'rabbitmq';
}

/**
 * @param areTopics a queue keeps its messages anyway; RabbitMQ's headers mean the same there
 * @throws ProtocolError `STOMP_PROTO_BAD_HEADER`, `STOMP_PROTO_BAD_SELECTOR`, `STOMP_PROTO_MISSING_HEADER`
 */
export function readSubscribeHeaders(headers: FrameHeaders, areTopics: boolean): SubscribeHeaders {
  const durable = durableNameOf(headers);
  const isDurable = durable !== undefined && (areTopics || durable.style !== 'rabbitmq');
  const selector = headers.get('selector');
  const transformation = headers.get('transformation');
  return {
    ackMode: ackModeOf(headers),
    prefetch: wholeOf(headers, PREFETCH_HEADERS, { least: 0, most: 999_999_999 }),
    windowBytes: windowOf(headers),
    selector: selector === undefined ? undefined : parseSelector(selector),
    priority: wholeOf(headers, ['activemq.priority'], { least: -128, most: 127 }) ?? 0,
    isExclusive: flagOf(headers, ['activemq.exclusive', 'exclusive']),
    isBrowser: flagOf(headers, ['browser', 'activemq.browser']),
    noLocal: flagOf(headers, ['activemq.noLocal', 'no-local']),
    isRetroactive: flagOf(headers, ['activemq.retroactive', 'retroactive']),
    maxPendingMessages: pendingLimitOf(headers),
    durableName: isDurable ? durable.name : undefined,
    transformation: transformation === undefined ? undefined : detached(transformation),
  };
}

/** @throws ProtocolError `STOMP_PROTO_BAD_HEADER`, `STOMP_PROTO_MISSING_HEADER` */
export function durableNameOf(headers: FrameHeaders): DurableName | undefined {
  const name = headers.get(ACTIVEMQ_DURABLE);
  if (name !== undefined) return { name: detached(name), style: 'activemq' };
  for (const header of ARTEMIS_DURABLE) {
    const value = headers.get(header);
    if (value !== undefined) return { name: detached(value), style: 'artemis' };
  }
  // On its own the older `persistent` means nothing: programs for ActiveMQ send it by mistake.
  const isLasting = headers.get('auto-delete')?.trim() === 'false';
  const isDurable = flagOf(headers, ['durable']) || (isLasting && flagOf(headers, ['persistent']));
  if (!isDurable) return undefined;
  const id = headers.get('id');
  // RabbitMQ names it by the id of the subscription.
  if (id === undefined) throw missingHeader('A durable subscription', 'id');
  return { name: detached(id), style: 'rabbitmq' };
}

function ackModeOf(headers: FrameHeaders): AckMode {
  const mode = headers.get('ack') ?? 'auto';
  if (mode === 'auto' || mode === 'client' || mode === 'client-individual') return mode;
  throw bad('ack', 'auto, client or client-individual', mode);
}

/** Artemis' word: messages follow while fewer bytes are unsettled; -1 stands for no limit. */
function windowOf(headers: FrameHeaders): number {
  const bytes = wholeOf(headers, ['consumer-window-size'], { least: -1, most: 2 ** 31 - 1 });
  return bytes === undefined || bytes === -1 ? Number.POSITIVE_INFINITY : bytes;
}

/** ActiveMQ: 0 stands for no limit of the client's own. */
function pendingLimitOf(headers: FrameHeaders): number | undefined {
  const limit = wholeOf(headers, ['activemq.maximumPendingMessageLimit'], {
    least: -1,
    most: 999_999_999,
  });
  return limit === undefined || limit <= 0 ? undefined : limit;
}

function wholeOf(
  headers: FrameHeaders,
  names: readonly string[],
  { least, most }: { least: number; most: number },
): number | undefined {
  for (const name of names) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const number = /^\s*-?\d{1,10}\s*$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw bad(name, `a whole number from ${least} to ${most}`, value);
  }
  return undefined;
}

function flagOf(headers: FrameHeaders, names: readonly string[]): boolean {
  for (const name of names) {
    const value = headers.get(name)?.trim();
    if (value === undefined) continue;
    if (value === 'true' || value === 'false') return value === 'true';
    throw bad(name, 'true or false', value);
  }
  return false;
}

function bad(name: string, expected: string, value: string): ProtocolError {
  return new ProtocolError(
    'STOMP_PROTO_BAD_HEADER',
    `The header ${name} must be ${expected}, not "${value.slice(0, 40)}"`,
  );
}
