/** Changes of the users file: whole or not at all, one at a time, for the owner alone. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { StoreError, UsersFile, usersFileIn } from '@stompbox/broker';
import { isPasscodeOf } from '../../dist/security/passcode-hash.js';
import type { UsersFileSteps } from '../../dist/security/users-file.js';
import { UsersFile as FileWithPorts, readUsers } from '../../dist/security/users-file.js';
import { syncDirectory } from '../../dist/store/sync-directory.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { FakeHasher } from './fake-hasher.js';

const CLERK = { name: 'clerk', passcode: 'correct horse', roles: ['sales'] };
const BOSS = { name: 'boss', passcode: 'battery staple', roles: ['admin'] };

const DISK: UsersFileSteps = {
  create: (file) => open(file, 'wx', 0o600),
  rename,
  remove: (file) => rm(file),
  syncDirectory,
};

/** @param steps what is done differently from a real disk */
function fileIn(t: TestContext, steps: Partial<UsersFileSteps> = {}) {
  const path = usersFileIn(temporaryDirectory(t));
  const hasher = new FakeHasher();
  const file = new FileWithPorts(path, { hasher });
  const faulty = new FileWithPorts(path, { hasher, steps: { ...DISK, ...steps } });
  return { path, file, faulty };
}

const storeError = (code: string, message: RegExp) => (error: unknown) => {
  assert(error instanceof StoreError);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

describe('a user', () => {
  test('is added with a salted scrypt hash, and the passcode is nowhere', async (t) => {
    const path = usersFileIn(temporaryDirectory(t));
    await new UsersFile(path).add(CLERK);
    const text = readFileSync(path, 'utf8');
    assert.ok(!text.includes(CLERK.passcode));
    assert.match(text, /"cost": 32768,\s+"blockSize": 8,\s+"parallelization": 3,\s+"salt": "/);
    const user = (await readUsers(path))?.users.get('clerk');
    assert(user);
    assert.ok(await isPasscodeOf(user.passcode, 'correct horse'));
    assert.ok(!(await isPasscodeOf(user.passcode, 'correct horsf')));
  });

  test('has a salt of its own, also for the same passcode', async (t) => {
    const { path, file } = fileIn(t);
    await file.add(CLERK);
    await file.add({ ...CLERK, name: 'other' });
    const users = [...((await readUsers(path))?.users.values() ?? [])];
    const [one, other] = users.map(({ passcode }) => Buffer.from(passcode.salt).toString('hex'));
    assert.notEqual(one, other);
  });

  test('can be listed, removed and given a new passcode', async (t) => {
    const { path, file } = fileIn(t);
    assert.equal(await file.list(), undefined);
    await file.add(CLERK);
    await file.add({ ...BOSS, roles: ['admin', 'admin'] });
    await file.changePasscode('clerk', 'a new passcode');
    assert.deepEqual(await file.list(), [
      { name: 'boss', roles: ['admin'] },
      { name: 'clerk', roles: ['sales'] },
    ]);
    const clerk = (await readUsers(path))?.users.get('clerk');
    assert(clerk);
    assert.ok(await isPasscodeOf(clerk.passcode, 'a new passcode', new FakeHasher()));
    await file.remove('clerk');
    await file.remove('boss');
    assert.deepEqual(await file.list(), []);
  });

  test('that exists is not added again, one that does not is not changed', async (t) => {
    const { file } = fileIn(t);
    await file.add(CLERK);
    const code = 'STOMP_OPT_INVALID';
    await assert.rejects(file.add(CLERK), { code, message: /clerk exists already: change/ });
    await assert.rejects(file.remove('clark'), { code, message: /no user clark in .*user list/ });
    const change = file.changePasscode('clark', 'correct horse');
    await assert.rejects(change, { code, message: /no user clark/ });
    assert.deepEqual(await file.list(), [{ name: 'clerk', roles: ['sales'] }]);
  });

  for (const [what, change, message] of [
    ['an empty name', { name: '' }, /name of a user must not be empty/],
    ['a name with a line end', { name: 'a\nb' }, /name of a user must not have control/],
    ['a name with a space at its end', { name: 'a ' }, /name of a user must not have control/],
    ['a long name', { name: 'a'.repeat(129) }, /name of a user must have at most 128/],
    ['the role *', { roles: ['*'] }, /name of a role must not be \*, which stands for every/],
    ['an empty role', { roles: [''] }, /name of a role must not be empty/],
    ['a short passcode', { passcode: '7 chars' }, /passcode must have at least 8 .*longer/],
    ['an endless passcode', { passcode: 'x'.repeat(1025) }, /must have at most 1024/],
    ['a passcode with a space in front', { passcode: ' correct horse' }, /nor spaces at its ends/],
  ] as const) {
    test(`with ${what} is refused`, async (t) => {
      const { path, file } = fileIn(t);
      const user = file.add({ ...CLERK, ...change });
      await assert.rejects(user, { code: 'STOMP_OPT_INVALID', message });
      assert.ok(!existsSync(path));
    });
  }
});

describe('the file', () => {
  test('and the directory that is made for it are for their owner alone', async (t) => {
    const directory = join(temporaryDirectory(t), 'new', 'data');
    const file = new FileWithPorts(usersFileIn(directory), { hasher: new FakeHasher() });
    await file.add(CLERK);
    await file.add(BOSS);
    assert.equal(statSync(file.path).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    assert.ok(!existsSync(`${file.path}.new`));
  });

  test('stays as it was when the new one cannot take its place', async (t) => {
    const fault = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    const { path, file, faulty } = fileIn(t, { rename: fault });
    await file.add(CLERK);
    const before = readFileSync(path, 'utf8');
    const change = faulty.add(BOSS);
    await assert.rejects(
      change,
      storeError('STOMP_STORE_UNWRITABLE', /\(EACCES\): check the perm/),
    );
    assert.equal(readFileSync(path, 'utf8'), before);
    await file.add(BOSS);
    assert.equal((await file.list())?.length, 2);
  });

  test('stays as it was when the process is killed before the rename; the next change says what to do', async (t) => {
    const killed = () => Promise.reject(new Error('killed'));
    const { path, file, faulty } = fileIn(t, { rename: killed, remove: killed });
    await file.add(CLERK);
    await assert.rejects(faulty.remove('clerk'));
    assert.deepEqual(await file.list(), [{ name: 'clerk', roles: ['sales'] }]);
    const busy = storeError('STOMP_STORE_USERS_BUSY', /users\.json\.new exists.*delete that file/);
    await assert.rejects(file.add(BOSS), busy);
    await rm(`${path}.new`);
    await file.add(BOSS);
    assert.equal((await file.list())?.length, 2);
  });

  test('is synced with its directory before a change counts as made', async (t) => {
    const steps: string[] = [];
    const { file, faulty } = fileIn(t, {
      async create(path) {
        const handle = await open(path, 'wx', 0o600);
        const sync = handle.sync.bind(handle);
        handle.sync = () => {
          steps.push('sync');
          return sync();
        };
        return handle;
      },
      rename(from, to) {
        steps.push('rename');
        return rename(from, to);
      },
      syncDirectory(directory) {
        steps.push('sync directory');
        syncDirectory(directory);
      },
    });
    await faulty.add(CLERK);
    assert.deepEqual(steps, ['sync', 'rename', 'sync directory']);
    assert.equal((await file.list())?.length, 1);
  });

  test('that cannot be synced with its directory is told of', async (t) => {
    const { faulty } = fileIn(t, {
      syncDirectory() {
        throw Object.assign(new Error('no'), { code: 'EIO' });
      },
    });
    await assert.rejects(faulty.add(CLERK), storeError('STOMP_STORE_UNWRITABLE', /EIO/));
  });

  test('keeps what each of two changes at the same time has confirmed', async (t) => {
    const { file } = fileIn(t);
    await file.add(CLERK);
    const names = Array.from({ length: 10 }, (_, index) => `user ${index}`);
    const changes = names.map((name) => file.add({ ...CLERK, name }));
    const results = await Promise.allSettled(changes);
    const confirmed = names.filter((_, index) => results[index]?.status === 'fulfilled');
    assert.ok(confirmed.length >= 1);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      storeError('STOMP_STORE_USERS_BUSY', /Another command changes the users/)(result.reason);
    }
    const listed = (await file.list())?.map(({ name }) => name).sort();
    assert.deepEqual(listed, ['clerk', ...confirmed].sort());
  });

  test('that is damaged is not overwritten', async (t) => {
    const { path, file } = fileIn(t);
    writeFileSync(path, '{"format":');
    await assert.rejects(file.add(CLERK), storeError('STOMP_STORE_USERS_FORMAT', /not JSON/));
    assert.equal(readFileSync(path, 'utf8'), '{"format":');
    assert.ok(!existsSync(`${path}.new`));
  });

  test('that is no file, or below one, is told of', async (t) => {
    const directory = temporaryDirectory(t);
    mkdirSync(usersFileIn(directory));
    const list = new UsersFile(usersFileIn(directory)).list();
    await assert.rejects(list, storeError('STOMP_STORE_USERS_FORMAT', /\(EISDIR\): correct it/));
    writeFileSync(join(directory, 'file'), '');
    const below = new FileWithPorts(join(directory, 'file', 'users.json'), {
      hasher: new FakeHasher(),
    });
    await assert.rejects(
      below.add(CLERK),
      storeError('STOMP_STORE_UNWRITABLE', /cannot be written/),
    );
  });
});
