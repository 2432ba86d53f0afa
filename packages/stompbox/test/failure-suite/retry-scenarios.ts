/** What becomes of messages whose handlers fail, and of those that are wrong themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CircuitState,
  FAILURE_HEADERS as H,
  listener,
  queue,
  type RetryOptions,
} from 'stompbox';
import * as v from 'valibot';
import { Inbox } from '../support/events.js';
import { type Plan, planned } from './planned-handler.js';
import { type OpenScene, type Size, scenarios, whyNot } from './scenarios.js';

const COUNTS = { small: 40, full: 400 } as const;

/** Two retries at once, two later. */
const RETRY = { immediateMs: [0, 5], delayedMs: [50, 100], jitter: 0.2 } as const;
const ATTEMPTS = 1 + RETRY.immediateMs.length + RETRY.delayedMs.length;

/** A circuit that opens would only make this slower. */
const STEADY = { circuit: false, concurrency: 8 } as const;

export function retryScenarios(size: Size): void {
  scenarios('failing handlers', (open) => {
    const count = COUNTS[size];
    loadTest(open, count, 'auto', false);
    loadTest(open, count, 'hold', false);
    loadTest(open, count, 'schedule', whyNot.schedule);
    deadLetterTests(open);
    wrongBodyTests(open);
    circuitTest(open);
  });
}

function loadTest(
  open: OpenScene,
  count: number,
  delayBy: RetryOptions['delayBy'],
  skip: string | false,
): void {
  test(`each message ends where its failures lead it, delayed by ${delayBy}`, {
    skip,
  }, async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const options = { queue: scene.queue, ...STEADY, retry: { ...RETRY, delayBy } } as const;
    for (let index = 0; index < 2; index += 1) await scene.service().consume(planned, options);
    // 0 to 6 failures; with 5 attempts, those that fail 5 times or more are dead.
    const plans = Array.from({ length: count }, (_, index): Plan => ({ fails: index % 7 }));
    const dead = plans.filter(({ fails }) => Number(fails) >= ATTEMPTS).length;
    await scene.sendAll(plans);
    await scene.ledger.untilEnded(count);
    await scene.ledger.untilQuiet();
    const holds = [...RETRY.delayedMs, 'other'].map((ms) => `/queue/HOLD.${scene.queueName}.${ms}`);
    const queues = delayBy === 'hold' ? [scene.queue, ...holds] : [scene.queue];
    const totals = await scene.account(queues);
    assert.deepEqual(
      [totals.handled, totals.dead, totals.left, totals.duplicates],
      [count - dead, dead, 0, 0],
    );
  });
}

function deadLetterTests(open: OpenScene): void {
  test('a dead letter tells where it comes from and what happened to it', async (t) => {
    const scene = open(t);
    const reader = await scene.deadLetters();
    const options = { queue: scene.queue, name: 'biller', retry: RETRY } as const;
    await scene.service().consume(planned, options);
    const sentAtMs = Date.now();
    const name = await scene.send(
      { fails: 'always' },
      { correlationId: 'c-1', headers: { region: 'EU' }, priority: 7 },
    );
    await scene.ledger.untilEnded(1, 'dead');
    const [letter] = reader.of(name);
    assert.ok(letter);
    const header = (key: string) => letter.headers.get(key);
    assert.deepEqual(letter.json(), { fails: 'always' });
    assert.equal(header(H.originalDestination), scene.queue);
    assert.ok(header(H.originalMessageId));
    assert.deepEqual([header(H.attempt), header(H.maxAttempts)], ['5', '5']);
    const [first = '', last = ''] = [header(H.firstFailureAt), header(H.lastFailureAt)];
    assert.ok(sentAtMs <= Date.parse(first) && Date.parse(first) < Date.parse(last), first);
    assert.equal(header(H.failureClass), 'RangeError');
    assert.equal(header(H.failureMessage), 'attempt 5 fails as planned');
    assert.match(header(H.failureStack) ?? '', /planned-handler/);
    assert.match(header(H.failureFingerprint) ?? '', /^[0-9a-f]{8,}$/);
    assert.ok(header(H.failureHost));
    assert.equal(header(H.listener), 'biller');
    assert.deepEqual([header('correlation-id'), header('region')], ['c-1', 'EU']);
    assert.equal(header(H.retryAt), undefined);
    await scene.account();
  });

  test('an unrecoverable error is not tried again', async (t) => {
    const scene = open(t);
    const reader = await scene.deadLetters();
    await scene.service().consume(planned, { queue: scene.queue, retry: RETRY });
    const name = await scene.send({ isUnrecoverable: true });
    const next = await scene.send({});
    await scene.ledger.untilEnded(2);
    const [letter] = reader.of(name);
    assert.equal(letter?.headers.get(H.attempt), '1');
    assert.equal(letter?.headers.get(H.failureCode), 'STOMP_LISTEN_UNRECOVERABLE');
    assert.ok(scene.ledger.has(next, 'handled'));
    await scene.account();
  });

  test('a dead letter that may not be written stays in the queue', async (t) => {
    const scene = open(t);
    const deadLetter = 'locked.{queue}';
    const reader = await scene.deadLetters(`/queue/locked.${scene.queueName}`);
    const weak = scene.service({ connect: { login: 'weak', passcode: 'weak-weak' } });
    const options = { queue: scene.queue, retry: false, circuit: false, deadLetter } as const;
    await weak.consume(planned, options);
    const names = await scene.sendAll([{ fails: 'always' }, { fails: 'always' }]);
    await scene.log.until(/could not be (sent to|settled)/);
    assert.deepEqual(
      names.map((name) => reader.of(name).length),
      [0, 0],
    );
    await scene.cut(weak);
    await scene.service().consume(planned, options);
    await scene.ledger.untilEnded(2, 'dead');
    const { dead, handled } = await scene.account();
    assert.deepEqual([dead, handled], [2, 0]);
  });
}

function wrongBodyTests(open: OpenScene): void {
  test('bodies that cannot be read or do not fit are dead at once, and the listener goes on', async (t) => {
    const scene = open(t);
    const reader = await scene.deadLetters();
    const orders = queue(scene.queue, { schema: v.object({ id: v.number(), to: v.string() }) });
    const seen = new Inbox<unknown>();
    const handler = (body: unknown) => seen.add(body);
    await scene.service().consume(listener(orders, {}, handler));
    const json = { headers: { 'content-type': 'application/json' } };
    const unparsable = await scene.send('{oops', json);
    const invalid = await scene.send(JSON.stringify({ id: 'one' }), json);
    const right = await scene.send(JSON.stringify({ id: 1, to: 'you' }), json);
    await scene.ledger.untilEnded(3);
    assert.deepEqual(seen.items, [{ id: 1, to: 'you' }]);
    assert.ok(scene.ledger.has(right, 'handled'));
    const [bad] = reader.of(unparsable);
    assert.equal(bad?.headers.get(H.failureCode), 'STOMP_LISTEN_UNREADABLE');
    assert.equal(bad?.text(), '{oops');
    const [misfit] = reader.of(invalid);
    assert.equal(misfit?.headers.get(H.failureCode), 'STOMP_OPT_SCHEMA');
    const issues = misfit?.headers.get(H.failureMessage) ?? '';
    assert.match(issues, /id: .*number/i);
    assert.match(issues, /to: /);
    assert.equal(misfit?.headers.get(H.attempt), '1');
    await scene.account();
  });
}

function circuitTest(open: OpenScene): void {
  test('while all fails the circuit is open, and afterwards nothing is lost or dead', async (t) => {
    const scene = open(t);
    await scene.deadLetters();
    const states = new Inbox<CircuitState>();
    const messaging = scene.service();
    messaging.onEvent((event) => {
      if (event.type === 'circuit') states.add(event.state);
    });
    let isOutage = true;
    const handler = () => {
      if (isOutage) throw new Error('the database is away');
    };
    const circuit = { consecutiveFailures: 5, probeEveryMs: 30 };
    const retry = { immediateMs: [], delayedMs: Array.from({ length: 20 }, () => 20), jitter: 0 };
    await messaging.consume(handler, { queue: scene.queue, circuit, retry });
    await scene.sendAll(Array.from({ length: 20 }, () => ({})));
    // Opened, probed, opened again.
    await states.until(4);
    assert.deepEqual(states.items.slice(0, 4), ['open', 'half-open', 'open', 'half-open']);
    isOutage = false;
    await scene.ledger.untilEnded(20, 'handled');
    await scene.ledger.untilQuiet();
    assert.equal(states.items.at(-1), 'closed');
    const { dead, duplicates } = await scene.account();
    assert.deepEqual([dead, duplicates], [0, 0]);
  });
}
