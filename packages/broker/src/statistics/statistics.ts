/**
 * The broker's numbers: for management and metrics as one typed snapshot, and for clients that ask as
 * ActiveMQ's statistics plugin lets them ask, by a message with `reply-to`.
 *
 * Invariants: the counts of a destination that was removed stay in the totals; a reset changes what
 * later replies about the broker say, and no count that management reads.
 */
import { type Destination, encodeUtf8, formatBody, type MapEntries } from '@stompbox/protocol';
import { parsePattern } from '../destination-pattern.js';
import type { Outgoing } from '../sending/outgoing.js';
import {
  addHistory,
  addPresent,
  type DestinationCounters,
  newDestinationCounters,
  restartExtremes,
  since,
} from './counters.js';
import { brokerEntries, destinationEntries, subscriptionEntries } from './reply-entries.js';
import { type HeaderReader, readRequest, type StatisticsRequest } from './request.js';
import type { BrokerFacts, DestinationStatistics, StatisticsSource } from './statistics-source.js';

export interface StatisticsSnapshot {
  readonly broker: BrokerFacts;
  /** Of all destinations since the start of the broker, also of those that are gone. */
  readonly totals: Readonly<DestinationCounters>;
  readonly destinations: ReadonlyArray<{
    readonly destination: Destination;
    readonly counters: Readonly<DestinationCounters>;
    readonly cached: { readonly messages: number; readonly bytes: number };
  }>;
}

export class Statistics {
  readonly #source: StatisticsSource;
  /** Counts of destinations that are gone. */
  readonly #retired = newDestinationCounters();
  /** The totals at the last reset. */
  #start: Readonly<DestinationCounters> = newDestinationCounters();

  constructor(source: StatisticsSource) {
    this.#source = source;
  }

  /** A destination goes: what it has counted stays in the totals. */
  retire(counters: Readonly<DestinationCounters>): void {
    addHistory(this.#retired, counters);
  }

  /** All numbers as they are now; nothing in it changes later. */
  snapshot(): StatisticsSnapshot {
    const destinations = [...this.#source.destinations()].map((one) => ({
      destination: one.destination,
      counters: { ...one.counters },
      cached: { ...one.cached },
    }));
    return { broker: this.#source.broker(), totals: this.#totalsOf(destinations), destinations };
  }

  /**
   * The replies to a SEND to a destination of which `isStatisticsRequest` is true; none when the name
   * in it matches nothing. A subscription to where they go may ask for another form. `undefined` when it has no `reply-to`: then it is a message like any other.
   *
   * @param headers of the SEND; `reply-to` as the router takes it
   */
  answer(destination: Destination, headers: HeaderReader): Outgoing[] | undefined {
    const replyTo = headers.get('reply-to');
    if (replyTo === undefined) return undefined;
    const correlationId = headers.get('correlation-id');
    const asked = headers.get('transformation');
    const isJson = asked === 'jms-map-json' || asked === 'jms-json';
    const transformation = isJson ? 'jms-map-json' : 'jms-map-xml';
    const head: Array<readonly [string, string]> = [
      ['type', 'Advisory'],
      ['transformation', transformation],
    ];
    if (correlationId !== undefined) head.push(['correlation-id', correlationId]);
    return this.#maps(readRequest(destination, headers)).map((entries) => ({
      destination: replyTo,
      headers: head,
      body: encodeUtf8(formatBody({ kind: 'map', entries }, transformation).body),
      isPersistent: false,
    }));
  }

  #maps(request: StatisticsRequest): MapEntries[] {
    const broker = this.#source.broker();
    switch (request.about) {
      case 'broker':
        return [this.#brokerMap(broker, request.reset)];
      case 'subscriptions':
        return [...this.#source.subscriptions()].map((one) => subscriptionEntries(broker, one));
      case 'destinations': {
        const maps = this.#matching(request.kind, request.name).map((one) =>
          destinationEntries(broker, one, request),
        );
        return request.endsWithNull ? [...maps, []] : maps;
      }
    }
  }

  /** ActiveMQ resets first and tells then. */
  #brokerMap(broker: BrokerFacts, reset: boolean): MapEntries {
    const destinations = [...this.#source.destinations()];
    if (reset) {
      for (const { counters } of destinations) restartExtremes(counters);
      restartExtremes(this.#retired);
      this.#start = this.#totalsOf(destinations);
    }
    let cachedMessages = 0;
    for (const { cached } of destinations) cachedMessages += cached.messages;
    return brokerEntries(broker, since(this.#start, this.#totalsOf(destinations)), cachedMessages);
  }

  #matching(kind: 'queue' | 'topic', name: string): DestinationStatistics[] {
    const pattern = parsePattern(name);
    return [...this.#source.destinations()].filter(
      ({ destination }) => destination.kind === kind && pattern.matches(destination.name),
    );
  }

  #totalsOf(
    destinations: Iterable<{ readonly counters: Readonly<DestinationCounters> }>,
  ): DestinationCounters {
    const totals = { ...this.#retired };
    for (const { counters } of destinations) {
      addHistory(totals, counters);
      addPresent(totals, counters);
    }
    return totals;
  }
}
