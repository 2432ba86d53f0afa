import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, type TestContext, test } from 'node:test';
import { type DirectoryLock, lockDirectory } from '../../dist/store/directory-lock.js';
import { temporaryDirectory } from './temporary-directory.js';

const isInUse = { name: 'StoreError', code: 'STOMP_STORE_IN_USE' };
const isUnwritable = { name: 'StoreError', code: 'STOMP_STORE_UNWRITABLE' };
const isWindows = process.platform === 'win32';
const hasShortPathsOnly = !isWindows && process.platform !== 'linux';

/** Another process that wants the lock, and what it says: `locked` or the code of its error. */
async function otherProcess(
  context: TestContext,
  directory: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; answer: string }> {
  const script = join(import.meta.dirname, 'lock-holder.js');
  const child = spawn(process.execPath, [script, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  context.after(() => child.kill('SIGKILL'));
  const [answer] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, answer };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The lock that exactly one of several got. */
function onlyWinner(results: ReadonlyArray<PromiseSettledResult<DirectoryLock>>): DirectoryLock {
  const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refusals = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
  );
  const [lock] = locks;
  assert.ok(lock);
  assert.equal(locks.length, 1, 'one has the lock');
  assert.deepEqual(new Set(refusals), new Set([isInUse.code]), 'all others are told so');
  return lock;
}

describe('the lock of a data directory', () => {
  test('is for one at a time in a process', async (context) => {
    const directory = join(temporaryDirectory(context), 'data');
    const lock = await lockDirectory(directory);
    await assert.rejects(lockDirectory(directory), {
      ...isInUse,
      message: `The data directory ${directory} is used by another broker that is running: connect to that one, stop it, or choose another data directory`,
    });
    await lock.release();
    const again = await lockDirectory(directory);
    await again.release();
  });

  test('is for one process at a time', async (context) => {
    const directory = temporaryDirectory(context);
    const { child, answer } = await otherProcess(context, directory);
    assert.equal(answer, 'locked');
    await assert.rejects(lockDirectory(directory), isInUse);
    assert.equal((await otherProcess(context, directory)).answer, isInUse.code);
    child.stdin?.end();
    await once(child, 'exit');
    const lock = await lockDirectory(directory);
    assert.equal((await otherProcess(context, directory)).answer, isInUse.code);
    await lock.release();
  });

  test('is free after its owner was killed, as often as that happens', async (context) => {
    const directory = temporaryDirectory(context);
    for (let round = 0; round < 3; round++) {
      const { child, answer } = await otherProcess(context, directory);
      assert.equal(answer, 'locked');
      await kill(child);
    }
    const lock = await lockDirectory(directory);
    assert.equal(readdirSync(directory).length, isWindows ? 0 : 1, 'what was left is gone');
    await lock.release();
    assert.deepEqual(readdirSync(directory), []);
  });

  test('is kept by an owner that hangs', { skip: isWindows }, async (context) => {
    const directory = temporaryDirectory(context);
    const { child } = await otherProcess(context, directory);
    child.kill('SIGSTOP');
    await assert.rejects(lockDirectory(directory), isInUse);
    await kill(child);
    const lock = await lockDirectory(directory);
    await lock.release();
    assert.deepEqual(readdirSync(directory), []);
  });

  test('goes to one of several who come at once after a crash', async (context) => {
    const directory = temporaryDirectory(context);
    for (let round = 0; round < 10; round++) {
      const { child } = await otherProcess(context, directory);
      await kill(child);
      const wishes = Array.from({ length: 5 }, () => lockDirectory(directory));
      const lock = onlyWinner(await Promise.allSettled(wishes));
      await assert.rejects(lockDirectory(directory), isInUse);
      await lock.release();
    }
  });

  test('goes to one of several processes that start at once after a crash', async (context) => {
    const directory = temporaryDirectory(context);
    await kill((await otherProcess(context, directory)).child);
    const others = await Promise.all(
      Array.from({ length: 4 }, () => otherProcess(context, directory)),
    );
    const answers = others.map(({ answer }) => answer).sort();
    assert.deepEqual(answers, [isInUse.code, isInUse.code, isInUse.code, 'locked']);
  });

  test('is the same lock under every name of the directory', async (context) => {
    const folder = temporaryDirectory(context);
    const directory = join(folder, 'data');
    mkdirSync(directory);
    symlinkSync(directory, join(folder, 'other-name'));
    const lock = await lockDirectory(directory);
    await assert.rejects(lockDirectory(join(folder, 'other-name')), isInUse);
    await assert.rejects(lockDirectory(join(folder, '.', 'data', '..', 'data')), isInUse);
    await lock.release();
  });

  test('is that of its own directory only', async (context) => {
    const folder = temporaryDirectory(context);
    const long = hasShortPathsOnly ? 'long-' : 'long-'.repeat(30);
    const names = ['a', 'b', `${long}a`, `${long}b`];
    const locks = await Promise.all(names.map((name) => lockDirectory(join(folder, name))));
    assert.equal(locks.length, 4);
    for (const lock of locks) await lock.release();
  });

  test('works where the path is longer than a socket may have', {
    skip: hasShortPathsOnly,
  }, async (context) => {
    const directory = join(temporaryDirectory(context), 'a'.repeat(200), 'b'.repeat(200));
    const { child, answer } = await otherProcess(context, directory);
    assert.equal(answer, 'locked');
    await assert.rejects(lockDirectory(directory), isInUse);
    await kill(child);
    const lock = await lockDirectory(directory);
    assert.equal((await otherProcess(context, directory)).answer, isInUse.code);
    const elsewhere = { TMPDIR: temporaryDirectory(context) };
    assert.equal((await otherProcess(context, directory, elsewhere)).answer, isInUse.code);
    assert.equal(readdirSync(directory).length, isWindows ? 0 : 1, 'it lies in the directory');
    await lock.release();
    assert.deepEqual(readdirSync(directory), []);
  });

  test('goes to one of several who come at once where the path is long', {
    skip: hasShortPathsOnly,
  }, async (context) => {
    const directory = join(temporaryDirectory(context), 'a'.repeat(200));
    const wishes = Array.from({ length: 5 }, () => lockDirectory(directory));
    const lock = onlyWinner(await Promise.allSettled(wishes));
    await lock.release();
  });

  test('creates a directory that only its owner may enter', async (context) => {
    const directory = join(temporaryDirectory(context), 'new', 'data');
    const lock = await lockDirectory(directory);
    if (!isWindows) assert.equal(statSync(directory).mode & 0o777, 0o700);
    await lock.release();
  });

  test('is not held by one who asks and never hangs up', { skip: isWindows }, async (context) => {
    const directory = temporaryDirectory(context);
    const lock = await lockDirectory(directory);
    const [name = ''] = readdirSync(directory);
    const socket = createConnection({ path: join(directory, name), allowHalfOpen: true });
    socket.resume();
    await once(socket, 'end');
    const closed = once(socket, 'close');
    await lock.release();
    socket.destroy();
    await closed;
    assert.deepEqual(readdirSync(directory), []);
  });
});

describe('a data directory that cannot be used', () => {
  test('is refused when it lies below a regular file', async (context) => {
    const file = join(temporaryDirectory(context), 'file');
    writeFileSync(file, '');
    for (const directory of [file, join(file, 'data')]) {
      await assert.rejects(lockDirectory(directory), isUnwritable);
    }
  });

  test('is refused when its path is too long for a lock', { skip: isWindows }, async (context) => {
    const directory = join(realpathSync(temporaryDirectory(context)), 'a'.repeat(100));
    const platform = Object.getOwnPropertyDescriptor(process, 'platform');
    assert.ok(platform);
    context.after(() => Object.defineProperty(process, 'platform', platform));
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
    await assert.rejects(lockDirectory(directory), {
      ...isUnwritable,
      message: `The path of the data directory ${directory} is too long for a lock (82 bytes at most): choose a shorter one`,
    });
  });

  test('is refused when what others left in it cannot be removed', async (context) => {
    const directory = temporaryDirectory(context);
    mkdirSync(join(directory, 'lock-of-somebody'));
    await assert.rejects(lockDirectory(directory), isUnwritable);
  });
});
