/** Users, passcodes and permissions, with the users and the destinations of ActiveMQ's test broker. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { type Permission, UsersFile } from '@stompbox/broker';
import type { StompVersion } from '@stompbox/protocol';
import { type BrokerScene, brokerScene } from '../broker-scene.js';
import type { Received } from '../stomp-client.js';
import { VERSIONS } from './versions.js';

const PASSCODE = 'manager of all';
/** A Java stack trace has such lines; nobody learns here how the broker is built. */
const STACK = /^\s+at /m;

const permissions: Permission[] = ['queue', 'topic'].flatMap((kind): Permission[] => [
  { destination: `/${kind}/USERS.>`, roles: ['users'], may: ['read', 'write', 'create'] },
  { destination: `/${kind}/GUEST.>`, roles: ['guests'], may: ['read', 'write', 'create'] },
  { destination: `/${kind}/GUEST.>`, roles: ['users'], may: ['write', 'create'] },
]);

/** Made once: hashing takes its time. */
const directory = mkdtempSync(path.join(tmpdir(), 'stompbox-broker-'));
const usersFile = path.join(directory, 'users.json');

before(async () => {
  const file = new UsersFile(usersFile);
  await file.add({ name: 'system', passcode: PASSCODE, roles: ['admin', 'users'] });
  await file.add({ name: 'user', passcode: PASSCODE, roles: ['users'] });
  await file.add({ name: 'guest', passcode: PASSCODE, roles: ['guests'] });
});

after(() => rmSync(directory, { recursive: true }));

function guarded(t: TestContext): Promise<BrokerScene> {
  return brokerScene(t, { security: { usersFile, permissions }, populateUserId: true });
}

const as = (login: string) => ({ login, passcode: PASSCODE });

function showsNoStack({ headers, body }: Received): void {
  assert.doesNotMatch(body, STACK);
  assert.doesNotMatch(headers['message'] ?? '', STACK);
}

describe('CONNECT', () => {
  for (const version of VERSIONS) {
    test(`of an unknown user is refused in ${version}`, async (t) => {
      const client = (await guarded(t)).stranger();
      client.frame('CONNECT', { 'accept-version': version, host: 'x', ...as('dejanb') });
      showsNoStack(await client.expectsError('STOMP_PROTO_LOGIN_REFUSED'));
    }); // StompTest.testConnectNotAuthenticatedWrongUser

    test(`with a wrong passcode is refused in ${version}`, async (t) => {
      const client = (await guarded(t)).stranger();
      const wrong = { login: 'system', passcode: 'dejanb' };
      client.frame('CONNECT', { 'accept-version': version, host: 'x', ...wrong });
      showsNoStack(await client.expectsError('STOMP_PROTO_LOGIN_REFUSED'));
    }); // StompTest.testConnectNotAuthenticatedWrongPassword
  }
});

describe('a guest', () => {
  const guest = async (t: TestContext, version: StompVersion) => {
    const scene = await guarded(t);
    return scene.client(version, as('guest'));
  };

  for (const version of VERSIONS) {
    test(`may not send where only users may, in ${version}`, async (t) => {
      const client = await guest(t, version);
      client.frame('SEND', { destination: '/queue/USERS.a' }, 'Hello World');
      showsNoStack(await client.expectsError('STOMP_PROTO_NOT_ALLOWED'));
    }); // StompTest.testSendNotAuthorized

    test(`may not subscribe where only users may, in ${version}`, async (t) => {
      const client = await guest(t, version);
      client.frame('SUBSCRIBE', { id: '1', destination: '/queue/USERS.a' });
      showsNoStack(await client.expectsError('STOMP_PROTO_NOT_ALLOWED'));
    }); // StompTest.testSubscribeNotAuthorized

    test(`learns by the receipt's id which SUBSCRIBE was refused, in ${version}`, async (t) => {
      const client = await guest(t, version);
      client.frame('SUBSCRIBE', { id: '1', destination: '/queue/USERS.a', receipt: '1' });
      const error = await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
      showsNoStack(error);
      assert.equal(error.headers['receipt-id'], '1');
    }); // StompTest.testSubscribeWithReceiptNotAuthorized

    test(`may use what is for guests, and a user's message says whose it is, in ${version}`, async (t) => {
      const scene = await guarded(t);
      const reader = await scene.client(version, as('guest'));
      await reader.subscribes('/queue/GUEST.a');
      const writer = await scene.client(version, as('user'));
      await writer.sends('/queue/GUEST.a', 'for guests');
      const { headers } = await reader.nextMessage();
      assert.equal(headers['JMSXUserID'], 'user');
    }); // StompTest.testJMSXUserIDIsSetInStompMessage
  }
});

describe('an administrator', () => {
  test('may use everything', async (t) => {
    const scene = await guarded(t);
    const client = await scene.client('1.0', as('system'));
    await client.subscribes('/queue/USERS.a', { id: 'a' });
    await client.subscribes('/temp-queue/replies', { id: 'b' });
    await client.sends('/queue/USERS.a', 'Hello World');
    assert.equal((await client.nextMessage()).headers['JMSXUserID'], 'system');
  }); // StompTest.testJMSXUserIDIsSetInStompMessage
});
