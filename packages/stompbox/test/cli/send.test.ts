import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Message } from 'stompbox';
import { type CommandOptions, run } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Runs `send` to a queue with a listener and gives what the listener got. */
async function sendTo(
  context: TestContext,
  args: readonly string[],
  options: CommandOptions = {},
  count = 1,
) {
  const { url, messaging } = await embeddedBroker(context);
  const inbox = new Inbox<{ body: unknown; message: Message }>();
  await messaging.consume((body, message) => inbox.add({ body, message }), { queue: 'a' });
  const ended = await run(context, ['send', '/queue/a', ...args, '--url', url], options);
  assert.equal(ended.code, 0, ended.stderr);
  const received = await inbox.until(count);
  const [first] = received;
  assert.ok(first);
  const header = (name: string) => first.message.headers.get(name);
  return { ...ended, received, body: first.body, header, bodyType: first.message.bodyType };
}

describe('stompbox send', () => {
  test('sends JSON as JSON, exactly as it was written', async (t) => {
    const { body, header, stdout, stderr, received } = await sendTo(t, ['{"a": 1}']);
    assert.deepEqual(body, { a: 1 });
    assert.equal(header('content-type'), 'application/json');
    assert.equal(received[0]?.message.text(), '{"a": 1}');
    assert.equal(stdout, '');
    assert.equal(stderr, 'sent 1 message to /queue/a\n');
  });

  test('sends other text as text', async (t) => {
    const { body, header, bodyType } = await sendTo(t, ['hello']);
    assert.equal(body, 'hello');
    assert.equal(header('content-type'), 'text/plain');
    assert.equal(bodyType, 'text');
  });

  test('--type text sends JSON as text', async (t) => {
    assert.equal((await sendTo(t, ['{"a":1}', '--type', 'text'])).body, '{"a":1}');
  });

  test('--type bytes sends standard input byte by byte', async (t) => {
    const input = new Uint8Array([0, 255, 10]);
    const { body, bodyType } = await sendTo(t, ['--type', 'bytes'], { input });
    assert.deepEqual(body, input);
    assert.equal(bodyType, 'bytes');
  });

  test('reads standard input when there is no body', async (t) => {
    assert.deepEqual((await sendTo(t, [], { input: '{"from":"stdin"}\n' })).body, {
      from: 'stdin',
    });
  });

  test('-H sets headers, and a value may contain a colon', async (t) => {
    const { header } = await sendTo(t, ['x', '-H', 'at:10:30', '--header', 'priority:7']);
    assert.equal(header('at'), '10:30');
    assert.equal(header('priority'), '7');
  });

  test('-H leaves out one space after the colon, as people write headers', async (t) => {
    const { header } = await sendTo(t, ['x', '-H', 'priority: 7', '-H', 'note:  two']);
    assert.equal(header('priority'), '7');
    assert.equal(header('note'), ' two');
  });

  test('--no-persistent and --persistent say so', async (t) => {
    assert.equal(
      (await sendTo(t, ['x', '--no-persistent'])).header('persistent') ?? 'false',
      'false',
    );
    assert.equal((await sendTo(t, ['x', '--persistent'])).header('persistent'), 'true');
  });

  test('--count sends so many, and --json tells it as data', async (t) => {
    const { received, stdout, stderr } = await sendTo(
      t,
      ['x', '--count', '250', '--json'],
      {},
      250,
    );
    assert.equal(received.length, 250);
    assert.equal(stdout, '{"destination":"/queue/a","sent":250,"bytes":1}\n');
    assert.equal(stderr, '');
  });

  test('takes the broker from MQ_URL, and a login with a passcode file', async (t) => {
    const { url } = await embeddedBroker(t);
    const folder = temporaryFolder(t, { secret: 'geheim\n' });
    const args = [
      'send',
      '/queue/b',
      'x',
      '--login',
      'app',
      '--passcode-file',
      join(folder, 'secret'),
    ];
    const { code, stderr } = await run(t, args, { env: { MQ_URL: url } });
    assert.equal(code, 0, stderr);
  });

  test('a body that is not JSON with --type json is refused with 2', async (t) => {
    const { code, stderr } = await run(t, ['send', '/queue/a', '{oops', '--type', 'json']);
    assert.equal(code, 2);
    assert.match(stderr, /^error: the body is not JSON, although --type json says so\n/);
  });

  test('bytes that are no text without --type bytes are refused with 2', async (t) => {
    const input = new Uint8Array([0xff]);
    const { code, stderr } = await run(t, ['send', '/queue/a'], { input });
    assert.equal(code, 2);
    assert.match(stderr, /^error: the body is not UTF-8 text\nhint: send it with --type bytes\n/);
  });

  test('a passcode file that is not there is refused with 2', async (t) => {
    const args = ['send', '/queue/a', 'x', '--login', 'app', '--passcode-file', '/nowhere/secret'];
    const { code, stderr } = await run(t, args);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: The password file "\/nowhere\/secret" \(--passcode-file\) cannot/,
    );
  });
});
