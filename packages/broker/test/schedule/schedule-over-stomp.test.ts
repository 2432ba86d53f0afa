/** Scheduled delivery as clients see it. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type BrokerScene, brokerScene, LISTENING } from '../broker-scene.js';
import { FakeClock } from '../fake-clock.js';
import { HeldStore } from '../held-store.js';
import type { StompClient } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const MANAGEMENT = '/topic/ActiveMQ.Scheduler.Management';

async function listeningScene(
  t: TestContext,
): Promise<{ readonly scene: BrokerScene; readonly client: StompClient }> {
  const scene = await brokerScene(t, LISTENING);
  const client = await scene.clientOverTcp();
  return { scene, client };
}

describe('a SEND with a delay', () => {
  test('is delivered when it is over', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 2000, type: 'order' });
    scene.clock.advance(1999);
    await client.expectsNoFrame();
    scene.clock.advance(1);
    const { body, headers } = await client.nextMessage();
    assert.equal(body, 'hello');
    assert.equal(headers['destination'], '/queue/a');
    assert.equal(headers['type'], 'order');
    assert.equal(headers['persistent'], 'true');
    assert.equal(headers['timestamp'], '1000000');
    assert.match(headers['scheduledJobId'] ?? '', /^job-/);
    assert.equal(headers['AMQ_SCHEDULED_DELAY'], undefined);
  });

  test('reaches those who are subscribed to a topic then', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.sends('/topic/a', 'hello', { AMQ_SCHEDULED_DELAY: 2000 });
    await client.subscribes('/topic/a');
    scene.clock.advance(2000);
    assert.equal((await client.nextMessage()).body, 'hello');
  });

  test('keeps a text a text and bytes bytes', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    const delay = { AMQ_SCHEDULED_DELAY: 10 };
    client.writes(
      'SEND\ndestination:/queue/a\nAMQ_SCHEDULED_DELAY:10\nreceipt:text\n\ntext\0' +
        'SEND\ndestination:/queue/a\nAMQ_SCHEDULED_DELAY:10\ncontent-length:3\nreceipt:bytes\n\na\0b\0',
    );
    await client.receipt('text');
    await client.receipt('bytes');
    scene.clock.advance(delay.AMQ_SCHEDULED_DELAY);
    const [text, bytes] = await client.nextMessages(2);
    assert.deepEqual([text?.body, text?.headers['content-length']], ['text', undefined]);
    assert.deepEqual([bytes?.body, bytes?.headers['content-length']], ['a\0b', '3']);
  });

  test('has all of its time to live when it is delivered', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 5000, expires: 1_000_400 });
    scene.clock.advance(5000);
    const { headers } = await client.nextMessage();
    assert.equal(headers['timestamp'], '1005000');
    assert.equal(headers['expires'], '1005400');
  });

  test('is confirmed when it is on disk', async (t) => {
    const store = new HeldStore();
    const scene = await brokerScene(t, { store });
    const client = await scene.client();
    const commit = store.nextCommit();
    client.frame('SEND', { destination: '/queue/a', AMQ_SCHEDULED_DELAY: 10, receipt: 'r' });
    const held = await commit;
    // Another client's CONNECTED has come; what was to come before it has.
    await scene.client();
    assert.deepEqual(client.waitingFrames, []);
    held.release();
    await client.receipt('r');
  });

  test('that is no number is refused', async (t) => {
    const { client } = await listeningScene(t);
    client.frame('SEND', { destination: '/queue/a', AMQ_SCHEDULED_DELAY: 'soon' });
    const { headers } = await client.expectsError('STOMP_PROTO_BAD_HEADER');
    assert.match(headers['message'] ?? '', /AMQ_SCHEDULED_DELAY/);
  });
});

describe('a SEND that repeats', () => {
  test('is delivered so often, each time with another message-id', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', {
      AMQ_SCHEDULED_DELAY: 300,
      AMQ_SCHEDULED_PERIOD: 200,
      AMQ_SCHEDULED_REPEAT: 3,
    });
    const ids = new Set<string | undefined>();
    for (const ms of [300, 200, 200, 200]) {
      scene.clock.advance(ms);
      ids.add((await client.nextMessage()).headers['message-id']);
    }
    assert.equal(ids.size, 4);
    scene.clock.advance(10_000);
    await client.expectsNoFrame();
  });

  test('by cron is delivered at each of its times', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_CRON: '* * * * *' });
    for (const ms of [20_000, 60_000, 60_000]) {
      scene.clock.advance(ms);
      assert.equal((await client.nextMessage()).body, 'hello');
    }
    scene.clock.advance(59_999);
    await client.expectsNoFrame();
  });
});

describe('a schedule in a transaction', () => {
  test('begins at COMMIT', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.confirms('BEGIN', { transaction: 't' });
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 1000, transaction: 't' });
    scene.clock.advance(5000);
    await client.expectsNoFrame();
    await client.confirms('COMMIT', { transaction: 't' });
    scene.clock.advance(999);
    await client.expectsNoFrame();
    scene.clock.advance(1);
    assert.equal((await client.nextMessage()).headers['transaction'], undefined);
  });

  test('that is aborted never begins', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.confirms('BEGIN', { transaction: 't' });
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 1000, transaction: 't' });
    await client.confirms('ABORT', { transaction: 't' });
    scene.clock.advance(5000);
    await client.expectsNoFrame();
  });
});

describe('the management destination', () => {
  test('browses and removes', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/replies', { id: 'replies' });
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'first', { AMQ_SCHEDULED_DELAY: 5000 });
    await client.sends('/queue/a', 'second', { AMQ_SCHEDULED_DELAY: 6000 });
    await client.sends(MANAGEMENT, '', {
      AMQ_SCHEDULER_ACTION: 'BROWSE',
      'reply-to': '/queue/replies',
    });
    const [first, second] = await client.nextMessages(2);
    assert.deepEqual([first?.body, second?.body], ['first', 'second']);
    assert.equal(first?.headers['type'], 'Advisory');
    assert.equal(first?.headers['original-destination'], '/queue/a');
    assert.equal(first?.headers['AMQ_SCHEDULED_DELAY'], '5000');
    await client.sends('/queue/ACTIVEMQ.SCHEDULER.MANAGEMENT', '', {
      AMQ_SCHEDULER_ACTION: 'REMOVE',
      scheduledJobId: first?.headers['scheduledJobId'],
    });
    scene.clock.advance(6000);
    assert.equal((await client.nextMessage()).body, 'second');
    await client.expectsNoFrame();
  });

  test('removes all at COMMIT', async (t) => {
    const { scene, client } = await listeningScene(t);
    await client.subscribes('/queue/a');
    await client.sends('/queue/a', 'hello', { AMQ_SCHEDULED_DELAY: 5000 });
    for (const end of ['ABORT', 'COMMIT'] as const) {
      await client.confirms('BEGIN', { transaction: 't' });
      await client.sends(MANAGEMENT, '', { AMQ_SCHEDULER_ACTION: 'REMOVEALL', transaction: 't' });
      await client.confirms(end, { transaction: 't' });
      await client.sends('/queue/a', end, { AMQ_SCHEDULED_DELAY: 5000 });
    }
    scene.clock.advance(5000);
    assert.equal((await client.nextMessage()).body, 'COMMIT');
    await client.expectsNoFrame();
  });

  test('refuses what it does not know', async (t) => {
    const { client } = await listeningScene(t);
    client.frame('SEND', { destination: MANAGEMENT, AMQ_SCHEDULER_ACTION: 'LIST' });
    await client.expectsError('STOMP_PROTO_BAD_HEADER');
  });
});

test('a message whose queue is full when it is due is dead-lettered with the cause', async (t) => {
  const policies = [{ destination: '/queue/a', maxMessages: 1 }];
  const scene = await brokerScene(t, { ...LISTENING, policies });
  const client = await scene.clientOverTcp();
  await client.sends('/queue/a', 'late', {
    ...{ AMQ_SCHEDULED_DELAY: 1000, expires: 1_000_500, JMSDeliveryMode: 'NON_PERSISTENT' },
  });
  await client.sends('/queue/a', 'first');
  scene.clock.advance(1000);
  await client.subscribes('/queue/DLQ.a');
  const { body, headers } = await client.nextMessage();
  assert.equal(body, 'late');
  assert.equal(headers['original-destination'], '/queue/a');
  assert.match(headers['dlqDeliveryFailureCause'] ?? '', /holds 1 messages/);
  assert.equal(headers['expires'], '0');
  assert.equal(headers['persistent'], 'true');
});

test('a schedule survives a restart, and what it has missed is delivered at once', async (t) => {
  const data = temporaryDirectory(t);
  const first = await brokerScene(t, { data, ...LISTENING });
  const sender = await first.clientOverTcp();
  await sender.sends('/queue/a', 'late', { AMQ_SCHEDULED_DELAY: 1000 });
  await sender.sends('/queue/a', 'in time', { AMQ_SCHEDULED_DELAY: 90_000 });
  await first.close();
  const clock = new FakeClock();
  clock.advance(60_000);
  const second = await brokerScene(t, { data, clock, ...LISTENING });
  const client = await second.clientOverTcp();
  await client.subscribes('/queue/a');
  clock.advance(0);
  assert.equal((await client.nextMessage()).body, 'late');
  clock.advance(29_999);
  await client.expectsNoFrame();
  clock.advance(1);
  assert.equal((await client.nextMessage()).body, 'in time');
});
