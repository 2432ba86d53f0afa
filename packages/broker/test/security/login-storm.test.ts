/** Many logins at the same time: what they cost, and whom they hold up. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Logins } from '../../dist/security/logins.js';
import { resolveSecurityOptions } from '../../dist/security/security-options.js';
import type { User } from '../../dist/security/user.js';
import { VerifiedLogins } from '../../dist/security/verified-logins.js';
import { FakeClock } from '../fake-clock.js';
import { FakeHasher, FakeUsers, settled, userWith } from './fake-hasher.js';

const MINUTE_MS = 60_000;
const clerk = await userWith('clerk', 'correct horse');
const boss = await userWith('boss', 'battery staple');

function scene(users: readonly User[] = [clerk, boss]) {
  const hasher = new FakeHasher();
  const clock = new FakeClock();
  const directory = new FakeUsers(users);
  const security = resolveSecurityOptions();
  const logins = new Logins({ security, users: directory, clock, hasher });
  const comes = (login: string, passcode: string, host = '192.0.2.1') =>
    logins.verify({ login, passcode, peer: `${host}:50000`, isLocal: false });
  return { hasher, clock, directory, comes };
}

const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Starts a login that is going to fail, and waits for that where it is returned. */
const fails = (login: Promise<unknown>, code = 'STOMP_PROTO_LOGIN_REFUSED') =>
  assert.rejects(login, { code });

describe('equal logins', () => {
  test('5,000 at once cost one hash', async () => {
    const { hasher, comes } = scene();
    const principals = await Promise.all(repeat(5000, () => comes('clerk', 'correct horse')));
    assert.equal(principals.length, 5000);
    assert.ok(principals.every(({ name }) => name === 'clerk'));
    assert.equal(hasher.count, 1);
  });

  test('5,000 from 5,000 addresses cost as many hashes as run at the same time', async () => {
    const { hasher, comes } = scene();
    const all = repeat(5000, (n) => comes('clerk', 'correct horse', `10.0.${n >> 8}.${n & 255}`));
    assert.equal((await Promise.all(all)).length, 5000);
    assert.equal(hasher.count, 2);
  });

  test('that are wrong are all refused, for one hash', async () => {
    const { hasher, comes } = scene();
    await Promise.all(repeat(500, () => fails(comes('clerk', 'wrong horse'))));
    assert.equal(hasher.count, 1);
  });

  test('are remembered for five minutes', async () => {
    const { hasher, clock, comes } = scene();
    await comes('clerk', 'correct horse');
    clock.advance(5 * MINUTE_MS - 1);
    await comes('clerk', 'correct horse');
    assert.equal(hasher.count, 1);
    clock.advance(1);
    await comes('clerk', 'correct horse');
    assert.equal(hasher.count, 2);
  });
});

describe('a change of the users counts at once', () => {
  test('who is removed gets in no more', async () => {
    const { directory, comes } = scene();
    await comes('clerk', 'correct horse');
    directory.users = new Map([['boss', boss]]);
    await fails(comes('clerk', 'correct horse'));
  });

  test('after a change the old passcode is wrong and the new one right', async () => {
    const { directory, comes } = scene();
    await comes('clerk', 'correct horse');
    directory.users = new Map([['clerk', await userWith('clerk', 'a new passcode')]]);
    assert.equal((await comes('clerk', 'a new passcode')).name, 'clerk');
    await fails(comes('clerk', 'correct horse'));
  });

  test('roles are those of now, without another hash', async () => {
    const { directory, hasher, comes } = scene();
    await comes('clerk', 'correct horse');
    directory.users = new Map([['clerk', { ...clerk, roles: ['admin'] }]]);
    assert.deepEqual((await comes('clerk', 'correct horse')).roles, ['admin']);
    assert.equal(hasher.count, 1);
  });

  test('also for a login that waits for its hash', async () => {
    const { directory, hasher, comes } = scene();
    hasher.hold();
    const login = fails(comes('clerk', 'correct horse'));
    await settled();
    directory.users = new Map([['clerk', await userWith('clerk', 'a new passcode')]]);
    hasher.release();
    await login;
  });
});

describe('different logins', () => {
  test('are checked two at a time, however many there are', async () => {
    const users = await Promise.all(repeat(100, (n) => userWith(`user ${n}`, `passcode ${n}`)));
    const { hasher, comes } = scene(users);
    await Promise.all(users.map((_, n) => comes(`user ${n}`, `passcode ${n}`)));
    assert.equal(hasher.count, 100);
    assert.equal(hasher.mostRunning, 2);
  });
});

describe('one who guesses', () => {
  test('gets slower: after each failure the next check waits, five seconds at most', async () => {
    const { hasher, clock, comes } = scene();
    await fails(comes('clerk', 'guess 0'));
    for (const [index, pauseMs] of [250, 500, 1000, 2000, 4000, 5000, 5000].entries()) {
      const guess = fails(comes('clerk', `guess ${index + 1}`));
      clock.advance(pauseMs - 1);
      await settled();
      assert.equal(hasher.count, index + 1);
      clock.advance(1);
      await guess;
    }
  });

  test('has at most 50 guesses waiting; the rest is refused unseen, right ones too', async () => {
    const { hasher, clock, comes } = scene();
    await comes('boss', 'battery staple');
    await fails(comes('clerk', 'guess'));
    const waiting = repeat(50, (n) => fails(comes('clerk', `guess ${n}`)));
    await settled();
    await fails(comes('clerk', 'another guess'), 'STOMP_PROTO_TRY_LATER');
    await fails(comes('boss', 'battery staple'), 'STOMP_PROTO_TRY_LATER');
    assert.equal(hasher.count, 2);
    for (let seconds = 0; seconds < 300; seconds += 5) {
      clock.advance(5000);
      await settled();
    }
    assert.equal((await Promise.all(waiting)).length, 50);
  });

  test('does not hold up others, at other addresses', async () => {
    const { hasher, comes } = scene();
    hasher.hold();
    const guesses = repeat(500, (n) => fails(comes('clerk', `guess ${n}`, '198.51.100.9')));
    await settled();
    assert.equal(hasher.running, 2);
    const good = comes('boss', 'battery staple', '192.0.2.2');
    await settled();
    hasher.release();
    assert.equal((await good).name, 'boss');
    assert.ok(hasher.count <= 5, `${hasher.count} hashes before the good one was through`);
    assert.equal(guesses.length, 500);
  });

  test('is forgiven a minute after the last failure', async () => {
    const { clock, comes } = scene();
    for (let count = 0; count < 6; count += 1) {
      const guess = fails(comes('clerk', `guess ${count}`));
      await settled();
      clock.advance(5000);
      await guess;
    }
    clock.advance(MINUTE_MS);
    await fails(comes('clerk', 'one more'));
    const next = fails(comes('clerk', 'and another'));
    clock.advance(250);
    await next;
    assert.equal(clock.timerCount, 1);
  });

  test('with one client does not lock out a good one behind the same address', async () => {
    const { clock, comes } = scene();
    await comes('boss', 'battery staple');
    await fails(comes('clerk', 'wrong horse'));
    const wrong = fails(comes('clerk', 'wrong again'));
    assert.equal((await comes('boss', 'battery staple')).name, 'boss', 'it was verified before');
    const right = comes('clerk', 'correct horse');
    clock.advance(250);
    await wrong;
    await settled();
    clock.advance(500);
    assert.equal((await right).name, 'clerk');
  });
});

describe('what is remembered of verified logins', () => {
  test('is bounded; the oldest is forgotten first', () => {
    const verified = new VerifiedLogins(new FakeClock());
    for (let index = 0; index <= 10_000; index += 1) verified.add(`${index}`);
    assert.equal(verified.size, 10_000);
    assert.ok(!verified.has('0'));
    assert.ok(verified.has('1'));
  });

  test('tells apart where the login ends, the user, and the process', () => {
    const [one, other] = [new VerifiedLogins(new FakeClock()), new VerifiedLogins(new FakeClock())];
    const digest = one.digest('ab', 'c', clerk);
    assert.equal(one.digest('ab', 'c', clerk), digest);
    assert.notEqual(one.digest('a', 'bc', clerk), digest);
    assert.notEqual(one.digest('ab', 'c', boss), digest);
    assert.notEqual(one.digest('ab', 'c', undefined), digest);
    assert.notEqual(other.digest('ab', 'c', clerk), digest);
  });
});
