/**
 * Each known way of freezing, against the real client and the embedded broker, with the default options:
 * red within the time that the guide states, and green again after.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { gate, settled } from '../support/events.js';
import type { Rule } from './frame-tamper.js';
import { FrozenWorld } from './frozen-world.js';

const QUEUE = '/queue/orders';

/** A world with one listener that is well. */
async function consuming(
  test: TestContext,
  onMessage: () => Promise<void> = async () => undefined,
) {
  const world = await FrozenWorld.open(test);
  const handled: unknown[] = [];
  const onOrder = async (body: unknown) => {
    handled.push(body);
    await onMessage();
  };
  await world.messaging.consume(onOrder, { queue: QUEUE, name: 'OrderListener' });
  world.watch();
  await settled();
  return { world, handled };
}

const losesSubscribe: Rule = ({ command, headers }) =>
  command === 'SUBSCRIBE' && headers.get('destination') === QUEUE ? 'confirm' : 'pass';

test('a listener that is idle for an hour stays well', async (context) => {
  const { world } = await consuming(context);
  for (let minute = 0; minute < 60; minute += 1) {
    await world.clock.advance(60_000);
    for (const probe of ['live', 'ready', 'started'] as const) {
      assert.deepEqual(await world.codes(probe), [], `${probe} in minute ${minute}`);
    }
  }
  assert.equal(world.links.length, 1, 'on one connection');
});

test('a listener that works stays well', async (context) => {
  const { world, handled } = await consuming(context);
  for (let minute = 0; minute < 10; minute += 1) {
    await world.messaging.send(QUEUE, { minute });
    await world.clock.advance(60_000);
    assert.deepEqual(await world.codes('live'), []);
  }
  assert.equal(handled.length, 10);
});

describe('a SUBSCRIBE that is lost although it was confirmed', () => {
  test('is found within 40 s when nobody else consumes, and is well after a new connection', async (context) => {
    const world = await FrozenWorld.open(context);
    world.rules.toBroker = losesSubscribe;
    await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
    world.watch();
    assert.deepEqual(await world.untilOk('ready', 1_000), 0);
    const [ms, codes] = await world.untilFailed('live', 41_000);
    assert.deepEqual(codes, ['not-subscribed']);
    assert.ok(ms >= 20_000, `after ${ms} ms`);
    world.rules.toBroker = () => 'pass';
    world.cut();
    await world.clock.advance(1_000);
    assert.equal(await world.untilOk('live', 2_000), 0);
    await world.clock.advance(300_000);
    assert.deepEqual(await world.codes('ready'), []);
  });

  test('is found within 140 s of the first waiting message when others consume', async (context) => {
    const world = await FrozenWorld.open(context);
    world.rules.toBroker = losesSubscribe;
    await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
    const other = world.service();
    const release = gate();
    await other.consume(() => release.promise, { queue: QUEUE, name: 'Other' });
    world.watch();
    await world.clock.advance(120_000);
    assert.deepEqual(await world.codes('live'), [], 'nothing waits, so nothing is known');
    for (const order of [1, 2, 3]) await other.send(QUEUE, { order });
    const [, codes] = await world.untilFailed('live', 141_000);
    assert.deepEqual(codes, ['not-subscribed']);
    release.open();
    await other.close();
  });
});

test('a SUBSCRIBE that is lost without a receipt keeps the service from being ready', async (context) => {
  const { world } = await consuming(context);
  assert.deepEqual(await world.codes('ready'), []);
  world.rules.toBroker = (frame) => (losesSubscribe(frame) === 'pass' ? 'pass' : 'drop');
  world.cut();
  await settled();
  for (let second = 0; second < 120; second += 1) {
    assert.ok((await world.codes('ready')).length > 0, `in second ${second}`);
    await world.clock.advance(1_000);
  }
  world.rules.toBroker = () => 'pass';
  world.cut();
  await world.untilOk('ready', 120_000);
});

test('a broker that delivers nothing to anybody is found within 100 s', async (context) => {
  const { world } = await consuming(context);
  await world.messaging.send(QUEUE, { order: 1 });
  await settled();
  world.rules.toClient = ({ command }) => (command === 'MESSAGE' ? 'drop' : 'pass');
  const [, codes] = await world.untilFailed('live', 101_000);
  assert.deepEqual(codes, ['canary-lost']);
  assert.ok((await world.codes('ready')).includes('canary-lost'));
  world.rules.toClient = () => 'pass';
  await world.untilOk('live', 41_000);
});

test('a listener whose messages get lost on the way is found within 110 s', async (context) => {
  const { world, handled } = await consuming(context);
  let isLosing = true;
  world.rules.toClient = ({ command, headers }) =>
    isLosing && command === 'MESSAGE' && headers.get('destination') === QUEUE ? 'drop' : 'pass';
  await world.messaging.send(QUEUE, { order: 1 });
  const [, codes] = await world.untilFailed('live', 111_000);
  assert.deepEqual(codes, ['delivery-lost']);
  assert.equal(handled.length, 0);
  isLosing = false;
  world.cut();
  await world.untilOk('live', 2_000);
  await world.clock.advance(10_000);
  assert.equal(handled.length, 1, 'it came again');
});

test('a handler that hangs while messages wait at the broker is found within 5 min 40 s', async (context) => {
  const release = gate();
  const { world, handled } = await consuming(context, () => release.promise);
  for (const order of [1, 2, 3]) await world.messaging.send(QUEUE, { order });
  await settled();
  assert.equal(handled.length, 1);
  const [ms, codes] = await world.untilFailed('live', 341_000);
  assert.deepEqual(codes, ['handler-blocked']);
  assert.ok(ms >= 299_000, `after ${ms} ms`);
  release.open();
  await world.untilOk('live', 41_000);
  assert.equal(handled.length, 3);
});

test('a handler that takes its time while nothing waits is well', async (context) => {
  const release = gate();
  const { world, handled } = await consuming(context, () => release.promise);
  await world.messaging.send(QUEUE, { order: 1 });
  await settled();
  for (let minute = 0; minute < 29; minute += 1) {
    await world.clock.advance(60_000);
    assert.deepEqual(await world.codes('live'), [], `in minute ${minute}`);
  }
  assert.equal(handled.length, 1);
  release.open();
});

describe('a half-open connection', () => {
  test('is lost for the client within 20 s by missing heart-beats, and comes back', async (context) => {
    const { world } = await consuming(context);
    await world.clock.advance(60_000);
    world.freeze();
    const [ms, codes] = await world.untilFailed('ready', 31_000);
    assert.deepEqual(codes, ['not-connected', 'not-confirmed']);
    assert.ok(ms <= 21_000, `after ${ms} ms`);
    await world.untilOk('ready', 5_000);
    assert.deepEqual(await world.codes('live'), []);
  });

  test('without heart-beats is found within 30 s', async (context) => {
    const heartBeat = { outgoingMs: 0, incomingMs: 0 };
    const world = await FrozenWorld.open(context, { heartBeat, receiptTimeoutMs: 600_000 });
    await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
    world.watch({ statistics: false, canary: false });
    await world.clock.advance(300_000);
    assert.deepEqual(await world.codes('live'), [], 'the broker answers when it is asked');
    world.freeze();
    const [, codes] = await world.untilFailed('live', 47_000);
    assert.deepEqual(codes, ['silent']);
    world.cut();
    await world.clock.advance(1_000);
    await world.untilOk('live', 2_000);
  });
});

test('a connection that comes and goes is not ready, and ready after a quiet minute', async (context) => {
  const { world } = await consuming(context);
  await world.clock.advance(10_000);
  for (let loss = 0; loss < 3; loss += 1) {
    world.cut();
    await world.clock.advance(2_000);
  }
  assert.deepEqual(await world.codes('ready'), ['reconnect-loop']);
  assert.deepEqual(await world.codes('live'), []);
  await world.untilOk('ready', 61_000);
});

test('an open circuit is not ready at once, and ready when it has closed', async (context) => {
  let isFailing = true;
  const world = await FrozenWorld.open(context);
  const fail = async () => {
    if (isFailing) throw new Error('the database is away');
  };
  await world.messaging.consume(fail, {
    queue: QUEUE,
    name: 'OrderListener',
    retry: false,
    circuit: { consecutiveFailures: 2, probeEveryMs: 10_000 },
  });
  world.watch();
  for (const order of [1, 2, 3, 4]) await world.messaging.send(QUEUE, { order });
  await settled();
  assert.deepEqual((await world.untilFailed('ready', 5_000))[1], ['circuit-open']);
  assert.deepEqual(await world.codes('live'), []);
  isFailing = false;
  await world.untilOk('ready', 60_000);
});

test('a service that drains is not ready at once, and alive to its end', async (context) => {
  const release = gate();
  const { world } = await consuming(context, () => release.promise);
  await world.messaging.send(QUEUE, { order: 1 });
  await settled();
  const closing = world.messaging.close();
  assert.deepEqual(await world.codes('ready'), ['draining']);
  assert.deepEqual(await world.codes('live'), []);
  release.open();
  await closing;
  assert.deepEqual(await world.codes('ready'), ['closed', 'not-connected']);
  assert.deepEqual(await world.codes('live'), []);
});
