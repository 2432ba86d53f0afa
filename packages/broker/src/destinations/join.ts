/** Brings a subscription together with all queues and topics that its destination names. */
import { strict as assert } from 'node:assert';
import { ProtocolError } from '@stompbox/protocol';
import { parsePattern } from '../destination-pattern.js';
import { Queue } from '../queue/queue.js';
import { QueueBrowser } from '../queue/queue-browser.js';
import type { MayRead, Queues } from '../queue/queues.js';
import type { CommitLoop } from '../store/commit-loop.js';
import type { Subscription } from '../subscription.js';
import { Topic } from '../topic/topic.js';
import type { Topics } from '../topic/topics.js';
import type { Named } from './parse-list.js';
import type { TemporaryDestinations } from './temporary-destinations.js';
import { namesMany } from './virtual-topics.js';

export interface JoinRequest {
  readonly elements: readonly Named[];
  readonly connectionId: string;
  /** For the queues that a pattern matches; what is named itself was checked before. */
  readonly mayRead: MayRead;
}

export interface JoinContext {
  readonly queues: Queues;
  readonly topics: Topics;
  readonly temporaries: TemporaryDestinations;
  readonly commits: CommitLoop;
}

/** @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION`, before anything is made or joined */
export function joinDestinations(
  subscription: Subscription,
  request: JoinRequest,
  context: JoinContext,
): void {
  const { elements, connectionId } = request;
  const { isBrowser, isRetroactive } = subscription.options;
  for (const element of elements) {
    refuseStranger(element, connectionId, context.temporaries);
    if (isBrowser) refuseTopic(element);
  }
  const isNamed = (element: Named) => queuePatternOf(element) === undefined;
  const sources = new Set(
    elements.filter(isNamed).map((element) => sourceOf(element, connectionId, context)),
  );
  const patterns = elements.map(queuePatternOf).filter((pattern) => pattern !== undefined);
  if (isBrowser) {
    browse(subscription, [...sources, ...matching(patterns, request, context)], context);
    return;
  }
  for (const source of sources) {
    subscription.addSource(source);
    source.join(subscription);
  }
  for (const pattern of patterns) {
    context.queues.joinPattern(pattern, subscription, request.mayRead);
  }
  if (isRetroactive) context.topics.replay(subscription, new Set([...sources].filter(isTopic)));
}

/** The pattern of queues that an element is, if it is one. */
function queuePatternOf(named: Named): string | undefined {
  if (named.scope !== 'broker' || named.destination.kind !== 'queue') return undefined;
  const { name } = named.destination;
  return namesMany(named.destination) ? name : undefined;
}

function sourceOf(named: Named, connectionId: string, context: JoinContext): Queue | Topic {
  const { queues, topics, temporaries } = context;
  if (named.scope === 'own') return temporaries.own(connectionId, named.kind, named.alias).source;
  if (named.scope === 'remote') {
    const found = temporaries.find(named.kind, named.name);
    assert(found, 'refused before');
    return found.source;
  }
  const { destination } = named;
  const { kind, name } = destination;
  return kind === 'queue' ? queues.queue(name) : topics.topic(destination);
}

/** Its owner may use this name too; nobody else may take what is meant for the owner. */
function refuseStranger(
  named: Named,
  connectionId: string,
  temporaries: TemporaryDestinations,
): void {
  if (named.scope !== 'remote') return;
  const { kind, name } = named;
  if (temporaries.find(kind, name)?.ownerId === connectionId) return;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_DESTINATION',
    `/remote-${kind}/${name} belongs to another connection: only its owner may subscribe, others may send to it`,
  );
}

function refuseTopic(named: Named): void {
  const { kind } = named.scope === 'broker' ? named.destination : named;
  if (kind === 'queue' || kind === 'temp-queue') return;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_DESTINATION',
    'A topic cannot be browsed, it keeps no messages: browse a queue, or leave out the header browser',
  );
}

/** The queues that patterns match now, and that may be read. */
function matching(
  patterns: readonly string[],
  { mayRead }: JoinRequest,
  { queues }: JoinContext,
): Queue[] {
  const parsed = patterns.map(parsePattern);
  return [...queues].filter(
    (queue) => parsed.some((pattern) => pattern.matches(queue.name)) && mayRead(queue),
  );
}

function browse(
  subscription: Subscription,
  sources: ReadonlyArray<Queue | Topic>,
  { commits }: JoinContext,
): void {
  for (const queue of new Set(sources)) {
    if (queue instanceof Queue) subscription.addSource(new QueueBrowser(queue, commits));
  }
}

function isTopic(source: Queue | Topic): source is Topic {
  return source instanceof Topic;
}
