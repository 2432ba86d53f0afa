import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '@stompbox/client';
import { start } from '../../support/command.js';
import { embeddedBroker } from '../../support/embedded.js';
import { Inbox } from '../../support/events.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { play, recordsOf } from './play.js';
import { receiptServer } from './receipt-server.js';

/** A broker, and the messages of a queue as they arrive. */
async function brokerWithInbox(t: Parameters<typeof embeddedBroker>[0], queue: string) {
  const { url, messaging } = await embeddedBroker(t);
  const inbox = new Inbox<Message>();
  const connection = await messaging.getConnection();
  await connection.subscribe(`/queue/${queue}`, {}, inbox.add);
  return { url, inbox };
}

describe('stompbox shell', () => {
  test('send sends the rest of the line as it is', async (t) => {
    const { url, inbox } = await brokerWithInbox(t, 'a');
    const { code, stdout } = await play(t, url, [
      '',
      '# a remark',
      '  send /queue/a  two   "words" ',
    ]);
    assert.equal(code, 0);
    assert.equal(stdout, '');
    const [message] = await inbox.until(1);
    assert.equal(message?.text(), 'two   "words"');
    assert.equal(message?.headers.has('receipt'), false);
  });

  test('sendrec prints its receipt, and nothing before the broker has sent it', async (t) => {
    const server = await receiptServer(t);
    const shell = start(t, ['shell', '--url', server.url]);
    shell.write('version\nsendrec /queue/a hello\nversion\n');
    await shell.shows('stdout', /^stompbox .*\n/);
    await server.sent();
    server.confirm();
    await shell.shows('stdout', /^stompbox .*\nRECEIPT for \/queue\/a\nstompbox .*\n$/);
    shell.write('quit\n');
    assert.equal((await shell.ended).code, 0);
  });

  test('sendreply carries the correlation-id, and nothing but the message', async (t) => {
    const { url, inbox } = await brokerWithInbox(t, 'a');
    await play(t, url, ['sendreply /queue/a request-7 the answer']);
    const [message] = await inbox.until(1);
    assert.equal(message?.headers.get('correlation-id'), 'request-7');
    assert.equal(message?.text(), 'the answer');
  });

  test('sendfile sends the bytes in base64 and the bare name, with headers of a file', async (t) => {
    const cwd = temporaryFolder(t, {
      'my file.txt': 'grüße',
      'headers.json': '{"colour":"red","count":3,"urgent":true}',
      'bad.json': '{"colour":["red"]}',
      'broken.json': '{',
      'list.json': '[]',
    });
    const { url, inbox } = await brokerWithInbox(t, 'a');
    const line = `sendfile /queue/a "${cwd}/my file.txt" headers.json`;
    const { code } = await play(t, url, [line], [], { cwd });
    assert.equal(code, 0);
    const [message] = await inbox.until(1);
    assert.equal(Buffer.from(message?.text() ?? '', 'base64').toString(), 'grüße');
    const { filename, colour, count, urgent } = message?.headers.toObject() ?? {};
    assert.deepEqual([filename, colour, count, urgent], ['my file.txt', 'red', '3', 'true']);
    for (const [headers, why] of [
      ['bad.json', /header colour must be/],
      ['broken.json', /is not JSON/],
      ['list.json', /must hold a JSON object/],
      ['none.json', /none\.json cannot be read/],
    ] as const) {
      const bad = await play(t, url, [`sendfile /queue/a headers.json ${headers}`], [], { cwd });
      assert.equal(bad.code, 1);
      assert.match(bad.stderr, why);
    }
    const open = await play(t, url, ['sendfile /queue/a "headers.json'], [], { cwd });
    assert.equal(open.code, 2);
    assert.match(open.stderr, /double quote is not closed/);
  });

  test('a transaction takes effect at commit, and not at all after abort', async (t) => {
    const { url, inbox } = await brokerWithInbox(t, 'a');
    const ended = await play(t, url, [
      'begin',
      'send /queue/a aborted',
      'sendrec /queue/a aborted too',
      'sendreply /queue/a c-1 aborted as well',
      'rollback',
      'begin',
      'send /queue/a one',
      'send /queue/a two',
      'commit',
      'begin',
      'send /queue/a left open',
    ]);
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /^Transaction id: (\S+)\nRECEIPT .*\nAborted transaction: \1\n/);
    assert.match(ended.stdout, /Transaction id: (\S+)\nCommitted \1\nTransaction id: (\S+)\n$/);
    assert.match(ended.stderr, /\naborted transaction \S+\n$/);
    await play(t, url, ['sendrec /queue/a last']);
    const messages = await inbox.until(3);
    assert.deepEqual(
      messages.map((message) => message.text()),
      ['one', 'two', 'last'],
    );
  });

  test('one transaction at a time, and none to end where none is open', async (t) => {
    const { url } = await embeddedBroker(t);
    const lines = ['commit', 'abort', 'begin', 'begin', 'abort'];
    const ended = await play(t, url, lines, ['--keep-going', '--json']);
    assert.equal(ended.code, 2);
    assert.equal(ended.stderr.match(/there is no open transaction/g)?.length, 2);
    assert.equal(ended.stderr.match(/a transaction is open/g)?.length, 1);
    assert.deepEqual(
      recordsOf(ended).map(({ type }) => type),
      ['begun', 'aborted'],
    );
  });
});
