/** Advisories of a broker that consists of what a test says, with everything they send kept. */
import type { Destination } from '@stompbox/protocol';
import { decodeUtf8, encodeHeaderLine, encodeUtf8, parseDestination } from '@stompbox/protocol';
import {
  Activities,
  type ConnectionFacts,
  type ConsumerFacts,
  type DestinationFacts,
  type ProducerFacts,
} from '../../dist/activity.js';
import { Advisories, type AdvisoryPort } from '../../dist/advisory/advisories.js';
import { parsePattern } from '../../dist/destination-pattern.js';
import { createMessage, type Message, TRAITS } from '../../dist/message.js';
import type { Outgoing } from '../../dist/sending/outgoing.js';

export class RecordingPort implements AdvisoryPort {
  readonly connections: ConnectionFacts[] = [];
  readonly destinations: DestinationFacts[] = [];
  readonly consumers: ConsumerFacts[] = [];
  readonly producers: ProducerFacts[] = [];
  readonly sent: Outgoing[] = [];
  /** How often it was asked who listens. */
  questions = 0;
  /** What sending leads to. */
  onSend: () => void = () => {};
  readonly #heard: string;

  /** @param heard name or pattern of the topics that have subscribers */
  constructor(heard: string) {
    this.#heard = heard;
  }

  hasListeners(destination: string): boolean {
    this.questions += 1;
    const { kind, name } = parseDestination(destination);
    return kind === 'topic' && parsePattern(this.#heard).matches(name);
  }

  send(outgoing: Outgoing): void {
    this.sent.push(outgoing);
    this.onSend();
  }

  snapshot(): RecordingPort {
    return this;
  }

  origin(): { brokerId: string; brokerName: string; url: string } {
    return { brokerId: 'ID:broker', brokerName: 'main', url: 'stomp://127.0.0.1:61613' };
  }
}

export interface Scene {
  readonly activities: Activities;
  readonly port: RecordingPort;
  readonly advisories: Advisories;
}

/** Advisories, with a subscriber of the topics that match. */
export function advisoryScene(heard = 'ActiveMQ.Advisory.>'): Scene {
  const activities = new Activities((error) => {
    throw error;
  });
  const port = new RecordingPort(heard);
  const advisories = new Advisories(activities, port);
  activities.emit({ type: 'consumer-added', ...consumer(topic(heard)), consumerCount: 1 });
  port.sent.length = 0;
  return { activities, port, advisories };
}

/** Easy to compare: destination, headers and body as text. */
export function shown({ destination, headers, body }: Outgoing): {
  destination: string;
  headers: Record<string, string>;
  body: string;
} {
  return { destination, headers: Object.fromEntries(headers), body: decodeUtf8(body) };
}

/** What every advisory says. */
export const ADVISORY_HEADERS = {
  type: 'Advisory',
  priority: '0',
  timestamp: '0',
  expires: '0',
  originBrokerId: 'ID:broker',
  originBrokerName: 'main',
  originBrokerURL: 'stomp://127.0.0.1:61613',
} as const;

export const COMMAND_HEADERS = {
  ...ADVISORY_HEADERS,
  transformation: 'jms-advisory-json',
} as const;

export function queue(name: string): Destination {
  return { kind: 'queue', name };
}

export function topic(name: string): Destination {
  return { kind: 'topic', name };
}

export function connection(changes: Partial<ConnectionFacts> = {}): ConnectionFacts {
  return {
    connectionId: 'ID:c:20',
    clientId: 'advc',
    login: 'system',
    peer: '127.0.0.1:5000',
    version: '1.2',
    connector: 'stomp://127.0.0.1:61613',
    ...changes,
  };
}

export function consumer(
  destination: Destination,
  changes: Partial<ConsumerFacts> = {},
): ConsumerFacts {
  return {
    connectionId: 'ID:c:24',
    consumerId: 1,
    clientId: undefined,
    destination,
    ackMode: 'auto',
    prefetch: 1000,
    selector: undefined,
    isBrowser: false,
    isExclusive: false,
    noLocal: false,
    priority: 0,
    durableName: undefined,
    ...changes,
  };
}

/** A message as it was stored; the broker's own headers among the given ones. */
export function storedMessage(headers: Record<string, string>, body = 'hello'): Message {
  const headerLines = Object.entries(headers)
    .map(([name, value]) => encodeHeaderLine(name, value, '1.2'))
    .join('');
  return createMessage({
    id: 'ID:m-1',
    traits: TRAITS.persistent,
    priority: 4,
    headerLines,
    body: encodeUtf8(body),
  });
}
