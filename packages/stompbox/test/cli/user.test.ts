/** `stompbox user`, with and without a broker that runs on the same directory. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type CommandOptions, run, start } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PASSCODE = 'correct horse';

/** A data directory, and `stompbox user` on it. */
function scene(t: TestContext) {
  const data = join(temporaryFolder(t), 'data');
  const file = join(data, 'users.json');
  const user = (args: readonly string[], options: CommandOptions = {}) =>
    run(t, ['user', ...args, '--data', data], options);
  const add = (name: string, ...flags: string[]) =>
    user(['add', name, '--passcode-stdin', ...flags], { input: `${PASSCODE}\n` });
  return { data, file, user, add };
}

describe('stompbox user', () => {
  test('adds, lists, changes and removes users', async (t) => {
    const { file, user, add } = scene(t);
    assert.deepEqual(await add('clerk', '--role', 'sales', '--role', 'stock'), {
      code: 0,
      stdout: '',
      stderr:
        `added clerk (roles sales, stock) to ${file}\n` +
        'From now on the broker of this directory wants a login of everybody.\n',
    });
    assert.equal(
      (await add('boss', '--role', 'admin')).stderr,
      `added boss (role admin) to ${file}\n`,
    );
    assert.equal((await user(['list'])).stdout, 'boss\tadmin\nclerk\tsales, stock\n');
    assert.equal(
      (await user(['list', '--json'])).stdout,
      '{"name":"boss","roles":["admin"]}\n{"name":"clerk","roles":["sales","stock"]}\n',
    );

    const before = readFileSync(file, 'utf8');
    const changed = await user(['passcode', 'clerk', '--passcode-stdin'], {
      input: 'a new passcode',
    });
    assert.equal(changed.stderr, `changed the passcode of clerk in ${file}\n`);
    assert.notEqual(readFileSync(file, 'utf8'), before);

    assert.equal((await user(['remove', 'boss'])).stderr, `removed boss from ${file}\n`);
    assert.equal((await user(['list'])).stdout, 'clerk\tsales, stock\n');
  });

  test('keeps the passcode out of the file and of what it prints', async (t) => {
    const { file, add } = scene(t);
    const { stdout, stderr } = await add('clerk');
    const text = readFileSync(file, 'utf8');
    assert.ok(![stdout, stderr, text].join().includes(PASSCODE));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('has ./data as its directory, as the broker has', async (t) => {
    const cwd = temporaryFolder(t);
    const args = ['user', 'add', 'clerk', '--passcode-stdin'];
    assert.equal((await run(t, args, { cwd, input: PASSCODE })).code, 0);
    assert.ok(statSync(join(cwd, 'data', 'users.json')).isFile());
  });

  test('lists nothing where there is no users file, and says so', async (t) => {
    const { file, user } = scene(t);
    const stderr = `there is no users file ${file}\n`;
    assert.deepEqual(await user(['list']), { code: 0, stdout: '', stderr });
  });

  test('shows its subcommands with examples and exit codes', async (t) => {
    const { code, stdout } = await run(t, ['user', '--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Examples:\n {2}stompbox user add /);
    for (const name of ['add', 'remove', 'list', 'passcode']) {
      assert.match(stdout, new RegExp(`^ {2}${name} .*`, 'm'));
    }
    assert.match(stdout, /Exit codes:/);
    assert.ok(!stdout.includes('MQ_URL'), 'it talks to no broker');
  });

  test('without a subcommand ends with 2 and says where to look', async (t) => {
    const { code, stderr } = await run(t, ['user']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: say what to do\nhint: see stompbox user --help\n/);
  });

  for (const name of ['add', 'remove', 'list', 'passcode']) {
    test(`has every option of ${name} in the reference`, async (t) => {
      const page = new URL('../../../docs/reference/cli.md', import.meta.resolve('stompbox'));
      const text = readFileSync(page, 'utf8');
      const begin = text.indexOf('## stompbox user');
      const section = text.slice(begin, text.indexOf('\n## ', begin + 1));
      assert.ok(begin > 0 && section.includes(`user ${name}`), name);
      const { stdout } = await run(t, ['user', name, '--help']);
      const options = [...stdout.matchAll(/^ {2}.*?(--[a-z-]+)/gm)].map(([, option]) => option);
      for (const option of options) {
        assert.ok(option === '--help' || section.includes(`\`${option}`), `${name} ${option}`);
      }
    });
  }
});

describe('stompbox user ends with 2, says why and changes nothing', () => {
  const wrong: ReadonlyArray<
    readonly [what: string, args: readonly string[], input: string, message: RegExp]
  > = [
    ['for an unknown one', ['lst'], '', /unknown command 'lst'.*Did you mean list/s],
    [
      'for a passcode as argument',
      ['add', 'x', PASSCODE],
      '',
      /must not stand on the command line/,
    ],
    ['for --passcode', ['add', 'x', '--passcode', PASSCODE], '', /must not stand on the command/],
    ['for --passcode=…', ['passcode', 'clerk', `--passcode=${PASSCODE}`], '', /must not stand/],
    ['without a terminal', ['add', 'x'], PASSCODE, /no terminal.*\nhint: pipe it with --passcode-/],
    ['without input', ['add', 'x', '--passcode-stdin'], '', /standard input holds no passcode/],
    ['for a short passcode', ['add', 'x', '--passcode-stdin'], 'short\n', /at least 8 characters/],
    [
      'for a user that exists',
      ['add', 'clerk'],
      '',
      /clerk exists already\nhint: change .* passcode clerk/,
    ],
    ['for the role *', ['add', 'x', '--role', '*', '--passcode-stdin'], PASSCODE, /must not be \*/],
    ['for an unknown user', ['passcode', 'clark'], '', /no user clark in .*\nhint: see which/],
    ['for removing an unknown user', ['remove', 'clark'], '', /no user clark in .*user list/],
  ];
  for (const [what, args, input, message] of wrong) {
    test(what, async (t) => {
      const { file, user, add } = scene(t);
      await add('clerk');
      const before = readFileSync(file, 'utf8');
      const { code, stdout, stderr } = await user(args, { input });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /\ncode: STOMP_OPT_INVALID\n$/);
      assert.ok(!stderr.includes(PASSCODE));
      assert.equal(readFileSync(file, 'utf8'), before);
    });
  }
});

describe('a users file that cannot be used', () => {
  test('ends the command with 1 and is left as it is', async (t) => {
    const { file, user, add } = scene(t);
    await add('clerk');
    writeFileSync(file, '{}');
    const { code, stderr } = await user(['remove', 'clerk']);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: The users file .*must have the field format.*\ncode: STOMP_STORE_USERS_FORMAT\n$/,
    );
    assert.equal(readFileSync(file, 'utf8'), '{}');
  });

  test('or one that is being changed says what to do', async (t) => {
    const { file, add } = scene(t);
    await add('clerk');
    writeFileSync(`${file}.new`, '');
    const { code, stderr } = await add('boss');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: Another command .*users\.json\.new exists.*\ncode: STOMP_STORE_USERS_BUSY\n$/,
    );
  });
});

describe('while a broker runs', () => {
  test('users can be changed, and each change holds at the next login', async (t) => {
    const { data, user, add } = scene(t);
    const broker = start(t, ['broker', '--port', '0', '--data', data]);
    const [, url = ''] = await broker.shows('stdout', /^Broker ready at (\S+),/);
    const send = (login: Readonly<Record<string, string>> = {}) =>
      run(t, ['send', '/queue/a', 'hello', '--url', url], { env: login });
    const clerk = { MQ_USER: 'clerk', MQ_PASSWORD: PASSCODE };
    assert.equal((await send()).code, 0, 'without users nobody needs a login here');
    assert.equal((await add('clerk')).code, 0);
    assert.equal((await send()).code, 4);
    assert.equal((await send(clerk)).code, 0);
    assert.equal((await user(['list'])).stdout, 'clerk\t\n');
    assert.equal((await user(['remove', 'clerk'])).code, 0);
    const refused = await send(clerk);
    assert.equal(refused.code, 4);
    assert.match(
      refused.stderr,
      /login or passcode of user "clerk" are wrong.*code: STOMP_BROKER_LOGIN/s,
    );
    broker.signal('SIGTERM');
    assert.equal((await broker.ended).code, 0);
  });
});
