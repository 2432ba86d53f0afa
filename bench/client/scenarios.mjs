/**
 * What is measured, with the goals: ratios to the faster one of the peers, in the same run.
 *
 * A text of 256 bytes is read as text, a body of 64 KiB as bytes. `count` is for the raw socket, where
 * the client is the bottleneck; a broker gets `brokerCount`.
 */
const KIB = 1024;

export const scenarios = [
  {
    ...{ name: 'receive 256 B', kind: 'receive', ack: 'auto', size: 256, goal: 5 },
    ...{ count: 300_000, brokerCount: 50_000 },
  },
  {
    ...{ name: 'receive 256 B, each acknowledged', kind: 'receive', ack: 'client-individual' },
    ...{ size: 256, goal: 5, count: 150_000, brokerCount: 40_000 },
  },
  {
    ...{ name: 'receive 64 KiB', kind: 'receive', ack: 'auto', size: 64 * KIB, goal: 2 },
    ...{ count: 6_000, brokerCount: 800 },
  },
  {
    ...{ name: 'send 256 B, no receipts', kind: 'send', window: 0, size: 256, goal: 3 },
    ...{ count: 300_000, brokerCount: 50_000 },
  },
  {
    ...{ name: 'send 256 B, 1,000 receipts awaited', kind: 'send', window: 1000, size: 256 },
    ...{ goal: 3, count: 300_000, brokerCount: 50_000 },
  },
  {
    ...{ name: 'send 64 KiB, 32 receipts awaited', kind: 'send', window: 32, size: 64 * KIB },
    ...{ goal: 2, count: 30_000, brokerCount: 800 },
  },
  { name: 'heap of an idle connection', kind: 'idle', count: 1000, brokerCount: 900 },
  { name: 'heap of a pending receipt', kind: 'pending', size: 256, count: 100_000 },
];

/** Share of the count that each client goes through before it is measured. */
export const WARM_UP_SHARE = 0.4;

/** Messages measured per second or bytes of heap: what a result of the worker says. */
export function isHeap(scenario) {
  return scenario.kind === 'idle' || scenario.kind === 'pending';
}
