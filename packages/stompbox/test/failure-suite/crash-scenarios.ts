/** Brokers, workers and connections that end in the middle of everything. Nothing may be lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ListenerContext } from 'stompbox';
import {
  type IdempotencyAnswer,
  type IdempotencyStore,
  memoryIdempotency,
} from 'stompbox/idempotency';
import { CuttingProxy, type PassedFrame, type Verdict } from './cutting-proxy.js';
import { type Plan, planned } from './planned-handler.js';
import { NAME_HEADER } from './reports.js';
import { type OpenScene, type Size, scenarios } from './scenarios.js';
import type { Scene } from './scene.js';
import type { Ending } from './suite-broker.js';

const SIZES = {
  small: { messages: 60, kills: 2, cuts: 6, frames: 2 },
  full: { messages: 400, kills: 6, cuts: 25, frames: 5 },
} as const;

const DELAYED_MS = [60, 120] as const;
const RETRY = { immediateMs: [5], delayedMs: DELAYED_MS, jitter: 0.2 } as const;
const ATTEMPTS = 4;
const OPTIONS = { circuit: false, concurrency: 8, retry: RETRY } as const;
const SEED = 20_261_123;

export function crashScenarios(size: Size): void {
  scenarios('crashes', (open) => {
    for (const how of ['in order', 'killed'] as const) brokerTest(open, SIZES[size], how);
    workerTest(open, SIZES[size]);
    relocationTests(open, SIZES[size]);
    cutTest(open, SIZES[size]);
    for (const isNamed of [true, false]) idempotencyTest(open, SIZES[size], isNamed);
    storeOutageTest(open);
  });
}

type Load = (typeof SIZES)[Size];

/** Half of them fail at least once, some for ever. */
function mixedPlans(count: number): Plan[] {
  return Array.from({ length: count }, (_, index): Plan => {
    const step = index % 10;
    if (step === 9) return { fails: 'always' };
    return step < 5 ? {} : { fails: step - 4 };
  });
}

function holdQueues(scene: Scene): string[] {
  return [...DELAYED_MS, 'other'].map((ms) => `/queue/HOLD.${scene.queueName}.${ms}`);
}

function brokerTest(open: OpenScene, { messages }: Load, how: Ending): void {
  test(`nothing is lost when the broker ends ${how} in the middle of retries`, async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const options = { queue: scene.queue, ...OPTIONS };
    for (let index = 0; index < 2; index += 1) await scene.service().consume(planned, options);
    const sending = scene.sendAll(mixedPlans(messages));
    await scene.ledger.untilEnded(Math.ceil(messages / 5));
    await scene.broker.down(how);
    await scene.broker.up();
    await sending;
    await scene.untilEnded(scene.ledger.totals().sent);
    const { handled, dead } = await scene.account([scene.queue, ...holdQueues(scene)]);
    assert.ok(handled > 0 && dead > 0);
  });
}

function workerTest(open: OpenScene, { messages, kills }: Load): void {
  test('nothing is lost when workers are killed while they handle', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const options = { ...OPTIONS, concurrency: 4 };
    let worker = await scene.worker(options);
    await scene.worker(options);
    const plans = mixedPlans(messages).map((plan) => ({ ...plan, worksMs: 2 }));
    const sending = scene.sendAll(plans);
    for (let kill = 1; kill <= kills; kill += 1) {
      await scene.ledger.untilEnded(Math.floor((messages * kill) / (kills + 2)));
      await scene.ledger.untilBegun(1);
      await worker.kill();
      worker = await scene.worker(options);
    }
    await sending;
    await scene.untilEnded(messages);
    const { handled, dead } = await scene.account([scene.queue, ...holdQueues(scene)]);
    assert.ok(handled > 0 && dead > 0);
  });
}

interface Move {
  readonly what: string;
  readonly plan: Plan;
  readonly delayBy: 'auto' | 'hold';
  /** The destination or header that shows a copy. */
  readonly sign: RegExp;
}

const MOVES: readonly Move[] = [
  {
    what: 'a dead letter',
    plan: { fails: 'always' },
    delayBy: 'auto',
    sign: /destination:.*DLQ\./,
  },
  { what: 'a retry', plan: { fails: 2 }, delayBy: 'auto', sign: /x-attempt:/ },
  { what: 'a held retry', plan: { fails: 2 }, delayBy: 'hold', sign: /destination:.*HOLD\./ },
];

/** @param frames of a client from the copy on: SEND, ACK, perhaps COMMIT, and what follows */
function relocationTests(open: OpenScene, { frames }: Load): void {
  for (const { what, plan, delayBy, sign } of MOVES) {
    test(`nothing is lost when a connection or process ends between the copy of ${what} and its ACK`, async (t) => {
      const scene = open(t);
      await scene.deadLetters();
      const options = { ...OPTIONS, concurrency: 1, retry: { ...RETRY, delayBy } };
      for (let frame = 0; frame < frames; frame += 1) {
        for (const verdict of ['cut-before', 'cut-after'] as const) {
          const proxy = await CuttingProxy.start(t, scene.broker.url);
          const isCut = cutAfterCopy(proxy, sign, frame, verdict);
          const worker = await scene.worker(options, proxy.url);
          await scene.send(plan);
          const { sent } = scene.ledger.totals();
          await Promise.race([isCut, scene.ledger.untilEnded(sent)]);
          // Every other time it is the process that ends.
          if (frame % 2 === 1) {
            await worker.kill();
            await scene.worker(options);
          }
          await scene.untilEnded(sent);
        }
      }
      const { sent } = await scene.account([scene.queue, ...holdQueues(scene)]);
      assert.equal(sent, 2 * frames);
    });
  }
}

/** Cuts once, at the frame with that number after the first copy; resolves then. */
function cutAfterCopy(
  proxy: CuttingProxy,
  sign: RegExp,
  frame: number,
  verdict: Verdict,
): Promise<void> {
  return new Promise((resolve) => {
    let left: number | undefined;
    proxy.rule = ({ from, command, head }: PassedFrame) => {
      if (from !== 'client' || command === '' || proxy.cuts > 0) return 'pass';
      if (left === undefined && command === 'SEND' && sign.test(head)) left = frame;
      if (left === undefined) return 'pass';
      if (left > 0) {
        left -= 1;
        return 'pass';
      }
      resolve();
      return verdict;
    };
  });
}

function cutTest(open: OpenScene, { messages, cuts }: Load): void {
  test('nothing is lost when connections are cut at any frame', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const proxy = await CuttingProxy.start(t, scene.broker.url);
    const gaps = fc.sample(fc.integer({ min: 10, max: 150 }), { seed: SEED, numRuns: cuts });
    const verdicts = fc.sample(fc.constantFrom<Verdict>('cut-before', 'cut-after'), {
      seed: SEED,
      numRuns: cuts,
    });
    let left = gaps[0] ?? 0;
    proxy.rule = ({ command }) => {
      if (command === '' || command === 'CONNECTED' || proxy.cuts >= cuts) return 'pass';
      left -= 1;
      if (left > 0) return 'pass';
      left = gaps[proxy.cuts + 1] ?? 0;
      return verdicts[proxy.cuts] ?? 'pass';
    };
    const options = { queue: scene.queue, ...OPTIONS };
    for (let index = 0; index < 2; index += 1) {
      await scene.service({ url: proxy.url }).consume(planned, options);
    }
    await scene.sendAll(mixedPlans(messages));
    await scene.untilEnded(messages);
    assert.ok(proxy.cuts >= Math.min(cuts, 3), `${proxy.cuts} cuts`);
    const { handled, dead } = await scene.account([scene.queue, ...holdQueues(scene)]);
    assert.ok(handled > 0 && dead > 0);
  });
}

/** The store of the package, which can be away. */
class UnsteadyStore implements IdempotencyStore {
  readonly #store = memoryIdempotency();
  isAway = false;

  begin(key: string, claimMs: number): Promise<IdempotencyAnswer> {
    return this.#there(() => this.#store.begin(key, claimMs));
  }

  finish(key: string): Promise<void> {
    return this.#there(() => this.#store.finish(key));
  }

  forget(key: string): Promise<void> {
    return this.#there(() => this.#store.forget(key));
  }

  async #there<T>(ask: () => Promise<T>): Promise<T> {
    if (this.isAway) throw new Error('the store is away');
    return await ask();
  }
}

function idempotencyTest(open: OpenScene, { messages, cuts }: Load, isNamed: boolean): void {
  const which = isNamed ? 'with a dedup-id' : 'without a dedup-id';
  test(`an idempotent listener handles each message ${which} once, however often it is delivered`, async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const proxy = await CuttingProxy.start(t, scene.broker.url);
    let acks = 0;
    // The handler has finished, and the broker never hears of it.
    proxy.rule = ({ from, command }) => {
      if (from !== 'client' || command !== 'ACK' || proxy.cuts >= cuts) return 'pass';
      acks += 1;
      return acks % 5 === 0 ? 'cut-before' : 'pass';
    };
    const successes = new Map<string, number>();
    let duplicates = 0;
    const handler = async (plan: Plan, context: ListenerContext) => {
      const result = await planned(plan, context);
      const name = String(context.headers.get(NAME_HEADER));
      successes.set(name, (successes.get(name) ?? 0) + 1);
      return result;
    };
    const idempotency = memoryIdempotency();
    const options = { queue: scene.queue, ...OPTIONS, idempotency };
    for (let index = 0; index < 2; index += 1) {
      const messaging = scene.service({ url: proxy.url });
      messaging.onEvent(({ type }) => {
        if (type === 'duplicate') duplicates += 1;
      });
      await messaging.consume(handler, { ...options, name: 'the same' });
    }
    const plans = mixedPlans(messages).filter(({ fails = 0 }) => Number(fails) < ATTEMPTS);
    await scene.sendAll(plans, isNamed ? {} : { dedupId: undefined });
    await scene.untilEnded(plans.length, 'handled');
    await scene.account([scene.queue, ...holdQueues(scene)]);
    assert.deepEqual(
      [...successes].filter(([, count]) => count > 1),
      [],
    );
    assert.equal(successes.size, plans.length);
    assert.ok(duplicates > 0, 'some were delivered again');
  });
}

function storeOutageTest(open: OpenScene): void {
  test('an idempotency store that is away for a while stops nothing for good', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const idempotency = new UnsteadyStore();
    const messaging = scene.service();
    let troubles = 0;
    let isBack: () => void = () => undefined;
    const outage = new Promise<void>((resolve) => {
      isBack = resolve;
    });
    messaging.onEvent(({ type }) => {
      if (type !== 'settle-failed' && type !== 'attempt-failed') return;
      troubles += 1;
      if (troubles === 2) isBack();
    });
    const options = { queue: scene.queue, ...OPTIONS, concurrency: 2, idempotency } as const;
    await messaging.consume(planned, options);
    idempotency.isAway = true;
    await scene.sendAll(Array.from({ length: 10 }, () => ({})));
    await outage;
    idempotency.isAway = false;
    await scene.ledger.untilEnded(10, 'handled', 15_000);
    await scene.account();
  });
}
