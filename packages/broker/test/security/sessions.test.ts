/** Logins over the wire: what CONNECT is answered, and what waits for it. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { type BrokerOptions, startBroker, UsersFile, usersFileIn } from '@stompbox/broker';
import { brokerScene, LISTENING } from '../broker-scene.js';
import { endOfTurn, sessionParts } from '../session/session-parts.js';
import { temporaryDirectory } from '../store/temporary-directory.js';

const CLERK = { login: 'clerk', passcode: 'correct horse' };

/** A broker on disk with the user clerk. */
async function scene(t: TestContext, options: BrokerOptions = {}) {
  const data = temporaryDirectory(t);
  const file = new UsersFile(usersFileIn(data));
  await file.add({ name: 'clerk', passcode: 'correct horse', roles: ['sales'] });
  return { file, scene: await brokerScene(t, { data, ...options }) };
}

describe('CONNECT', () => {
  test('with the right passcode is answered, and what was sent behind it is done then', async (t) => {
    const { scene: broker } = await scene(t);
    const client = broker.stranger();
    client.writes(
      'CONNECT\naccept-version:1.2\nhost:x\nlogin:clerk\npasscode:correct horse\n\n\0' +
        'SEND\ndestination:/queue/a\nreceipt:a\\cb\n\nhello\0',
    );
    await client.connected();
    await client.receipt('a:b');
  });

  test('with a wrong passcode gets ERROR, and nothing behind it is done', async (t) => {
    const { scene: broker } = await scene(t);
    const client = broker.stranger();
    client.writes(
      'CONNECT\naccept-version:1.2\nhost:x\nlogin:clerk\npasscode:wrong horse\n\n\0' +
        'SEND\ndestination:/queue/a\n\nhello\0',
    );
    const { headers } = await client.expectsError('STOMP_PROTO_LOGIN_REFUSED');
    assert.equal(headers['message'], 'Access refused: login or passcode of user "clerk" are wrong');
    // The pause after a failed login.
    broker.clock.advance(250);
    const reader = await broker.client('1.2', CLERK);
    await reader.subscribes('/queue/a');
    await reader.expectsNoFrame();
  });

  test('without a login is refused, also in memory', async (t) => {
    const { scene: broker } = await scene(t);
    const client = broker.stranger();
    client.frame('CONNECT', { host: 'x', 'accept-version': '1.2' });
    await client.expectsError('STOMP_PROTO_LOGIN_REFUSED');
    assert.equal(broker.eventsOf('refused').length, 1);
  });

  test('of a removed user is refused at once, open sessions go on', async (t) => {
    const { file, scene: broker } = await scene(t);
    const early = await broker.client('1.2', CLERK);
    await file.remove('clerk');
    const late = broker.stranger();
    late.frame('CONNECT', { host: 'x', 'accept-version': '1.2', ...CLERK });
    await late.expectsError('STOMP_PROTO_LOGIN_REFUSED');
    early.frame('SEND', { destination: '/queue/a', receipt: 'r' }, 'hello');
    await early.receipt('r');
  });

  test('is all that a client may do for which nobody vouches, however it ends', async (t) => {
    const { scene: broker } = await scene(t, LISTENING);
    const client = await broker.strangerOverTcp();
    client.frame('CONNECT', { host: 'x', 'accept-version': '1.2', ...CLERK });
    client.vanishes();
    await broker.hasTold('disconnected');
    assert.equal(broker.eventsOf('connected').length, 0);
  });
});

describe('a client that has not been let in yet', () => {
  const CONNECT = 'CONNECT\naccept-version:1.2\nhost:x\n\n\0';

  test('is not read any further', async () => {
    const { transport, session } = sessionParts();
    transport.gets(`${CONNECT}SEND\ndestination:/queue/a\nreceipt:r\n\nhello\0`);
    assert.equal(session.state, 'authenticating');
    assert.equal(transport.reading, 'paused');
    transport.gets('SEND\ndestination:/queue/a\nreceipt:s\n\nhello\0');
    await endOfTurn();
    assert.equal(session.state, 'connected');
    assert.equal(session.principal?.kind, 'local');
    assert.equal(transport.reading, 'reading');
    await endOfTurn();
    assert.match(transport.text, /^CONNECTED\n[\s\S]*receipt-id:r\n[\s\S]*receipt-id:s\n/);
  });

  test('is not welcomed after the end of its connection', async () => {
    const { transport, session, events, clock } = sessionParts();
    transport.gets(CONNECT);
    transport.destroy();
    await endOfTurn();
    assert.equal(session.state, 'ended');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['disconnected'],
    );
    assert.equal(clock.timerCount, 0);
  });

  test('is cut off with all others when the broker closes', async (t) => {
    const { scene: broker } = await scene(t);
    const client = broker.stranger();
    client.frame('CONNECT', { host: 'x', 'accept-version': '1.2', ...CLERK });
    await broker.broker.close();
    assert.equal(broker.eventsOf('connected').length, 0);
  });
});

describe('a session', () => {
  const security: BrokerOptions['security'] = {
    permissions: [{ destination: '/queue/orders.>', roles: ['sales'], may: ['write', 'create'] }],
  };

  test('may do what the roles of its user permit', async (t) => {
    const { scene: broker } = await scene(t, { security });
    const client = await broker.client('1.2', CLERK);
    await client.sends('/queue/orders.eu', 'hello');
    client.frame('SUBSCRIBE', { id: 's', destination: '/queue/orders.eu' });
    const { headers } = await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
    assert.equal(
      headers['message'],
      'User clerk may not read from /queue/orders.eu: ask for a role that has the permission (its roles: sales)',
    );
  });

  for (const [what, command, headers] of [
    ['write', 'SEND', { destination: '/topic/orders' }],
    ['read', 'SUBSCRIBE', { id: 's', destination: '/queue/>' }],
    ['browse', 'SUBSCRIBE', { id: 's', destination: '/queue/orders', browser: 'true' }],
  ] as const) {
    test(`may not ${what} where they do not`, async (t) => {
      const { scene: broker } = await scene(t, { security });
      const client = await broker.client('1.2', CLERK);
      client.frame(command, headers);
      await client.expectsError('STOMP_PROTO_NOT_ALLOWED');
    });
  }

  test('takes the id of a client only after its login', async (t) => {
    const { scene: broker } = await scene(t);
    const stranger = broker.stranger();
    const id = { host: 'x', 'accept-version': '1.2', 'client-id': 'till' };
    stranger.frame('CONNECT', { ...id, login: 'clerk', passcode: 'wrong horse' });
    const early = broker.stranger();
    early.frame('CONNECT', { ...id, ...CLERK });
    await stranger.expectsError('STOMP_PROTO_LOGIN_REFUSED');
    broker.clock.advance(250);
    await early.connected();
    const late = broker.stranger();
    late.frame('CONNECT', { ...id, ...CLERK });
    await late.expectsError('STOMP_PROTO_CLIENT_ID_IN_USE');
  });
});

describe('a broker', () => {
  test('does not start with a users file that it cannot use, and leaves the store free', async (t) => {
    const data = temporaryDirectory(t);
    const path = usersFileIn(data);
    writeFileSync(path, '{}');
    const start = () => startBroker({ data, connectors: [] });
    await assert.rejects(start(), {
      code: 'STOMP_STORE_USERS_FORMAT',
      message: /must have the field format\): correct it/,
    });
    assert.equal(readFileSync(path, 'utf8'), '{}');
    writeFileSync(path, '{"format":"stompbox-users","version":1,"users":[]}');
    await (await start()).close();
  });

  test('in memory has users too, if it is told where', async (t) => {
    const { file } = await scene(t);
    const broker = await brokerScene(t, { memory: true, security: { usersFile: file.path } });
    await broker.client('1.2', CLERK);
    await broker.stranger().frame('CONNECT', { host: 'x' });
    await broker.hasTold('refused');
  });
});
