/** What all commands have in common: help, version, usage errors and how errors look. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { run } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';

const NO_BROKER = ['send', '/queue/a', 'x', '--url', '127.0.0.1:1'];

describe('help', () => {
  for (const args of [[], ['broker'], ['listen'], ['send'], ['tail'], ['shell']]) {
    test(`of "${['stompbox', ...args].join(' ')}" begins with examples and has the exit codes`, async (t) => {
      const { code, stdout, stderr } = await run(t, [...args, '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, /^Examples:\n {2}stompbox /);
      assert.match(stdout, /\nUsage: stompbox /);
      assert.match(stdout, /Exit codes:[\s\S]* 130 {2}interrupted by Ctrl-C/);
    });
  }

  test('names the environment of the commands that connect', async (t) => {
    for (const name of ['listen', 'send', 'tail', 'shell']) {
      const { stdout } = await run(t, [name, '--help']);
      assert.match(stdout, /MQ_URL, MQ_PORT, MQ_USER, MQ_PASSWORD or MQ_PASSWORD_FILE/);
    }
  });

  test('no line is wider than 100 characters', async (t) => {
    for (const name of ['send', 'shell']) {
      const { stdout } = await run(t, [name, '--help']);
      for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line);
    }
  });
});

test('--version is the version of the package', async (t) => {
  const file = new URL('../package.json', import.meta.resolve('stompbox'));
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  assert.deepEqual(await run(t, ['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a wrong command line ends with 2, says why and where to look', () => {
  const wrong: readonly (readonly [args: string[], message: RegExp, hint: string])[] = [
    [['sned'], /unknown command 'sned'.*Did you mean send/s, 'stompbox'],
    [['send'], /missing required argument 'destination'/, 'stompbox send'],
    [['send', 'a', 'b', '--cuont', '1'], /unknown option '--cuont'.*--count/s, 'stompbox send'],
    [['send', 'a', 'b', '--count', '0'], /'0' is invalid. It must be a whole/, 'stompbox send'],
    [['send', 'a', 'b', '--type', 'map'], /Allowed choices are text, bytes, json/, 'stompbox send'],
    [['send', 'a', 'b', '-H', 'x'], /It must be name:value/, 'stompbox send'],
    [['tail', '/topic/a', '--count', 'x'], /'x' is invalid/, 'stompbox tail'],
    [['broker', '--port', '70000'], /from 0 to 65535/, 'stompbox broker'],
    [['broker', 'extra'], /too many arguments/, 'stompbox broker'],
    [['broker', '--memory', '--data', 'x'], /--memory keeps nothing on disk/, 'stompbox broker'],
  ];
  for (const [args, message, hint] of wrong) {
    test(`stompbox ${args.join(' ')}`, async (t) => {
      const { code, stdout, stderr } = await run(t, args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^error: (?!error)/);
      assert.match(stderr, message);
      assert.match(stderr, new RegExp(`\nhint: see ${hint} --help\ncode: STOMP_OPT_INVALID\n$`));
    });
  }

  test('without a command the help is shown', async (t) => {
    const { code, stderr } = await run(t, []);
    assert.equal(code, 2);
    assert.match(stderr, /^error: no command is given\nhint: see stompbox --help\n/);
  });
});

describe('an error', () => {
  test('is one line, with a hint and its code; no broker ends with 3', async (t) => {
    const { code, stdout, stderr } = await run(t, NO_BROKER);
    assert.equal(code, 3);
    assert.equal(stdout, '');
    const [error, hint, identity, ...rest] = stderr.split('\n');
    assert.match(error ?? '', /^error: 127\.0\.0\.1:1 refused the connection: .*61613/);
    assert.match(hint ?? '', /^hint: set the broker with --url or MQ_URL, or start one/);
    assert.equal(identity, 'code: STOMP_NET_REFUSED');
    assert.deepEqual(rest, ['']);
  });

  test('of the broker ends with 4', async (t) => {
    const { url } = await embeddedBroker(t);
    const args = ['send', '/queue/a', 'x', '-H', 'priority:high', '--url', url];
    const { code, stderr } = await run(t, args);
    assert.equal(code, 4, stderr);
    assert.match(stderr, /^error: The broker refused .*\ncode: STOMP_BROKER_REFUSED\n$/);
  });

  test('in the settings ends with 2 and names the variable', async (t) => {
    const { code, stderr } = await run(t, ['send', '/queue/a', 'x'], { env: { MQ_PORT: 'x' } });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: The setting port \(environment MQ_PORT\) .*\ncode: STOMP_OPT_INV/,
    );
  });

  test('in a destination ends with 2', async (t) => {
    const { code, stderr } = await run(t, ['send', '/queue/', 'x', '--url', '127.0.0.1:1']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: The destination "\/queue\/" has no name/);
  });

  test('is red only where colours are wanted', async (t) => {
    const plain = await run(t, NO_BROKER);
    const coloured = await run(t, NO_BROKER, { env: { FORCE_COLOR: '1' } });
    assert.match(plain.stderr, /^error:/);
    assert.ok(coloured.stderr.startsWith('\u001b[31merror:\u001b[39m'), coloured.stderr);
  });
});
