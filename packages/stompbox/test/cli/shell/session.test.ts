import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run, start } from '../../support/command.js';
import { embeddedBroker } from '../../support/embedded.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { play, recordsOf } from './play.js';
import { receiptServer } from './receipt-server.js';

describe('stompbox shell', () => {
  test('stats counts from on to off', async (t) => {
    const { url } = await embeddedBroker(t);
    const args = ['--json', '--keep-going', '--heartbeats', '0,0'];
    const ended = await play(
      t,
      url,
      [
        'send /queue/a uncounted',
        'stats on',
        'sendrec /queue/a 1',
        'subscribe /queue/a',
        'wait 2',
        'stats',
        'stats off',
        'stats',
        'stats maybe',
      ],
      args,
    );
    const statistics = recordsOf(ended).filter(({ type }) => type === 'statistics');
    assert.equal(statistics.length, 1);
    const { messages, messagesSent, errors } = statistics[0] ?? {};
    assert.deepEqual(
      { messages, messagesSent, errors },
      { messages: 2, messagesSent: 1, errors: 0 },
    );
    assert.match(ended.stderr, /nothing is counted\nhint: say: stats on/);
    assert.match(ended.stderr, /expected: stats \[on\|off\]/);
  });

  test('version, ver, help and its topics are data', async (t) => {
    const { url } = await embeddedBroker(t);
    const text = await play(t, url, ['version', 'ver', 'help', 'help rollback', '?']);
    assert.match(text.stdout, /^(stompbox \d\S*, STOMP 1\.2, broker stompbox\/\S+\n)\1Commands:\n/);
    assert.match(text.stdout, /\n {2}sendfile <destination> <file> \[headers\.json\]\n/);
    assert.match(text.stdout, /\nabort\n {2}Ends the transaction.*\nAlso: rollback\n/);
    const json = recordsOf(await play(t, url, ['version', 'help', 'help send'], ['--json']));
    assert.deepEqual(
      json.map(({ type }) => type),
      ['version', 'help', 'help'],
    );
    assert.equal(json[0]?.['protocol'], '1.2');
    assert.equal((await play(t, url, ['help nothing'])).code, 2);
  });

  for (const word of ['quit', 'exit', 'EOF']) {
    test(`${word} ends it before the lines that follow`, async (t) => {
      const { url } = await embeddedBroker(t);
      const { code, stdout } = await play(t, url, [word, 'version']);
      assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
    });
  }

  test('a script stops at its first failure, and says where', async (t) => {
    const { url } = await embeddedBroker(t);
    const { code, stdout, stderr } = await play(t, url, ['version', 'send /queue/a', 'version']);
    assert.equal(code, 2);
    assert.equal(stdout.match(/^stompbox/gm)?.length, 1);
    assert.match(
      stderr,
      /\nstandard input, line 2:\nerror: expected: send <destination> <message>\n/,
    );
  });

  test('--keep-going goes on, and ends with the code of the first failure', async (t) => {
    const { url } = await embeddedBroker(t);
    const lines = ['sendfile /queue/a none.txt', 'shout', 'version'];
    const { code, stdout, stderr } = await play(t, url, lines, ['--keep-going']);
    assert.equal(code, 1);
    assert.match(stdout, /^stompbox/);
    assert.match(stderr, /line 1:\nerror: none\.txt cannot be read/);
    assert.match(stderr, /line 2:\nerror: there is no command shout\nhint: say: help\n/);
    assert.equal(stderr.match(/error:/g)?.length, 2, 'each is told once');
  });

  test('--file and run execute files, which may not run themselves', async (t) => {
    const cwd = temporaryFolder(t, {
      'outer.txt': 'run inner.txt\r\nversion\r\n',
      'inner.txt': '# nothing\nver\n',
      'circle.txt': 'run ./circle.txt\n',
    });
    const { url } = await embeddedBroker(t);
    const shell = (file: string) => run(t, ['shell', '--url', url, '-F', file], { cwd });
    const nested = await shell('outer.txt');
    assert.equal(nested.code, 0, nested.stderr);
    assert.equal(nested.stdout.match(/^stompbox/gm)?.length, 2);
    const circle = await shell('circle.txt');
    assert.equal(circle.code, 2);
    assert.match(circle.stderr, /\.\/circle\.txt would run itself/);
    const none = await shell('none.txt');
    assert.equal(none.code, 1);
    assert.match(none.stderr, /the script cannot be read: ENOENT/);
  });

  test('a send that the broker refuses ends the script with 4, although nobody waited', async (t) => {
    const { url } = await embeddedBroker(t);
    const { code, stderr } = await play(t, url, ['send /queue/ nowhere']);
    assert.equal(code, 4);
    assert.match(stderr, /code: STOMP_BROKER_REFUSED/);
    assert.equal(stderr.match(/error:/g)?.length, 1, 'told once');
  });

  test('a script ends with 3 when the connection is lost', async (t) => {
    const server = await receiptServer(t);
    const shell = start(t, ['shell', '--url', server.url]);
    shell.write('sendrec /queue/a x\n');
    await server.sent();
    server.drop();
    const { code, stderr } = await shell.ended;
    assert.equal(code, 3);
    assert.match(stderr, /code: STOMP_NET_(MAYBE_DELIVERED|LOST)/);
  });

  test('Ctrl-C ends a script in order with 130, while it waits and while it reads', async (t) => {
    const { url } = await embeddedBroker(t);
    for (const line of ['wait 1 60', '# nothing']) {
      const shell = start(t, ['shell', '--url', url, '-V']);
      shell.write(`version\nbegin\n${line}\n`);
      await shell.shows('stdout', /Transaction id/);
      shell.signal('SIGINT');
      const { code, stderr } = await shell.ended;
      assert.equal(code, 130);
      assert.match(stderr, /\nonSend ABORT [\s\S]*\nonSend DISCONNECT [\s\S]*\nonClosed\n/);
      assert.doesNotMatch(stderr, /error:/);
    }
  });
});
