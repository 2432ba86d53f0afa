/** What the broker sends for a client goes nowhere that the client may not send to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsersFile, usersFileIn } from '@stompbox/broker';
import { brokerScene } from '../broker-scene.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

for (const [what, destination, headers] of [
  ['statistics', '/queue/ActiveMQ.Statistics.Broker', {}],
  ['the schedule', '/queue/ActiveMQ.Scheduler.Management', { AMQ_SCHEDULER_ACTION: 'BROWSE' }],
] as const) {
  test(`an answer about ${what} needs the right to write where it is to go`, async (t) => {
    const data = temporaryDirectory(t);
    const file = new UsersFile(usersFileIn(data));
    await file.add({ name: 'clerk', passcode: 'correct horse', roles: ['clerk'] });
    const permissions = [
      { destination: '/queue/ActiveMQ.>', roles: ['clerk'], may: ['write', 'create', 'manage'] },
    ] as const;
    const scene = await brokerScene(t, { data, security: { permissions } });
    const client = await scene.client('1.2', { login: 'clerk', passcode: 'correct horse' });
    client.frame('SEND', { destination, ...headers, 'reply-to': '/queue/secret' });
    const { headers: told } = await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
    assert.match(told['message'] ?? '', /may not write to \/queue\/secret/);
    assert.equal(
      scene.broker.statistics().destinations.some(({ destination: { name } }) => name === 'secret'),
      false,
    );
  });
}
