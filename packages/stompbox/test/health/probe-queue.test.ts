/** The canary's own life: where the broker does not allow it, and that it leaves nothing behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerError } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import { settled } from '../support/events.js';
import { FrozenWorld } from './frozen-world.js';
import { componentOf, scene } from './scene.js';

const QUEUE = '/queue/orders';

test('a broker that refuses the probe queue twice is not asked again', async (context) => {
  let refusals = 0;
  const { service, clock, check, logger } = scene(context, { canary: {} }, (fake) => {
    fake.fakeConnection.onSubscribe = () => {
      refusals += 1;
      const headers = FrameHeaders.from({ message: 'not authorized to create temporary queues' });
      throw BrokerError.refused('SUBSCRIBE', { command: 'ERROR', headers, body: new Uint8Array() });
    };
  });
  service.runs('A');
  await clock.advance(600_000);
  assert.equal(refusals, 2);
  const report = await check();
  assert.equal(componentOf(report, 'live', 'canary').state, 'refused');
  assert.equal(report.live.status, 'ok', 'that proves nothing');
  const warnings = logger.lines.filter((line) => line.includes('refuses the probe queue'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /not authorized/);
});

test('a loss of the connection during a canary proves nothing', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
  world.watch({ statistics: false });
  world.rules.toClient = ({ command }) => (command === 'MESSAGE' ? 'drop' : 'pass');
  await world.clock.advance(69_000);
  const { subscriptions } = (await world.messaging.getConnection()).stats();
  assert.equal(subscriptions, 2, 'a canary is on its way');
  world.rules.toClient = () => 'pass';
  world.cut();
  await settled();
  for (let second = 0; second < 60; second += 1) {
    await world.clock.advance(1_000);
    assert.deepEqual(await world.codes('live'), [], `in second ${second}`);
  }
});

test('a listener that gets messages needs no canary', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
  const checked = world.watch({ statistics: false });
  const canary = async () => componentOf(await checked.check(), 'live', 'canary').state;
  for (let round = 0; round < 10; round += 1) {
    await world.messaging.send(QUEUE, { round });
    await world.clock.advance(30_000);
  }
  assert.equal(await canary(), 'idle');
  await world.clock.advance(91_000);
  assert.equal(await canary(), 'arrived');
});

test('close takes the probe queue back', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
  const checked = world.watch();
  await world.clock.advance(31_000);
  const connection = await world.messaging.getConnection();
  assert.equal(connection.stats().subscriptions, 2);
  await checked.close();
  assert.equal(connection.stats().subscriptions, 1);
});

test('close does not wait for a broker that says nothing any more', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
  const checked = world.watch();
  await world.clock.advance(31_000);
  world.freeze();
  const closing = checked.close();
  await world.clock.advance(2_000);
  await closing;
  assert.match(world.logger.lines.join('\n'), /probe queue was not ended in order: .*2000 ms/);
});

test('statistics that cannot be read are not asked for again', async (context) => {
  const world = await FrozenWorld.open(context);
  await world.messaging.consume(async () => undefined, { queue: QUEUE, name: 'OrderListener' });
  const checked = world.watch({ canary: { idleMs: 1_000_000 } });
  let requests = 0;
  world.rules.toBroker = ({ command, headers }) => {
    const destination = headers.get('destination') ?? '';
    if (command === 'SEND' && destination.includes('Statistics')) requests += 1;
    return 'pass';
  };
  world.rules.alterToClient = (frame) =>
    frame.headers.has('transformation')
      ? { ...frame, body: new TextEncoder().encode('<map><entry') }
      : frame;
  await world.clock.advance(300_000);
  assert.equal(requests, 1);
  assert.equal((await checked.check()).status, 'ok');
  assert.match(world.logger.lines.join('\n'), /a round of questions to the broker failed/);
});
