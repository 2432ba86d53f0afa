/** The users file as a broker sees it while `stompbox user` changes it. */
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { FileUserDirectory, noUsers } from '../../dist/security/user-directory.js';
import { UsersFile, usersFileIn } from '../../dist/security/users-file.js';
import { temporaryDirectory } from '../store/temporary-directory.js';
import { FakeHasher } from './fake-hasher.js';

const CLERK = { name: 'clerk', passcode: 'correct horse', roles: [] };

function scene(t: TestContext) {
  const path = usersFileIn(temporaryDirectory(t));
  const file = new UsersFile(path, { hasher: new FakeHasher() });
  return { path, file, directory: new FileUserDirectory(path) };
}

test('a broker in memory has no users', async () => {
  assert.equal(await noUsers.current(), undefined);
});

describe('the users of a file', () => {
  test('are those of now, after each change', async (t) => {
    const { file, directory } = scene(t);
    assert.equal(await directory.current(), undefined);
    await file.add(CLERK);
    const added = (await directory.current())?.get('clerk');
    assert(added);
    await file.changePasscode('clerk', 'a new passcode');
    assert.notDeepEqual((await directory.current())?.get('clerk')?.passcode, added.passcode);
    await file.remove('clerk');
    assert.equal((await directory.current())?.size, 0);
  });

  test('are read once as long as nothing changes', async (t) => {
    const { file, directory } = scene(t);
    await file.add(CLERK);
    const users = await directory.current();
    assert.equal(await directory.current(), users);
  });

  test('include a change that was made while another login was looking', async (t) => {
    const { file, directory } = scene(t);
    await file.add(CLERK);
    await directory.current();
    const early = directory.current();
    await file.remove('clerk');
    const late = await Promise.all([directory.current(), directory.current()]);
    assert.deepEqual(
      late.map((users) => users?.size),
      [0, 0],
    );
    assert.ok(((await early)?.size ?? 0) <= 1);
  });

  test('are an error while the file is damaged, and are there again when it is repaired', async (t) => {
    const { path, file, directory } = scene(t);
    await file.add(CLERK);
    await directory.current();
    appendFileSync(path, 'x');
    const code = 'STOMP_STORE_USERS_FORMAT';
    await assert.rejects(directory.current(), { code });
    await assert.rejects(Promise.all([directory.current(), directory.current()]), { code });
    writeFileSync(path, '{"format":"stompbox-users","version":1,"users":[]}');
    assert.equal((await directory.current())?.size, 0);
  });

  test('that is lost do not make the broker one without users', async (t) => {
    const { path, file, directory } = scene(t);
    await file.add(CLERK);
    await directory.current();
    rmSync(path);
    await assert.rejects(directory.current(), {
      code: 'STOMP_STORE_USERS_FORMAT',
      message: /has been removed while the broker runs/,
    });
    await file.add({ ...CLERK, name: 'boss' });
    assert.deepEqual([...((await directory.current())?.keys() ?? [])], ['boss']);
  });
});
