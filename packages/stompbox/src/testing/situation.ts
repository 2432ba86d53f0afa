/**
 * What a test has seen so far and what waits, as text for a person whose test has just failed: messages
 * per destination, failures, messages that nobody takes, and whether the clock would have to move.
 */
import type { Broker } from '@stompbox/broker';
import { formatDestination } from '@stompbox/protocol';
import type { MessagingEvent } from '../messaging-event.js';
import type { MessagingSnapshot } from '../messaging-snapshot.js';
import { canonical } from './history.js';
import type { TestClock } from './test-clock.js';

export interface QueueFacts {
  readonly destination: string;
  readonly size: number;
  readonly inflight: number;
  readonly consumers: number;
}

export interface SituationFacts {
  readonly events: readonly MessagingEvent[];
  readonly snapshot: MessagingSnapshot;
  /** Queues of the application that hold messages. */
  readonly queues: readonly QueueFacts[];
  readonly clock: TestClock;
  /** Warnings and errors of the service's log. */
  readonly log: readonly string[];
}

/** How each kind of event is counted. */
const COUNTED = {
  sent: 'sent',
  received: 'received',
  consumed: 'consumed',
  retried: 'retried',
  'dead-lettered': 'dead-lettered',
  duplicate: 'known already',
} as const;

/** Failures and log lines that are shown, the newest. */
const MOST_SHOWN = 10;

export function describeSituation(facts: SituationFacts): string {
  return [
    ...section('Seen so far', seen(facts.events)),
    ...section('Failures', failures(facts.events)),
    ...section('Waits', waits(facts)),
    ...section('Log', facts.log.slice(-MOST_SHOWN)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...(lines.length === 0 ? ['nothing'] : lines).map((line) => `  ${line}`)];
}

function seen(events: readonly MessagingEvent[]): string[] {
  const counts = new Map<string, Map<string, number>>();
  for (const event of events) {
    const what = countedAs(event);
    if (what === undefined) continue;
    const name = canonical('subscribedTo' in event ? event.subscribedTo : nameOf(event));
    const ofName = counts.get(name) ?? new Map<string, number>();
    counts.set(name, ofName.set(what, (ofName.get(what) ?? 0) + 1));
  }
  return [...counts].map(([name, ofName]) => `${name}: ${inOrder(ofName).join(', ')}`);
}

/** In the order of COUNTED, because it is chance whether a receipt or the delivery is seen first. */
function inOrder(counts: ReadonlyMap<string, number>): string[] {
  return Object.values(COUNTED)
    .filter((what) => counts.has(what))
    .map((what) => `${counts.get(what)} ${what}`);
}

function countedAs(event: MessagingEvent): string | undefined {
  return event.type in COUNTED ? COUNTED[event.type as keyof typeof COUNTED] : undefined;
}

function nameOf(event: MessagingEvent): string {
  return 'destination' in event ? event.destination : '?';
}

function failures(events: readonly MessagingEvent[]): string[] {
  return events.flatMap((event) => failureOf(event) ?? []).slice(-MOST_SHOWN);
}

function failureOf(event: MessagingEvent): string | undefined {
  switch (event.type) {
    case 'attempt-failed': {
      const { listener, message, attempt, error, next } = event;
      const which = `attempt ${attempt} on ${message.messageId} from ${event.subscribedTo}`;
      return `${listener}: ${which}: ${textOf(error)} (${next} follows)`;
    }
    case 'send-failed':
      return `SEND to ${event.destination}: ${textOf(event.error)}`;
    case 'settle-failed':
      return `${event.listener}: ${event.message.messageId} not settled: ${textOf(event.error)}`;
    case 'listener-ended':
      return event.error === undefined
        ? undefined
        : `${event.listener} no longer listens to ${event.subscribedTo}: ${textOf(event.error)}`;
    default:
      return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function waits({ snapshot, queues, clock }: SituationFacts): string[] {
  const lines = snapshot.listeners
    .filter((one) => one.handlingCount + one.waitingCount + one.settlingCount > 0)
    .map(
      ({ listener, subscribedTo, handlingCount, waitingCount, settlingCount }) =>
        `${listener} on ${subscribedTo}: ${handlingCount} in handlers, ${waitingCount} waiting ` +
        `for one, ${settlingCount} not confirmed yet`,
    );
  for (const { destination, size, inflight, consumers } of queues) {
    const who = consumers === 0 ? 'no consumer' : `${consumers} consumers, ${inflight} unsettled`;
    lines.push(`${destination}: ${size} messages, ${who}`);
  }
  if (snapshot.sendingCount > 0) lines.push(`${snapshot.sendingCount} sends without a receipt`);
  const { state } = snapshot.connection;
  if (state !== 'connected') lines.push(`the connection: ${state}`);
  const nextMs = clock.nextTimerInMs;
  if (nextMs !== undefined) {
    lines.push(
      `the clock stands still; the next timer is due in ${nextMs} ms: await t.advance(${Math.ceil(nextMs)})`,
    );
  }
  return lines;
}

/**
 * Queues that are not empty, of the broker's statistics.
 *
 * @param nameAt the name that the application knows; undefined: it is none of its own
 */
export function queueFacts(
  destinations: ReturnType<Broker['statistics']>['destinations'],
  nameAt: (name: string) => string | undefined,
): QueueFacts[] {
  const facts: QueueFacts[] = [];
  for (const { destination, counters } of destinations) {
    const { size, inflight, consumers } = counters;
    if (destination.kind !== 'queue' || size === 0) continue;
    const name = nameAt(formatDestination(destination));
    if (name !== undefined) facts.push({ destination: name, size, inflight, consumers });
  }
  return facts;
}
