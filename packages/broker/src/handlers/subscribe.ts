import { type Destination, type Frame, ProtocolError, parseDestination } from '@stompbox/protocol';
import { type Named, parseDestinations } from '../destinations/parse-list.js';
import { remoteName } from '../destinations/temporary-destinations.js';
import { namesMany } from '../destinations/virtual-topics.js';
import { detached } from '../detached.js';
import type { Session } from '../session.js';
import { tellConsumers } from '../session-consumers.js';
import { Subscription, type SubscriptionOptions } from '../subscription.js';
import { Topic } from '../topic/topic.js';
import type { AfterReceipt } from './index.js';
import { missingHeader } from './missing-header.js';
import { readSubscribeHeaders, type SubscribeHeaders } from './subscribe-headers.js';

/** ActiveMQ's defaults. */
const QUEUE_PREFETCH = 1000;
const TOPIC_PREFETCH = 32_767;
const DURABLE_PREFETCH = 100;

export function handleSubscribe(session: Session, { headers }: Frame): AfterReceipt {
  const { connection, subscriptions } = session;
  const text = headers.get('destination');
  if (text === undefined) throw missingHeader('SUBSCRIBE', 'destination');
  const id = headers.get('id');
  // STOMP 1.1, "SUBSCRIBE": "an id header MUST be included in the frame".
  if (id === undefined && connection.version !== '1.0') throw missingHeader('SUBSCRIBE', 'id');
  if (id !== undefined && subscriptions.get(id)) {
    throw new ProtocolError(
      'STOMP_PROTO_DUPLICATE_SUBSCRIPTION',
      `A subscription with the id "${id}" exists on this connection: unsubscribe it, or choose another id`,
    );
  }
  const destination = detached(text);
  const elements = parseDestinations(destination);
  const destinations = elements.map((named) => destinationOf(named, connection.id));
  const asked = readSubscribeHeaders(headers, destinations.every(isTopic));
  // As in ActiveMQ: a client that names no subscription could not tell which browse has ended.
  if (asked.isBrowser && connection.version === '1.0') {
    throw new ProtocolError(
      'STOMP_PROTO_UNSUPPORTED',
      'STOMP 1.0 cannot browse a queue: connect with accept-version:1.1 or 1.2',
    );
  }
  requireRead(session, destinations, asked);
  const options: SubscriptionOptions = {
    ...asked,
    id: id === undefined ? undefined : detached(id),
    destination,
    destinations,
    prefetch: asked.prefetch ?? defaultPrefetch(session, destinations, asked),
    serial: subscriptions.nextSerial(),
    mayRead: mayReadOf(session, destinations),
  };
  const subscription = new Subscription(options, connection);
  join(session, subscription, elements);
  replayAdvisories(session, subscription);
  subscriptions.add(subscription);
  tellConsumers('consumer-added', subscription, session);
  // A client that asked for a receipt gets it before the first message, as from ActiveMQ.
  return () => subscription.activate();
}

function join(session: Session, subscription: Subscription, elements: readonly Named[]): void {
  const { context, connection, principal } = session;
  const { durableName, isBrowser } = subscription.options;
  if (durableName !== undefined) {
    if (isBrowser) {
      throw new ProtocolError(
        'STOMP_PROTO_BAD_DESTINATION',
        'A durable subscription cannot be browsed: leave out the header browser, or browse a queue',
      );
    }
    session.wrote(context.router.resume(subscription, clientIdOf(session), principal));
    return;
  }
  const verb = isBrowser ? 'browse' : 'read';
  const written = context.router.join(subscription, {
    elements,
    connectionId: connection.id,
    mayRead: ({ destination }) => principal?.may(verb, destination) ?? false,
  });
  session.wrote(written);
}

/** Whoever subscribes to advisories first gets what is there now, as from ActiveMQ. */
function replayAdvisories({ context }: Session, subscription: Subscription): void {
  for (const source of subscription.sources()) {
    if (!(source instanceof Topic)) continue;
    const { mayRead } = subscription.options;
    for (const advisory of context.advisories.replayFor(source.destination)) {
      if (mayRead?.(parseDestination(advisory.destination)) === false) continue;
      context.router.sendTo(subscription, source, advisory);
    }
  }
}

/** Without a client-id nobody could come back to a durable subscription. */
export function clientIdOf({ facts }: Session): string {
  const clientId = facts?.clientId;
  if (clientId !== undefined) return clientId;
  throw new ProtocolError(
    'STOMP_PROTO_MISSING_HEADER',
    'A durable subscription belongs to a client: send the header client-id with CONNECT',
  );
}

function requireRead(
  { principal, context }: Session,
  destinations: readonly Destination[],
  { isBrowser, durableName }: SubscribeHeaders,
): void {
  if (principal === undefined || principal.isAdmin) return;
  const verb = isBrowser ? 'browse' : 'read';
  for (const destination of destinations) {
    if (namesMany(destination)) {
      principal.requireAny(verb, destination);
      // While its client is away nobody knows what it may read.
      if (durableName !== undefined) principal.requireAll(verb, destination);
    } else {
      principal.require(verb, destination);
      if (!context.router.exists(destination)) principal.require('create', destination);
    }
  }
}

/** Nearly nobody needs to be asked for each message: the login decides once what a client may read. */
function mayReadOf(
  { principal }: Session,
  destinations: readonly Destination[],
): SubscriptionOptions['mayRead'] {
  if (principal === undefined) return () => false;
  const patterns = destinations.filter((one) => one.kind === 'topic' && namesMany(one));
  if (patterns.every((pattern) => principal.may('read', pattern))) return undefined;
  return (topic) => principal.may('read', topic);
}

function destinationOf(named: Named, connectionId: string): Destination {
  if (named.scope === 'broker') return named.destination;
  const { kind } = named;
  return { kind, name: named.scope === 'own' ? remoteName(connectionId, named.alias) : named.name };
}

function isTopic({ kind }: Destination): boolean {
  return kind === 'topic' || kind === 'temp-topic';
}

function defaultPrefetch(
  { context }: Session,
  [first]: readonly Destination[],
  { durableName, isBrowser }: SubscribeHeaders,
): number {
  // What it looks at it does not take, so there is nothing to settle.
  if (isBrowser) return Number.POSITIVE_INFINITY;
  const ofPolicy = first === undefined ? 0 : context.router.policyOf(first).prefetch;
  if (ofPolicy > 0) return ofPolicy;
  if (durableName !== undefined) return DURABLE_PREFETCH;
  return first && isTopic(first) ? TOPIC_PREFETCH : QUEUE_PREFETCH;
}
