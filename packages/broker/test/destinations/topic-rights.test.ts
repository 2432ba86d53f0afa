/** A pattern of topics gives nobody what its user may not read. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { UsersFile, usersFileIn } from '@stompbox/broker';
import { brokerScene } from '../broker-scene.js';
import type { Headers } from '../stomp-client.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

/** Clients of `sales`, who may read `own.>` only, and of `chief`, who may read and write all topics. */
async function clients(t: TestContext) {
  const data = temporaryDirectory(t);
  const file = new UsersFile(usersFileIn(data));
  for (const name of ['sales', 'chief']) {
    await file.add({ name, passcode: 'correct horse', roles: [name] });
  }
  const scene = await brokerScene(t, {
    data,
    policies: [{ destination: '/topic/>', retainedMessages: 1 }],
    security: {
      permissions: [
        {
          destination: '/topic/own.>',
          roles: ['sales'],
          may: ['read', 'create', 'write', 'delete'],
        },
        {
          destination: '/queue/Consumer.A.VirtualTopic.*',
          roles: ['sales'],
          may: ['read', 'create'],
        },
        { destination: '/topic/nobody-listens', roles: ['sales'], may: ['write', 'create'] },
        { destination: '/topic/>', roles: ['chief'], may: ['read', 'write', 'create'] },
      ],
    },
  });
  return (login: string, headers: Headers = {}) =>
    scene.client('1.2', { login, passcode: 'correct horse', ...headers });
}

for (const [what, headers] of [
  ['only what its user may read', {}],
  ['no more of it when it is retroactive', { 'activemq.retroactive': 'true' }],
] as const) {
  test(`a subscription to all topics gets ${what}, and no advisories`, async (t) => {
    const log = await clients(t);
    const [sales, chief] = [await log('sales'), await log('chief')];
    await chief.sends('/topic/secret', 'early');
    await sales.subscribes('/topic/>', headers);
    await chief.sends('/topic/secret', 'late');
    await chief.sends('/topic/own.a', 'for sales');
    assert.equal((await sales.nextMessage()).body, 'for sales');
    await sales.expectsNoFrame();
  });
}

test('who may read all topics gets them by a pattern, advisories too', async (t) => {
  const log = await clients(t);
  const chief = await log('chief');
  await chief.subscribes('/topic/>');
  const { headers } = await chief.nextMessage();
  assert.match(headers['destination'] ?? '', /ActiveMQ\.Advisory/);
});

test('a durable subscription to a pattern takes the right to read all that it matches', async (t) => {
  const log = await clients(t);
  const name = { id: 's', 'activemq.subscriptionName': 'n' };
  const sales = await log('sales', { 'client-id': 'a' });
  await sales.confirms('SUBSCRIBE', { ...name, destination: '/topic/own.*' });
  const other = await log('sales', { 'client-id': 'b' });
  other.frame('SUBSCRIBE', { ...name, destination: '/topic/>' });
  const { headers } = await other.expectsError('STOMP_PROTO_NOT_ALLOWED');
  assert.match(headers['message'] ?? '', /read from all that \/topic\/> matches/);
});

test('the client-id of another user gives no right to its durable subscriptions', async (t) => {
  const log = await clients(t);
  const name = { id: 's', 'activemq.subscriptionName': 'n' };
  const id = { 'client-id': 'a' };
  const list = '/topic/own.a,/topic/secret';
  const owner = await log('chief', id);
  await owner.confirms('SUBSCRIBE', { ...name, destination: list });
  await owner.disconnects();
  await (await log('chief')).sends('/topic/secret', 'kept');
  for (const [command, headers] of [
    ['SUBSCRIBE', { ...name, destination: '/topic/own.a' }],
    ['UNSUBSCRIBE', name],
  ] as const) {
    const stranger = await log('sales', id);
    stranger.frame(command, headers);
    const { headers: refusal } = await stranger.expectsError('STOMP_PROTO_NOT_ALLOWED');
    assert.match(refusal['message'] ?? '', /may not delete \/topic\/secret/);
  }
  const again = await log('chief', id);
  await again.confirms('SUBSCRIBE', { ...name, destination: list });
  assert.equal((await again.nextMessage()).body, 'kept');
});

test('a right to one element of virtual topics gives none to all that follow', async (t) => {
  const sales = await (await clients(t))('sales');
  for (const name of ['one', '*']) {
    const destination = `/queue/Consumer.A.VirtualTopic.${name}`;
    await sales.confirms('SUBSCRIBE', { id: name, destination });
  }
  sales.frame('SUBSCRIBE', { id: 's', destination: '/queue/Consumer.A.VirtualTopic.>' });
  await sales.expectsError('STOMP_PROTO_NOT_ALLOWED');
});
