/** What the options of a listener promise, with every message accounted for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchError, HandlerTimeoutError, type ListenerContext } from 'stompbox';
import { gate, Inbox } from '../support/events.js';
import { type Plan, planned } from './planned-handler.js';
import { NAME_HEADER } from './reports.js';
import { type OpenScene, type Size, scenarios, whyNot } from './scenarios.js';

const COUNTS = { small: 30, full: 300 } as const;
const QUICK = { immediateMs: [1], delayedMs: [50], jitter: 0 } as const;

/** All attempts fail at once here, which is what a circuit is there for. */
const SLOW = { concurrency: 50, timeoutMs: 100, retry: QUICK, circuit: false } as const;

export function listenerScenarios(size: Size): void {
  scenarios('listeners', (open) => {
    concurrencyTests(open, COUNTS[size]);
    ackTests(open, COUNTS[size]);
    timeTests(open, COUNTS[size]);
    batchTests(open);
    topicTests(open);
    replyTests(open);
  });
}

function concurrencyTests(open: OpenScene, count: number): void {
  test('a range of concurrency is used to its end and never passed', async (t) => {
    const scene = open(t);
    const allBusy = gate();
    let busy = 0;
    let most = 0;
    const handler = async () => {
      busy += 1;
      most = Math.max(most, busy);
      if (busy === 4) allBusy.open();
      await allBusy.promise;
      busy -= 1;
    };
    await scene.service().consume(handler, { queue: scene.queue, concurrency: '2-4' });
    await scene.sendAll(Array.from({ length: count }, () => ({})));
    await scene.ledger.untilQuiet();
    assert.equal(most, 4);
    const { handled, duplicates } = await scene.account();
    assert.deepEqual([handled, duplicates], [count, 0]);
  });

  test('a busy listener keeps no more than its prefetch from the others', async (t) => {
    const scene = open(t);
    const [begun, finish] = [gate(), gate()];
    const slow = new Inbox<string>();
    const handler = async (_body: unknown, context: ListenerContext) => {
      slow.add(String(context.headers.get(NAME_HEADER)));
      begun.open();
      await finish.promise;
    };
    await scene.service().consume(handler, { queue: scene.queue, prefetch: 1 });
    await scene.send({});
    await begun.promise;
    await scene.service().consume(planned, { queue: scene.queue, concurrency: 8 });
    await scene.sendAll(Array.from({ length: count }, () => ({})));
    await scene.ledger.untilEnded(count, 'handled');
    assert.equal(slow.items.length, 1);
    finish.open();
    await scene.ledger.untilQuiet();
    assert.equal((await scene.account()).duplicates, 0);
  });

  test('a listener with a selector takes what matches and leaves the rest', {
    skip: whyNot.selector,
  }, async (t) => {
    const scene = open(t);
    await scene.service().consume(planned, { queue: scene.queue, selector: "region = 'EU'" });
    await scene.sendAll([{}, {}, {}], { headers: { region: 'US' } });
    await scene.sendAll([{}, {}], { headers: { region: 'EU' } });
    await scene.ledger.untilEnded(2, 'handled');
    const { handled, left } = await scene.account();
    assert.deepEqual([handled, left], [2, 3]);
  });
}

function ackTests(open: OpenScene, count: number): void {
  test('with ack onSuccess a message whose listener went away before comes again', async (t) => {
    const scene = open(t);
    const begun = gate();
    const hangs = async () => {
      begun.open();
      await new Promise(() => undefined);
    };
    const first = scene.service();
    await first.consume(hangs, { queue: scene.queue });
    await scene.send({});
    await begun.promise;
    await scene.cut(first);
    await scene.service().consume(planned, { queue: scene.queue });
    await scene.ledger.untilEnded(1, 'handled');
    assert.equal((await scene.account()).handled, 1);
  });

  test('with ack first a message is gone before its handler ends', async (t) => {
    const scene = open(t);
    const begun = gate();
    const hangs = async () => {
      begun.open();
      await new Promise(() => undefined);
    };
    const first = scene.service();
    await first.consume(hangs, { queue: scene.queue, ack: 'first' });
    const name = await scene.send({});
    await begun.promise;
    await scene.cut(first);
    // At most once is what was asked for: the crash has lost it.
    await assert.rejects(scene.account(), /nothing is lost/);
    assert.deepEqual(scene.ledger.totals().lost, [name]);
  });

  test('with ack first a failing handler is tried again all the same', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    await scene.service().consume(planned, { queue: scene.queue, ack: 'first', retry: QUICK });
    await scene.sendAll([{ fails: 1 }, { fails: 2 }, { fails: 'always' }]);
    await scene.ledger.untilEnded(3);
    const { handled, dead } = await scene.account();
    assert.deepEqual([handled, dead], [2, 1]);
  });

  test('with ack manual the handler decides what becomes of each message', async (t) => {
    const scene = open(t);
    const reader = await scene.deadLetters();
    const handler = async (body: { readonly do: string }, context: ListenerContext) => {
      if (body.do === 'dead') await context.deadLetter(new Error('not for us'));
      else if (body.do === 'later' && context.attempt === 1) {
        await context.retryLater({ delayMs: 30, reason: 'not yet' });
      } else await context.ack();
    };
    const options = { queue: scene.queue, ack: 'manual', concurrency: 4, retry: QUICK } as const;
    await scene.service().consume(handler, options);
    const send = (what: string) => scene.send(JSON.stringify({ do: what }), AS_JSON);
    const dead = await send('dead');
    const later = await send('later');
    for (let index = 0; index < count; index += 1) await send('ack');
    await scene.ledger.untilEnded(1, 'dead');
    await scene.ledger.untilEnded(count + 2);
    await scene.ledger.untilQuiet();
    const [letter] = reader.of(dead);
    assert.equal(letter?.headers.get('x-failure-message'), 'not for us');
    assert.ok(scene.ledger.has(later, 'handled'));
    await scene.account();
  });
}

function timeTests(open: OpenScene, count: number): void {
  test('a rate limit spreads the handlers over time', async (t) => {
    const scene = open(t);
    const times: number[] = [];
    const handler = () => {
      times.push(performance.now());
    };
    const rateLimit = { max: 5, perMs: 100 };
    await scene.service().consume(handler, { queue: scene.queue, concurrency: 10, rateLimit });
    const startedAt = performance.now();
    await scene.sendAll(Array.from({ length: 23 }, () => ({})));
    await scene.ledger.untilQuiet();
    // From the start on, because a process that is held up calls two handlers nearer to each other.
    for (const [index, time] of times.entries()) {
      const leastMs = Math.floor(index / rateLimit.max) * rateLimit.perMs;
      // Timers of Node may be a millisecond early.
      assert.ok(time - startedAt >= leastMs - 2, `${index} begins after ${time - startedAt} ms`);
    }
    assert.equal((await scene.account()).handled, 23);
  });

  test('a handler that is too slow is told so and tried again later', async (t) => {
    const scene = open(t);
    const reasons = new Inbox<unknown>();
    const handler = async (_body: unknown, { attempt, signal }: ListenerContext) => {
      if (attempt > 1) return;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          reasons.add(signal.reason);
          resolve();
        });
      });
    };
    const options = { queue: scene.queue, ...SLOW };
    await scene.service().consume(handler, options);
    const some = Math.ceil(count / 3);
    await scene.sendAll(Array.from({ length: some }, () => ({})));
    await scene.ledger.untilEnded(some, 'handled');
    await scene.ledger.untilQuiet();
    assert.ok(reasons.items.every((reason) => reason instanceof HandlerTimeoutError));
    assert.equal(reasons.items.length, some);
    assert.equal((await scene.account()).duplicates, 0);
  });
}

function batchTests(open: OpenScene): void {
  test('a batch is full or its time is over, and only what failed of it comes again', async (t) => {
    const scene = open(t);
    const sizes: number[] = [];
    const handler = (bodies: readonly Plan[], context: ListenerContext) => {
      sizes.push(bodies.length);
      const failures = new Map<number, unknown>();
      for (const [index, { fails = 0 }] of bodies.entries()) {
        const attempt = context.batch[index]?.attempt ?? 0;
        if (fails === 'always' || attempt <= fails) failures.set(index, new Error('planned'));
      }
      if (failures.size > 0) throw new BatchError(failures);
    };
    await scene.deadLetters();
    const batch = { size: 5, timeoutMs: 50 };
    await scene.service().consume(handler, { queue: scene.queue, batch, retry: QUICK });
    const plans: Plan[] = Array.from({ length: 20 }, () => ({}));
    await scene.sendAll([...plans, { fails: 1 }, { fails: 2 }, { fails: 'always' }]);
    await scene.ledger.untilEnded(23);
    await scene.ledger.untilQuiet();
    assert.equal(Math.max(...sizes), 5);
    const { handled, dead, duplicates } = await scene.account();
    assert.deepEqual([handled, dead, duplicates], [22, 1, 0]);
  });
}

function topicTests(open: OpenScene): void {
  test('a durable listener gets what was published while it was away', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const topic = `/topic/${scene.queueName}`;
    const connect = { clientId: scene.queueName };
    const options = { topic, durable: 'bills', retry: QUICK, circuit: false } as const;
    const first = scene.service({ connect });
    await first.consume(planned, options);
    const published = { persistent: true };
    await scene.send({}, published, topic);
    await scene.ledger.untilEnded(1, 'handled');
    await scene.ledger.untilQuiet();
    await first.close();
    for (let index = 0; index < 10; index += 1) await scene.send({ fails: 1 }, published, topic);
    const second = scene.service({ connect });
    await second.consume(planned, options);
    await scene.send({ fails: 'always' }, published, topic);
    await scene.ledger.untilEnded(11, 'handled');
    await scene.ledger.untilEnded(1, 'dead');
    await scene.ledger.untilQuiet();
    assert.equal((await scene.account([])).duplicates, 0);
  });

  test('members of a group share a topic, and each group gets all of it, after a failure too', async (t) => {
    const scene = open(t);
    const topic = `/topic/VirtualTopic.${scene.queueName}`;
    const got = { a: new Inbox<string>(), b: new Inbox<string>() };
    const consume = (group: 'a' | 'b') => {
      const handler = (_plan: unknown, context: ListenerContext) => {
        if (context.headers.get('fails') === 'once' && context.attempt === 1) throw new Error('1');
        got[group].add(String(context.headers.get(NAME_HEADER)));
      };
      const retry = { immediateMs: [], delayedMs: [100] };
      return scene.service().consume(handler, { topic, group, retry });
    };
    await Promise.all([consume('a'), consume('a'), consume('b')]);
    const names: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const headers = { fails: index % 5 === 0 ? 'once' : 'never' };
      names.push(await scene.send({}, { persistent: true, headers }, topic));
    }
    for (const inbox of [got.a, got.b]) {
      assert.deepEqual([...(await inbox.until(20))].sort(), [...names].sort());
    }
  });
}

function replyTests(open: OpenScene): void {
  test('what a handler returns answers a request, also after a failed attempt', async (t) => {
    const scene = open(t);
    await scene.service().consume(planned, { queue: scene.queue, retry: QUICK });
    const asking = scene.service();
    const ask = (plan: Plan) =>
      asking.request<{ attempt: number }>(scene.queue, plan, { timeoutMs: 20_000 });
    const replies = await Promise.all([ask({}), ask({ fails: 1 }), ask({ fails: 2 })]);
    assert.deepEqual(
      replies.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    await assert.rejects(ask({ fails: 'always' }), { code: 'STOMP_REQUEST_FAILED' });
  });
}

const AS_JSON = { headers: { 'content-type': 'application/json' } } as const;
