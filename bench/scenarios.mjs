/**
 * What is measured, with the goals. `rate` is messages per second (consumed, or produced where
 * nobody consumes), `latency` the 99th percentile of send-to-receive in ms.
 *
 * Goals are ratios to an ActiveMQ that is measured in the same run on the same machine.
 */

const queue = (name, key, args, more = {}) => scenario(name, `/queue/bench-${key}-`, args, more);

function scenario(name, destination, args, { measure = 'consume', goal } = {}) {
  const options = Object.entries(args).flatMap(([option, value]) => [`--${option}`, `${value}`]);
  return { name, destination, measure, goal, options };
}

export const scenarios = [
  queue('q-1x1-nonpersistent', 'a', { n: 50_000, size: 256, window: 1000 }, { goal: 5 }),
  queue(
    'q-1x1-persistent-w500',
    'b',
    { n: 50_000, size: 256, persistent: true, window: 500 },
    { goal: 12 },
  ),
  queue(
    'q-1x1-persistent-sync',
    'c',
    { n: 3000, size: 256, persistent: true, window: 1 },
    { goal: 1 },
  ),
  queue('q-4x4-persistent-ind', 'd', {
    n: 15_000,
    size: 256,
    producers: 4,
    consumers: 4,
    persistent: true,
    window: 250,
    ack: 'client-individual',
  }),
  queue('q-1x1-16KiB-persist', 'e', { n: 10_000, size: 16_384, persistent: true, window: 100 }),
  scenario(
    't-1x10-fanout',
    '/topic/bench-f-',
    { n: 10_000, size: 256, consumers: 10, window: 500 },
    { goal: 4 },
  ),
  queue(
    'q-latency-2k',
    'g',
    { n: 10_000, size: 256, rate: 2000, persistent: true, window: 1000 },
    { measure: 'latency' },
  ),
  // The next two share a queue: what the first one leaves there the second one takes.
  queue(
    'q-backlog-in',
    'h',
    { n: 100_000, size: 256, persistent: true, window: 500, phase: 'produce' },
    { measure: 'produce' },
  ),
  queue('q-backlog-out', 'h', {
    n: 100_000,
    size: 256,
    ack: 'client',
    ackevery: 100,
    phase: 'consume',
  }),
];

/** Runs once before warm brokers are measured, so that every just-in-time compiler has warmed up. */
export const warmUp = queue('warm-up', 'w', {
  n: 20_000,
  size: 256,
  persistent: true,
  window: 500,
});
