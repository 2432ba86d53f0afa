/** Programs that consume and produce on one connection never wait for each other for ever. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import { type EchoOptions, EchoService } from './echo-service.js';
import { KIB, memoryOf, settled, TURN_MS } from './flow-scene.js';

const anyKind = fc.record({
  destination: fc.constantFrom('queue', 'topic'),
  ack: fc.constantFrom<EchoOptions['ack'][]>('auto', 'client', 'client-individual'),
  isTransacted: fc.boolean(),
});

const anyPair = fc.record({
  ping: anyKind,
  pong: anyKind,
  // A message and its answer must fit into one transaction.
  limit: fc.integer({ min: 8 * KIB, max: 64 * KIB }),
  bodyBytes: fc.integer({ min: 1, max: 3 * KIB }),
  chains: fc.integer({ min: 1, max: 60 }),
  hops: fc.integer({ min: 1, max: 20 }),
});

/** More than what is on its way between a service and the broker, so each waits for the other to read. */
const anyLargePair = anyPair.chain((pair) =>
  fc.record({
    ...{ ping: fc.constant(pair.ping), pong: fc.constant(pair.pong), hops: fc.constantFrom(2, 4) },
    limit: fc.integer({ min: 256 * KIB, max: 1024 * KIB }),
    bodyBytes: fc.integer({ min: 32 * KIB, max: 100 * KIB }),
    chains: fc.integer({ min: 40, max: 100 }),
  }),
);

type Pair = typeof anyPair extends fc.Arbitrary<infer Value> ? Value : never;

function servicesOf({ broker }: BrokerScene, { ping, pong, bodyBytes }: Pair): EchoService[] {
  const to = `/${ping.destination}/ping`;
  const back = `/${pong.destination}/pong`;
  return [
    new EchoService(broker, { ...ping, from: to, to: back, bodyBytes }),
    new EchoService(broker, { ...pong, from: back, to, bodyBytes }),
  ];
}

/** Lets time pass only when nothing else happens any more. */
async function answersAll(
  scene: BrokerScene,
  services: readonly EchoService[],
  total: number,
): Promise<void> {
  const count = () => services.reduce((sum, { answered }) => sum + answered, 0);
  let [before, idleTurns] = [0, 0];
  while (count() < total) {
    await settled(5);
    idleTurns = count() === before ? idleTurns + 1 : 0;
    before = count();
    assert(idleTurns < 50, `${before} of ${total} answered, then nothing more`);
    if (idleTurns > 1) scene.clock.advance(TURN_MS);
  }
  assert.equal(count(), total);
}

describe('two services that answer each other', () => {
  for (const [size, anySize, numRuns] of [
    ['small', anyPair, 200],
    ['large', anyLargePair, 20],
  ] as const) {
    test(`never stop, however little memory there is, and leave nothing in it: ${size}`, async (t) => {
      let slowedOnce = 0;
      const run = async (pair: Pair) => {
        const scene = await brokerScene(t, { memoryLimits: { maxBytes: pair.limit } });
        const services = servicesOf(scene, pair);
        await settled();
        for (let chain = 0; chain < pair.chains; chain++) services[chain % 2]?.begin(pair.hops);
        await answersAll(scene, services, pair.chains * pair.hops);
        await settled();
        assert.equal(memoryOf(scene).usedBytes, 0);
        if (scene.eventsOf('memory-limit-reached').length > 0) slowedOnce += 1;
        await scene.close();
      };
      await fc.assert(fc.asyncProperty(anySize, run), { numRuns });
      assert(slowedOnce >= numRuns / 10, `memory was full in ${slowedOnce} runs`);
    });
  }

  test('need no turns as long as they have messages to acknowledge', async (t) => {
    const kind = { ack: 'client-individual', isTransacted: false } as const;
    const scene = await brokerScene(t, { memoryLimits: { maxBytes: 16 * KIB } });
    const services = servicesOf(scene, {
      ping: { ...kind, destination: 'queue' },
      pong: { ...kind, destination: 'queue' },
      ...{ limit: 0, bodyBytes: 3 * KIB, chains: 0, hops: 0 },
    });
    await settled();
    for (let chain = 0; chain < 40; chain++) services[0]?.begin(20);
    const answered = () => services.reduce((sum, service) => sum + service.answered, 0);
    for (let rounds = 0; rounds < 500 && answered() < 800; rounds++) await settled();
    assert.equal(answered(), 800);
  });
});
