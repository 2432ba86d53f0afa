import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { start } from '../../support/command.js';
import { embeddedBroker } from '../../support/embedded.js';
import { play, recordsOf } from './play.js';
import { receiptServer } from './receipt-server.js';

describe('stompbox shell', () => {
  test('prints messages with what it takes to acknowledge them', async (t) => {
    const { url } = await embeddedBroker(t);
    const { code, stdout, stderr } = await play(t, url, [
      'subscribe /queue/a client',
      'send /queue/a two \u001b[31mred',
      'wait',
    ]);
    assert.equal(code, 0);
    assert.match(stderr, /\nsubscribed to \/queue\/a, ack client, id 1\n/);
    assert.match(stdout, /^MESSAGE\n/);
    for (const line of [/^subscription: 1$/m, /^message-id: \S+$/m, /^ack: \S+$/m]) {
      assert.match(stdout, line);
    }
    assert.match(stdout, /\n\ntwo \\u001b\[31mred\n$/);
    assert.doesNotMatch(stdout, /priority|timestamp/);
  });

  test('--verbose prints all headers, and every frame without the passcode', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    await messaging.send('/queue/a', 'x', { headers: { colour: 'red' } });
    const env = { MQ_USER: 'me', MQ_PASSWORD: 'my-passcode' };
    const lines = ['subscribe /queue/a', 'wait'];
    const { stdout, stderr } = await play(t, url, lines, ['-V'], { env });
    assert.match(stdout, /^colour: red$/m);
    assert.match(stderr, /^onSend CONNECT .*"passcode":"\*\*\*"/m);
    assert.match(stderr, /^onMessage /m);
    assert.doesNotMatch(stdout + stderr, /my-passcode/);
  });

  test('--json prints messages as records, bytes in base64', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const lines = ['subscribe /topic/a', 'wait 2'];
    const shell = start(t, ['shell', '--url', url, '--json']);
    shell.write(`${lines.join('\n')}\n`);
    await shell.shows('stderr', /subscribed/);
    await messaging.send('/topic/a', { a: 1 });
    await messaging.send('/topic/a', Buffer.from([0, 255]));
    shell.write('quit\n');
    const [first, second] = recordsOf(await shell.ended);
    assert.equal(first?.['type'], 'message');
    assert.equal(first?.['subscription'], '1');
    assert.deepEqual(first?.['body'], { a: 1 });
    assert.equal(second?.['bodyBase64'], 'AP8=');
  });

  test('refuses a second subscription to one destination, and ends one', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const ended = await play(
      t,
      url,
      [
        'subscribe /queue/a client',
        'subscribe /queue/a',
        'subscribe /queue/b wrong-mode',
        'unsubscribe /queue/b',
        'unsubscribe /queue/a',
        'sendrec /queue/a stays',
        'subscribe /queue/b',
      ],
      ['--keep-going'],
    );
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /already subscribed to \/queue\/a/);
    assert.match(
      ended.stderr,
      /expected: subscribe <destination> \[auto\|client\|client-individual\]/,
    );
    assert.match(ended.stderr, /not subscribed to \/queue\/b/);
    assert.match(ended.stderr, /subscribed to \/queue\/b, ack auto, id 2/, 'ids count up');
    assert.doesNotMatch(ended.stdout, /stays/);
    const connection = await messaging.getConnection();
    const subscription = await connection.subscribe('/queue/a');
    for await (const message of subscription) {
      assert.equal(message.text(), 'stays');
      break;
    }
  });

  /** Starts a shell that has read these messages of /queue/a in this mode; gives their ids. */
  async function reading(
    t: Parameters<typeof embeddedBroker>[0],
    mode: string,
    bodies: readonly string[],
    id: 'ack' | 'message-id' = 'message-id',
  ) {
    const { url, messaging } = await embeddedBroker(t, { redelivery: { initialDelayMs: 0 } });
    for (const body of bodies) await messaging.send('/queue/a', body);
    const shell = start(t, ['shell', '--url', url]);
    shell.write(`subscribe /queue/a ${mode}\nwait ${bodies.length}\n`);
    const pattern = new RegExp(bodies.map((body) => `[\\s\\S]*\\n\\n${body}\\n`).join(''));
    const [text] = await shell.shows('stdout', pattern);
    const ids = [...text.matchAll(new RegExp(`^${id}: (\\S+)$`, 'gm'))].map(([, one]) => one);
    assert.equal(ids.length, bodies.length);
    return { url, shell, ids };
  }

  async function left(t: Parameters<typeof embeddedBroker>[0], url: string): Promise<string[]> {
    const lines = ['sendrec /queue/a the-end', 'subscribe /queue/a'];
    const shell = start(t, ['shell', '--url', url, '--json']);
    shell.write(`${lines.join('\n')}\n`);
    await shell.shows('stdout', /the-end/);
    shell.write('quit\n');
    const messages = recordsOf(await shell.ended).filter(({ type }) => type === 'message');
    return messages.map(({ body }) => String(body)).sort();
  }

  test('ack takes one message in mode client-individual, by either id', async (t) => {
    for (const header of ['message-id', 'ack'] as const) {
      const { url, shell, ids } = await reading(t, 'client-individual', ['1', '2', '3'], header);
      shell.write(`ack ${ids[1]}\nack ${ids[1]}\n`);
      const { code, stderr } = await shell.ended;
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`acked ${ids[1]}`));
      assert.match(stderr, /no message \S+ waits for an acknowledgement/);
      assert.deepEqual(await left(t, url), ['1', '3', 'the-end']);
    }
  });

  test('ack takes all earlier ones with it in mode client', async (t) => {
    const { url, shell, ids } = await reading(t, 'client', ['1', '2', '3']);
    shell.write(`ack ${ids[1]} 1\nack ${ids[0]}\n`);
    const { stderr } = await shell.ended;
    assert.match(stderr, /no message \S+ waits/);
    assert.deepEqual(await left(t, url), ['3', 'the-end']);
  });

  test('ack in a transaction counts at commit, and not after abort', async (t) => {
    const { url, shell, ids } = await reading(t, 'client-individual', ['1', '2']);
    const lines = ['begin', `ack ${ids[0]}`, 'abort', 'begin', `ack ${ids[1]}`, 'commit', 'quit'];
    shell.write(`${lines.join('\n')}\n`);
    assert.equal((await shell.ended).code, 0);
    assert.deepEqual(await left(t, url), ['1', 'the-end']);
  });

  test('nack gives a message back, which comes again', async (t) => {
    const { shell, ids } = await reading(t, 'client-individual', ['1']);
    shell.write(`nack ${ids[0]}\nwait\nquit\n`);
    const { code, stdout, stderr } = await shell.ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/\n\n1\n/g)?.length, 2);
  });

  test('--listen prints the messages of a destination until Ctrl-C, and reads no commands', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const shell = start(t, ['shell', '--url', url, '-L', '/topic/a']);
    await shell.shows('stderr', /listening to \/topic\/a/);
    shell.write('quit\n');
    await messaging.send('/topic/a', 'news');
    await shell.shows('stdout', /\n\nnews\n/);
    shell.signal('SIGINT');
    assert.equal((await shell.ended).code, 130);
  });

  test('--listen ends with 4 when the broker takes the subscription back', async (t) => {
    const server = await receiptServer(t);
    const shell = start(t, ['shell', '--url', server.url, '-L', '/queue/a']);
    await shell.shows('stderr', /listening to \/queue\/a/);
    server.refuseSubscriptions();
    server.drop();
    const { code, stderr } = await shell.ended;
    assert.equal(code, 4);
    assert.match(stderr, /no longer allowed/);
    assert.equal(stderr.match(/error:/g)?.length, 1, 'told once');
  });

  test('wait ends with 3 when the messages do not come in time', async (t) => {
    const { url } = await embeddedBroker(t);
    const { code, stderr } = await play(t, url, ['wait 2 1']);
    assert.equal(code, 3);
    assert.match(stderr, /2 messages .*\ncode: STOMP_NET_TIMEOUT_EVENT/);
    assert.equal((await play(t, url, ['wait x'])).code, 2);
  });
});
