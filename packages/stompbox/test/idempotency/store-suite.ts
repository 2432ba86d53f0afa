/** What every idempotency store promises, whatever it remembers in. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { IdempotencyStore } from 'stompbox/idempotency';

export interface StoreStage {
  /** Stores of so many processes, over the same memory. */
  stores(count: number): readonly IdempotencyStore[];
  /** Lets the time pass; without it the suite waits for what time brings. */
  readonly pass?: (ms: number) => void;
  /** How long keys that are done are remembered. */
  readonly ttlMs: number;
}

const LONG_MS = 60_000;

export interface SuiteOptions {
  /** False: each store has a memory of its own, so there is nothing to prove about several. */
  readonly isShared?: boolean;
}

export function storeSuite(
  name: string,
  makeStage: (context: TestContext) => Promise<StoreStage>,
  { isShared = true }: SuiteOptions = {},
): void {
  const setUp = async (t: TestContext, count = 1) => {
    const { stores, pass, ttlMs } = await makeStage(t);
    const [first, second] = stores(count);
    assert.ok(first);
    const claimMs = pass === undefined ? 50 : LONG_MS;
    /** Resolves when `begin` answers so, after the time has passed. */
    const answers = async (
      store: IdempotencyStore,
      key: string,
      wanted: string,
      afterMs: number,
    ) => {
      pass?.(afterMs);
      for (;;) {
        const answer = await store.begin(key, LONG_MS);
        if (answer === wanted) return;
        assert.equal(pass, undefined, `${answer} after ${afterMs} ms`);
      }
    };
    return { first, second: second ?? first, claimMs, answers, ttlMs };
  };

  describe(name, () => {
    test('a key is new, then busy, then done', async (t) => {
      const { first } = await setUp(t);
      assert.equal(await first.begin('m1', LONG_MS), 'new');
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
      await first.finish('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'done');
      assert.equal(await first.begin('m2', LONG_MS), 'new');
    });

    test('a key whose handler failed is new', async (t) => {
      const { first } = await setUp(t);
      await first.begin('m1', LONG_MS);
      await first.forget('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'new');
    });

    test('of many consumers at once exactly one gets a new key', async (t) => {
      const { stores } = await makeStage(t);
      const all = stores(isShared ? 4 : 1).flatMap((store) => [store, store, store]);
      for (const key of ['m1', 'm2', 'm3', 'm4']) {
        const answers = await Promise.all(all.map((store) => store.begin(key, LONG_MS)));
        assert.equal(answers.filter((answer) => answer === 'new').length, 1);
        assert.equal(answers.filter((answer) => answer === 'busy').length, all.length - 1);
      }
    });

    test('a claim ends by itself, and the next one is as good', async (t) => {
      const { first, claimMs, answers } = await setUp(t);
      assert.equal(await first.begin('m1', claimMs), 'new');
      await answers(first, 'm1', 'new', claimMs);
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
    });

    test('a handler that outlives its claim leaves the next handler its own', async (t) => {
      const { first, claimMs, answers } = await setUp(t);
      await first.begin('m1', claimMs);
      await answers(first, 'm1', 'new', claimMs);
      await first.forget('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
      await first.forget('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'new');
    });

    test('a handler that ends after its claim has still finished', async (t) => {
      const { first, claimMs, answers } = await setUp(t);
      await first.begin('m1', claimMs);
      // Another key shows that the time has passed.
      await first.begin('m2', claimMs);
      await answers(first, 'm2', 'new', claimMs);
      await first.finish('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'done');
    });

    test('a key is forgotten after its time', async (t) => {
      const { first, answers, ttlMs } = await setUp(t);
      await first.begin('m1', LONG_MS);
      await first.finish('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'done');
      await answers(first, 'm1', 'new', ttlMs);
    });

    test('keys may be long, and of any letters', async (t) => {
      const { first } = await setUp(t);
      for (const key of ['a\'b"c', 'ü—漢', 'x'.repeat(2_000), '%s $1 ? :now']) {
        assert.equal(await first.begin(key, LONG_MS), 'new');
        await first.finish(key);
        assert.equal(await first.begin(key, LONG_MS), 'done');
      }
    });

    test('an empty key is refused', async (t) => {
      const { first } = await setUp(t);
      await assert.rejects(first.begin('', LONG_MS), { code: 'STOMP_OPT_INVALID' });
    });

    if (!isShared) return;

    test('who has lost a claim cannot end that of another', async (t) => {
      const { first, second, claimMs, answers } = await setUp(t, 2);
      assert.notEqual(first, second);
      await first.begin('m1', claimMs);
      await answers(second, 'm1', 'new', claimMs);
      await first.forget('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
      await first.finish('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
      await second.finish('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'done');
    });

    test('what this store has not begun it does not end', async (t) => {
      const { first, second } = await setUp(t, 2);
      await second.begin('m1', LONG_MS);
      await first.finish('m1');
      await first.forget('m1');
      assert.equal(await first.begin('m1', LONG_MS), 'busy');
    });
  });
}
