/** Brings a subscription together with all queues and topics that its destination names. */
import { formatDestination, ProtocolError } from '@stompbox/protocol';
import { isPattern, parsePattern } from '../destination-pattern.js';
import { Queue } from '../queue/queue.js';
import { QueueBrowser } from '../queue/queue-browser.js';
import type { MayRead, Queues } from '../queue/queues.js';
import type { CommitLoop } from '../store/commit-loop.js';
import type { Subscription } from '../subscription.js';
import type { Topic } from '../topic/topic.js';
import type { Topics } from '../topic/topics.js';
import type { Named } from './parse-list.js';
import type { TemporaryDestinations } from './temporary-destinations.js';
import { virtualTopicOf } from './virtual-topics.js';

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

/** @throws ProtocolError `STOMP_PROTO_BAD_DESTINATION`, before anything is joined */
export function joinDestinations(
  subscription: Subscription,
  request: JoinRequest,
  context: JoinContext,
): void {
  const { elements, connectionId, mayRead } = request;
  const patterns = elements.map(queuePatternOf).filter((pattern) => pattern !== undefined);
  const named = elements.filter((element) => queuePatternOf(element) === undefined);
  const sources = new Set(named.map((element) => sourceOf(element, connectionId, context)));
  if (subscription.options.isBrowser) {
    for (const text of patterns) {
      const pattern = parsePattern(text);
      for (const queue of context.queues) {
        if (pattern.matches(queue.name) && mayRead(queue)) sources.add(queue);
      }
    }
    browseAll(subscription, sources, context.commits);
    return;
  }
  for (const source of sources) {
    subscription.addSource(source);
    source.join(subscription);
  }
  for (const pattern of patterns) context.queues.joinPattern(pattern, subscription, mayRead);
}

/** The pattern of queues that an element is, if it is one. */
function queuePatternOf(named: Named): string | undefined {
  if (named.scope !== 'broker' || named.destination.kind !== 'queue') return undefined;
  const { name } = named.destination;
  // The queue of a consumer of virtual topics: the pattern in its name is of topics.
  if (virtualTopicOf(name) !== undefined && !isPattern(name.split('.', 2).join('.'))) {
    return undefined;
  }
  return isPattern(name) ? name : undefined;
}

function sourceOf(named: Named, connectionId: string, context: JoinContext): Queue | Topic {
  const { queues, topics, temporaries } = context;
  if (named.scope === 'remote') return remoteSource(named, connectionId, temporaries);
  if (named.scope === 'own') return temporaries.own(connectionId, named.kind, named.alias).source;
  const { destination } = named;
  const { kind, name } = destination;
  return kind === 'queue' ? queues.queue(name) : topics.topic(destination);
}

/** Its owner may use this name too; nobody else may take what is meant for the owner. */
function remoteSource(
  { kind, name }: Extract<Named, { scope: 'remote' }>,
  connectionId: string,
  temporaries: TemporaryDestinations,
): Queue | Topic {
  const found = temporaries.find(kind, name);
  if (found?.ownerId === connectionId) return found.source;
  throw new ProtocolError(
    'STOMP_PROTO_BAD_DESTINATION',
    `/remote-${kind}/${name} belongs to another connection: only its owner may subscribe, others may send to it`,
  );
}

function browseAll(
  subscription: Subscription,
  sources: ReadonlySet<Queue | Topic>,
  commits: CommitLoop,
): void {
  for (const source of sources) {
    if (source instanceof Queue) continue;
    throw new ProtocolError(
      'STOMP_PROTO_BAD_DESTINATION',
      `${formatDestination(source.destination)} cannot be browsed: a topic keeps no messages`,
    );
  }
  for (const queue of sources) {
    if (queue instanceof Queue) subscription.addSource(new QueueBrowser(queue, commits));
  }
}
