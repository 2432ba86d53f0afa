/** Who may make and use temporary destinations, patterns and queues of virtual topics. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { UsersFile, usersFileIn } from '@stompbox/broker';
import { brokerScene } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

/** Clients of users with one role each; only `rpc` may use temporary destinations. */
async function clients(t: TestContext) {
  const data = temporaryDirectory(t);
  const file = new UsersFile(usersFileIn(data));
  for (const name of ['rpc', 'sales']) {
    await file.add({ name, passcode: 'correct horse', roles: [name] });
  }
  const scene = await brokerScene(t, {
    data,
    security: {
      temporaryDestinations: { roles: ['rpc'] },
      permissions: [
        { destination: '/queue/a', roles: ['rpc', 'sales'], may: ['read', 'write', 'create'] },
        { destination: '/topic/VirtualTopic.>', roles: ['sales'], may: ['write', 'create'] },
        { destination: '/queue/Consumer.A.>', roles: ['sales'], may: ['read'] },
      ],
    },
  });
  return (login: string) => scene.client('1.2', { login, passcode: 'correct horse' });
}

describe('without the right to temporary destinations', () => {
  for (const [what, command, headers] of [
    ['none can be sent to', 'SEND', { destination: '/temp-queue/x' }],
    ['none can be subscribed to', 'SUBSCRIBE', { destination: '/temp-topic/x', id: 's' }],
    [
      'none is made by a reply-to',
      'SEND',
      { destination: '/queue/a', 'reply-to': '/temp-queue/x' },
    ],
    [
      'none is made by a reply-to in a list',
      'SEND',
      { destination: '/queue/a', JMSReplyTo: '/queue/b,/temp-topic/x' },
    ],
  ] as const) {
    test(what, async (t) => {
      const log = await clients(t);
      const refused = await log('sales');
      refused.frame(command, headers);
      await refused.expectsError('STOMP_PROTO_NOT_ALLOWED');
      const allowed = await log('rpc');
      await allowed.confirms(command, headers);
    });
  }
});

test('a queue for a pattern of virtual topics is a queue: it takes the right to create it', async (t) => {
  const client = await (await clients(t))('sales');
  const destination = '/queue/Consumer.A.VirtualTopic.>';
  client.frame('SUBSCRIBE', { destination, id: 's' });
  const { headers } = await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
  assert.match(headers['message'] ?? '', /create \/queue\/Consumer\.A\.VirtualTopic\.>/);
});
