/**
 * What a service has told so far, kept in order, so that a test may await what has happened already. It
 * only looks for things; waiting is done by others.
 */
import type { Message } from '@stompbox/client';
import { encodeUtf8, FrameHeaders, formatDestination, parseDestination } from '@stompbox/protocol';
import { decodeBody } from '../message/decode-body.js';
import type { MessagingEvent } from '../messaging-event.js';

/** A message that the application has sent. */
export interface SentMessage<Body = unknown> {
  readonly destination: string;
  readonly body: Body;
  readonly correlationId: string | undefined;
}

/** A message that a listener is done with. */
export interface HandledMessage<Body = unknown> {
  /** What the listener is subscribed to. */
  readonly destination: string;
  readonly listener: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** What the handler got; of one that never got there, what was received. */
  readonly body: Body;
  readonly message: Message;
}

export interface RetriedMessage<Body = unknown> extends HandledMessage<Body> {
  readonly error: unknown;
  readonly delayMs: number;
}

export interface DeadLetteredMessage<Body = unknown> extends HandledMessage<Body> {
  readonly error: unknown;
  /** The dead letter queue. */
  readonly queue: string;
  readonly fingerprint: string;
}

/** The kinds of things that are waited for. */
export interface Happenings<Body> {
  sent: SentMessage<Body>;
  consumed: HandledMessage<Body>;
  retried: RetriedMessage<Body>;
  'dead-lettered': DeadLetteredMessage<Body>;
}

type Event<Type extends MessagingEvent['type']> = Extract<MessagingEvent, { type: Type }>;

interface Entry {
  readonly kind: MessagingEvent['type'];
  /** The destinations under which it is looked for. */
  readonly names: readonly string[];
  readonly happening: Happenings<unknown>[keyof Happenings<unknown>];
}

export class History {
  readonly events: MessagingEvent[] = [];
  readonly #entries: Entry[] = [];

  record(event: MessagingEvent): void {
    this.events.push(event);
    const happening = happeningOf(event);
    if (happening === undefined) return;
    this.#entries.push({ kind: event.type, names: namesOf(event), happening });
  }

  /** All of one kind, the oldest first. @param destination in STOMP's form */
  of<Kind extends keyof Happenings<unknown>>(
    kind: Kind,
    destination: string,
  ): ReadonlyArray<Happenings<unknown>[Kind]> {
    return this.#entries
      .filter((entry) => entry.kind === kind && entry.names.includes(destination))
      .map(({ happening }) => happening as Happenings<unknown>[Kind]);
  }
}

function namesOf(event: MessagingEvent): readonly string[] {
  switch (event.type) {
    case 'sent':
      return [canonical(event.destination)];
    case 'dead-lettered':
      return [...namesOfMessage(event), canonical(event.queue)];
    case 'consumed':
    case 'retried':
      return namesOfMessage(event);
    default:
      return [];
  }
}

/** A listener to several destinations, or to a pattern, is found under what a message was sent to, too. */
function namesOfMessage({
  subscribedTo,
  message,
}: Event<'consumed' | 'retried' | 'dead-lettered'>) {
  return [canonical(subscribedTo), canonical(message.destination)];
}

/** One name for each destination, or list of them: a bare name is a queue. */
export function canonical(destination: string): string {
  return destination
    .split(',')
    .map((one) => formatDestination(parseDestination(one)))
    .join(',');
}

function happeningOf(
  event: MessagingEvent,
): Happenings<unknown>[keyof Happenings<unknown>] | undefined {
  switch (event.type) {
    case 'sent': {
      const { destination, correlationId } = event;
      return { destination, body: sentBody(event), correlationId };
    }
    case 'consumed':
      return { ...handled(event), body: event.body };
    case 'retried':
      return { ...handled(event), error: event.error, delayMs: event.delayMs };
    case 'dead-lettered': {
      const { error, queue, fingerprint } = event;
      return { ...handled(event), error, queue, fingerprint };
    }
    default:
      return undefined;
  }
}

/** JSON that somebody has written already, as an outbox has, is as good as what it says. */
function sentBody({ body, contentType = '' }: Event<'sent'>): unknown {
  if (typeof body !== 'string' || !/\bjson\b/i.test(contentType)) return body;
  return decodeBody(FrameHeaders.from({ 'content-type': contentType }), encodeUtf8(body)).body;
}

function handled(event: Event<'consumed' | 'retried' | 'dead-lettered'>): HandledMessage {
  const { subscribedTo, listener, attempt, message } = event;
  const { body } = decodeBody(message.headers, message.body);
  return { destination: subscribedTo, listener, attempt, message, body };
}
