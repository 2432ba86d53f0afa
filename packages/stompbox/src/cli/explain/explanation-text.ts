/** An explanation in plain sentences. */
import type {
  DestinationExplanation,
  Explanation,
  Handling,
  SubscriptionExplanation,
  Try,
  Waits,
} from './explain-listener.js';
import { counted, spokenMs } from './spoken.js';

/** @returns lines; those of one part are indented below its title. */
export function explanationText({ listener, handling, destinations }: Explanation): string[] {
  return [
    `Listener ${listener}`,
    ...indented(handlingText(handling)),
    ...destinations.flatMap((one) => destinationText(one, handling)),
  ];
}

function handlingText(handling: Handling): string[] {
  const { concurrency, prefetch, timeoutMs, slowAfterMs, batch, rateLimit, circuit } = handling;
  const { min, max } = concurrency;
  const atATime = min === max ? counted(max, 'message') : `up to ${max} messages`;
  return [
    `It handles ${atATime} at a time for each destination; the broker sends up to ${prefetch} ahead.`,
    'Messages of one group (JMSXGroupID) are never handled at the same time.',
    ...(batch === null
      ? []
      : [`It gets up to ${batch.size} at once, and no later than ${spokenMs(batch.timeoutMs)}.`]),
    ...(rateLimit === null
      ? []
      : [
          `At most ${counted(rateLimit.max, 'message')} begin within ${spokenMs(rateLimit.perMs)}.`,
        ]),
    ...(handling.needsCorrelationId
      ? ['A message without a correlation id goes to its dead letter queue.']
      : []),
    ...(handling.hasSchema ? ['The schema of the destination checks each body first.'] : []),
    ...(handling.hasIdempotency ? ['A message that was handled before is only acknowledged.'] : []),
    timeoutMs === null
      ? `The handler has no time limit; one that takes more than ${spokenMs(slowAfterMs)} is logged.`
      : `The handler has ${spokenMs(timeoutMs)}; then its signal aborts and the try has failed.`,
    circuit === null ? 'It never pauses.' : circuitText(circuit),
  ];
}

const ACKS: Readonly<Record<Handling['ack'], string>> = {
  onSuccess: 'It is acknowledged when its handler has finished.',
  first: 'It is acknowledged before its handler is called: a crash loses it.',
  manual: 'It is acknowledged by the handler: context.ack().',
};

function circuitText(circuit: Readonly<Record<string, number>>): string {
  const {
    consecutiveFailures,
    failureRate = 0,
    windowMs = 0,
    minAttempts,
    probeEveryMs = 0,
  } = circuit;
  return (
    `It pauses after ${consecutiveFailures} failures in a row, or when ${failureRate * 100} % of at least ` +
    `${minAttempts} tries within ${spokenMs(windowMs)} failed; then one message is tried every ` +
    `${spokenMs(probeEveryMs)} until one succeeds.`
  );
}

function destinationText(one: DestinationExplanation, handling: Handling): string[] {
  const { queue, headers } = one.deadLetter;
  const then = one.isAcked ? ' and is acknowledged when the broker has it' : '';
  return [
    '',
    `A message of ${one.destination}`,
    ...indented([
      ...one.subscriptions.flatMap(subscriptionText),
      one.isAcked
        ? ACKS[handling.ack]
        : 'The broker takes it for settled when it has sent it: a crash loses it.',
      ...one.tries.map(tryText),
      ...bypassText(handling),
      `When the last try fails it goes to ${queue}${then}.`,
      `That dead letter never expires and says why: ${headers.join(', ')}.`,
    ]),
  ];
}

function subscriptionText(subscription: SubscriptionExplanation): string[] {
  const { title } = subscription;
  if ('refused' in subscription) return [`${title}: refused. ${subscription.refused}.`];
  const { subscribesTo, ack, headers, retryQueue, waits } = subscription;
  const words = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
  const also = retryQueue === null ? '' : `, and ${retryQueue}`;
  return [
    `${title}: subscribed to ${subscribesTo}${also} with ${[`ack:${ack}`, ...words].join(', ')}.`,
    ...waitsText(title, waits),
  ];
}

function waitsText(title: string, { by, holdQueues }: Waits): string[] {
  const queues = holdQueues.join(', ');
  switch (by) {
    case 'schedule':
      return [`${title}: for a later try it waits in the broker's schedule.`];
    case 'asked':
      return [
        `${title}: for a later try it waits in the broker's schedule if that is on, else in ${queues}.`,
      ];
    case 'hold':
      return [`${title}: for a later try it waits in ${queues}.`];
    default:
      return [];
  }
}

function tryText({ attempt, after, waitMs, betweenMs: [shortest, longest] }: Try): string {
  if (after === 'delivery') return `Try ${attempt}: when it arrives.`;
  if (after === 'process') {
    return `Try ${attempt}: ${waitMs === 0 ? 'at once' : `${spokenMs(waitMs)} later`}, in this process.`;
  }
  const range =
    shortest === longest ? '' : ` (${spokenMs(shortest)} to ${spokenMs(longest)}, by the jitter)`;
  return `Try ${attempt}: ${spokenMs(waitMs)} later${range}, in any process; the broker keeps it.`;
}

function bypassText({ unrecoverable, hasSchema, hasRetryIf, timeoutMs }: Handling): string[] {
  const kinds = [
    'UnrecoverableError',
    ...unrecoverable,
    'a body that cannot be read',
    ...(hasSchema ? ['a body that the schema refuses'] : []),
    ...(hasRetryIf ? ['what retryIf says no to'] : []),
  ];
  return [
    `Not tried again: ${kinds.join(', ')}.`,
    ...(timeoutMs === null
      ? []
      : ['A try that ran out of time is not tried again at once, only later.']),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
