/**
 * The bodies of advisories about connections, consumers, producers and destinations: the commands that
 * ActiveMQ's brokers exchange, in the JSON that it writes for STOMP. Programs read them by name, some
 * by position, so members stand in ActiveMQ's order; what has no meaning here has ActiveMQ's default.
 *
 * Passwords are not known here: the member `password` is always empty, as it is there. Subscribers that
 * ask for XML get it on delivery.
 */
import {
  type Destination,
  type DestinationKind,
  encodeUtf8,
  formatBody,
  leafNode,
  type ObjectNode,
  parentNode,
} from '@stompbox/protocol';
import type {
  ConnectionFacts,
  ConsumerFacts,
  DestinationFacts,
  ProducerFacts,
} from '../activity.js';

/** The `transformation` header of these bodies. */
export const ADVISORY_JSON = 'jms-advisory-json';

/** The member `@class` is an attribute. What is `undefined` is left out, as ActiveMQ leaves out null. */
type Member = string | number | boolean | undefined | { readonly [name: string]: Member };

const CLASSES: Readonly<Record<DestinationKind, string>> = {
  queue: 'ActiveMQQueue',
  topic: 'ActiveMQTopic',
  'temp-queue': 'ActiveMQTempQueue',
  'temp-topic': 'ActiveMQTempTopic',
};

/** STOMP connections have one session, with this number. */
const SESSION_ID = -1;

/** "Not known": the broker does not number what it delivers. */
const LAST_DELIVERED_UNKNOWN = -2;

export function connectionInfo(connection: ConnectionFacts): Uint8Array {
  const { connectionId, clientId, peer, login } = connection;
  return encode('ConnectionInfo', {
    commandId: 0,
    responseRequired: true,
    connectionId: { value: connectionId },
    clientId: clientId ?? connectionId,
    clientIp: peer,
    userName: login,
    password: '',
    brokerMasterConnector: false,
    manageable: false,
    clientMaster: true,
    faultTolerant: false,
    failoverReconnect: false,
  });
}

export function connectionRemoval({ connectionId }: ConnectionFacts): Uint8Array {
  return encode('RemoveInfo', {
    commandId: 0,
    responseRequired: true,
    objectId: { '@class': 'ConnectionId', value: connectionId },
    lastDeliveredSequenceId: LAST_DELIVERED_UNKNOWN,
  });
}

export function consumerInfo(consumer: ConsumerFacts): Uint8Array {
  return encode('ConsumerInfo', {
    commandId: 0,
    responseRequired: false,
    consumerId: idOf(consumer.connectionId, consumer.consumerId),
    destination: destinationOf(consumer.destination),
    prefetchSize: consumer.prefetch,
    maximumPendingMessageLimit: 0,
    browser: consumer.isBrowser,
    dispatchAsync: true,
    selector: consumer.selector,
    subscriptionName: consumer.durableName,
    noLocal: consumer.noLocal,
    exclusive: consumer.isExclusive,
    retroactive: false,
    priority: consumer.priority,
    optimizedAcknowledge: false,
    noRangeAcks: false,
  });
}

export function consumerRemoval({ connectionId, consumerId }: ConsumerFacts): Uint8Array {
  return removal('ConsumerId', connectionId, consumerId);
}

export function producerInfo(producer: ProducerFacts): Uint8Array {
  return encode('ProducerInfo', {
    commandId: 0,
    responseRequired: false,
    producerId: idOf(producer.connectionId, producer.producerId),
    destination: destinationOf(producer.destination),
    dispatchAsync: false,
    windowSize: 0,
    sentCount: 0,
  });
}

export function producerRemoval({ connectionId, producerId }: ProducerFacts): Uint8Array {
  return removal('ProducerId', connectionId, producerId);
}

export function destinationInfo(
  { destination, connectionId }: DestinationFacts,
  operation: 'added' | 'removed',
): Uint8Array {
  return encode('DestinationInfo', {
    commandId: 0,
    responseRequired: false,
    connectionId: connectionId === undefined ? undefined : { value: connectionId },
    destination: destinationOf(destination),
    operationType: operation === 'added' ? 0 : 1,
    timeout: 0,
  });
}

/** How ActiveMQ writes the id of a consumer into a header. */
export function consumerIdText(connectionId: string, consumerId: number): string {
  return `${connectionId}:${SESSION_ID}:${consumerId}`;
}

function removal(idClass: string, connectionId: string, value: number): Uint8Array {
  return encode('RemoveInfo', {
    commandId: 0,
    responseRequired: false,
    objectId: { '@class': idClass, ...idOf(connectionId, value) },
    lastDeliveredSequenceId: LAST_DELIVERED_UNKNOWN,
  });
}

function idOf(connectionId: string, value: number): { readonly [name: string]: Member } {
  return { connectionId, sessionId: SESSION_ID, value };
}

/** The member `null` stands for the options of a destination, which STOMP clients cannot set. */
function destinationOf({ kind, name }: Destination): Member {
  return { '@class': CLASSES[kind], string: name, null: '' };
}

function encode(type: string, members: { readonly [name: string]: Member }): Uint8Array {
  const { body } = formatBody({ kind: 'object', root: nodeOf(type, members) }, ADVISORY_JSON);
  return encodeUtf8(body);
}

function nodeOf(name: string, member: Exclude<Member, undefined>): ObjectNode {
  if (typeof member !== 'object') return leafNode(name, String(member));
  const { '@class': className, ...members } = member;
  const children: ObjectNode[] = [];
  for (const [child, content] of Object.entries(members)) {
    if (content !== undefined) children.push(nodeOf(child, content));
  }
  return parentNode(name, children, className === undefined ? [] : [['class', String(className)]]);
}
