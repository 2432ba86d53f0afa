/**
 * What is measured: what applications use, and what they would write by hand without it.
 *
 * The service confirms each ACK; `isAckConfirmed` says whether the peers do so, too, or ask for one
 * receipt after the last ACK, which is less work and promises less. Its listeners have ten messages in
 * advance where nothing else is said, as many as they handle at a time; so have the peers.
 */
export const CONCURRENCY = 10;

export const scenarios = [
  { name: 'send, 100 outstanding', kind: 'send', count: 60_000, window: 100 },
  {
    ...{ name: 'consume, peers do not confirm ACKs', kind: 'consume', count: 40_000 },
    ...{ prefetch: CONCURRENCY, isAckConfirmed: false },
  },
  {
    ...{ name: 'consume, each ACK confirmed', kind: 'consume', count: 40_000 },
    ...{ prefetch: CONCURRENCY, isAckConfirmed: true },
  },
  {
    ...{ name: 'consume, prefetch 1,000, each ACK confirmed', kind: 'consume', count: 40_000 },
    ...{ prefetch: 1000, isAckConfirmed: true },
  },
];

/** Share of the count that each process goes through before it is measured. */
const WARM_UP_SHARE = 0.4;

/** The two parts of a run: what worker and broker call their queues, and how many messages go there. */
export function partsOf({ count }, run) {
  return [
    { destination: `/queue/service-${run}-warm`, count: Math.round(count * WARM_UP_SHARE) },
    { destination: `/queue/service-${run}-real`, count },
  ];
}
