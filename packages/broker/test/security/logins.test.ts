/** Who gets in as whom, and why others do not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreError } from '@stompbox/broker';
import { ProtocolError } from '@stompbox/protocol';
import { type LoginRequest, Logins } from '../../dist/security/logins.js';
import type { Principal } from '../../dist/security/principal.js';
import {
  resolveSecurityOptions,
  type SecurityOptions,
} from '../../dist/security/security-options.js';
import type { User } from '../../dist/security/user.js';
import { FakeClock } from '../fake-clock.js';
import { FakeHasher, FakeUsers, userWith } from './fake-hasher.js';

const HERE = { peer: '127.0.0.1:50000', isLocal: true };
const ELSEWHERE = { peer: '192.0.2.7:50000', isLocal: false };
const NOBODY = { login: undefined, passcode: undefined };
const CLERK = { login: 'clerk', passcode: 'correct horse' };

const clerk = await userWith('clerk', 'correct horse', ['sales', 'stock']);

function scene(users: readonly User[] | undefined, options: SecurityOptions = {}) {
  const hasher = new FakeHasher();
  const clock = new FakeClock();
  const directory = new FakeUsers(users);
  const security = resolveSecurityOptions(options);
  const logins = new Logins({ security, users: directory, clock, hasher });
  return { logins, hasher, clock, directory };
}

const summary = ({ kind, name, roles }: Principal) => ({ kind, name, roles });

async function assertRefused(
  logins: Logins,
  request: LoginRequest,
  message: RegExp,
  code = 'STOMP_PROTO_LOGIN_REFUSED',
): Promise<void> {
  await assert.rejects(logins.verify(request), (error) => {
    assert(error instanceof ProtocolError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

describe('without users', () => {
  for (const login of [NOBODY, { login: 'admin', passcode: 'admin' }, CLERK]) {
    const who = login.login ?? 'nobody';
    test(`${who} on this machine gets in and may do everything`, async () => {
      const { logins, hasher } = scene(undefined);
      const principal = await logins.verify({ ...login, ...HERE });
      assert.equal(principal.kind, 'local');
      assert.equal(principal.name, login.login ?? 'anonymous');
      assert.ok(principal.isAdmin);
      assert.equal(hasher.count, 0);
    });

    test(`${who} from another machine is refused`, async () => {
      const { logins } = scene(undefined);
      const request = { ...login, ...ELSEWHERE };
      await assertRefused(logins, request, /no users configured.*stompbox user add/);
    });
  }

  for (const [name, options] of [
    ['permissions', { permissions: [{ destination: '>', roles: ['*'], may: ['read'] }] }],
    ['anonymous: false', { anonymous: false }],
  ] as const) {
    test(`${name} close it to this machine too`, async () => {
      const { logins } = scene(undefined, options);
      await assertRefused(logins, { ...NOBODY, ...HERE }, /no users configured/);
      await assertRefused(logins, { ...CLERK, ...HERE }, /no users configured/);
    });
  }
});

describe('with users', () => {
  test('the right passcode gives the user with its roles, from anywhere', async () => {
    const { logins } = scene([clerk]);
    for (const from of [HERE, ELSEWHERE]) {
      const principal = await logins.verify({ ...CLERK, ...from });
      assert.deepEqual(summary(principal), {
        kind: 'user',
        name: 'clerk',
        roles: ['sales', 'stock'],
      });
    }
  });

  for (const [name, login] of [
    ['a wrong passcode', { login: 'clerk', passcode: 'wrong horse' }],
    ['an unknown login', { login: 'clark', passcode: 'correct horse' }],
    ['no passcode', { login: 'clerk', passcode: undefined }],
    ['an empty passcode', { login: 'clerk', passcode: '' }],
    ['no login', { login: undefined, passcode: 'correct horse' }],
    ['a login like a property', { login: '__proto__', passcode: 'correct horse' }],
  ] as const) {
    test(`${name} is refused in the same words`, async () => {
      const { logins } = scene([clerk]);
      const shown = JSON.stringify(login.login ?? '');
      await assertRefused(
        logins,
        { ...login, ...HERE },
        new RegExp(`^Access refused: login or passcode of user ${shown} are wrong$`),
      );
    });
  }

  test('nobody gets in without a login, not even on this machine', async () => {
    const { logins } = scene([clerk]);
    for (const login of [NOBODY, { login: '', passcode: '' }]) {
      await assertRefused(logins, { ...login, ...HERE }, /wants login and passcode/);
    }
  });

  test('the last one to be removed opens nothing', async () => {
    const { logins } = scene([]);
    await assertRefused(logins, { ...NOBODY, ...HERE }, /wants login and passcode/);
    await assertRefused(logins, { ...CLERK, ...HERE }, /are wrong/);
  });

  test('an unknown login costs the same hash as a known one', async () => {
    const { logins, hasher } = scene([clerk]);
    await assertRefused(logins, { login: 'x', passcode: 'some passcode', ...HERE }, /are wrong/);
    assert.deepEqual(hasher.hashed, ['some passcode']);
  });

  test('no error shows a passcode, or more of a name than a line holds', async () => {
    const { logins } = scene([clerk]);
    const request = { login: `a\n${'b'.repeat(5000)}`, passcode: 'my secret', ...HERE };
    await assert.rejects(logins.verify(request), ({ message }: Error) => {
      assert.ok(!message.includes('my secret'));
      assert.ok(!message.includes('\n'));
      assert.ok(message.length < 250);
      return true;
    });
  });
});

describe('clients without a login', () => {
  test('get the roles that are given to them, from this machine only', async () => {
    const { logins } = scene([clerk], { anonymous: { roles: ['guest'] } });
    const principal = await logins.verify({ ...NOBODY, ...HERE });
    assert.deepEqual(summary(principal), {
      kind: 'anonymous',
      name: 'anonymous',
      roles: ['guest'],
    });
    await assertRefused(logins, { ...NOBODY, ...ELSEWHERE }, /wants login and passcode/);
  });

  test('may come from anywhere if that is said', async () => {
    const { logins } = scene(undefined, { anonymous: { roles: ['guest'], from: 'anywhere' } });
    const principal = await logins.verify({ ...NOBODY, ...ELSEWHERE });
    assert.equal(principal.kind, 'anonymous');
  });

  test('are not those with a wrong passcode', async () => {
    const { logins } = scene([clerk], { anonymous: { roles: ['guest'], from: 'anywhere' } });
    const wrong = { login: 'clerk', passcode: 'wrong horse' };
    await assertRefused(logins, { ...wrong, ...HERE }, /are wrong/);
  });
});

describe('a client certificate', () => {
  const certificates = { certificates: true };
  const certified = { certificateName: 'clerk', ...ELSEWHERE };

  test('stands for the login of the user it names', async () => {
    const { logins, hasher } = scene([clerk], certificates);
    for (const login of [NOBODY, { login: 'clerk', passcode: undefined }]) {
      assert.equal((await logins.verify({ ...login, ...certified })).name, 'clerk');
    }
    assert.equal(hasher.count, 0);
  });

  test('does not make a wrong passcode right', async () => {
    const { logins } = scene([clerk], certificates);
    const request = { login: 'clerk', passcode: 'wrong horse', ...certified };
    await assertRefused(logins, request, /are wrong/);
  });

  test('refuses every other login, even with its passcode', async () => {
    const { logins } = scene([clerk, await userWith('boss', 'battery staple')], certificates);
    const request = { login: 'boss', passcode: 'battery staple', ...certified };
    await assertRefused(logins, request, /"boss" is not the name in the certificate, "clerk"/);
  });

  test('of somebody who is no user opens nothing', async () => {
    const { logins } = scene([clerk], certificates);
    const stranger = { certificateName: 'mallory', ...ELSEWHERE };
    await assertRefused(logins, { ...NOBODY, ...stranger }, /wants login and passcode/);
    const named = { login: 'mallory', passcode: undefined, ...stranger };
    await assertRefused(logins, named, /are wrong/);
  });

  test('means nothing unless it is switched on', async () => {
    const { logins } = scene([clerk]);
    await assertRefused(logins, { ...NOBODY, ...certified }, /wants login and passcode/);
    const boss = { ...CLERK, certificateName: 'boss', ...ELSEWHERE };
    assert.equal((await logins.verify(boss)).name, 'clerk');
  });
});

describe('a users file that cannot be used', () => {
  const fault = new StoreError('STOMP_STORE_USERS_FORMAT', 'The users file /x cannot be used');

  test('lets nobody in; the client may come again, the operator gets the cause', async () => {
    const { logins, directory } = scene([clerk]);
    await logins.verify({ ...CLERK, ...HERE });
    directory.fault = fault;
    await assert.rejects(logins.verify({ ...CLERK, ...HERE }), (error) => {
      assert(error instanceof ProtocolError);
      assert.equal(error.code, 'STOMP_PROTO_TRY_LATER');
      assert.ok(!error.message.includes('/x'));
      assert.equal(error.cause, fault);
      return true;
    });
    directory.fault = undefined;
    assert.equal((await logins.verify({ ...CLERK, ...HERE })).name, 'clerk');
  });
});
