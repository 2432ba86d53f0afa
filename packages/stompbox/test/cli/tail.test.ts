import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run, start } from '../support/command.js';
import { embeddedBroker } from '../support/embedded.js';
import { Inbox } from '../support/events.js';

describe('stompbox tail', () => {
  test('prints each message of a topic on one line and ends with 130 at Ctrl-C', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const tail = start(t, ['tail', '/topic/a', '/topic/b', '--url', url]);
    await tail.shows('stderr', /^reading \/topic\/a and \/topic\/b at 127\.0\.0\.1:\d+\n/);
    await messaging.send('/topic/a', { text: 'two\nlines' });
    await messaging.send('/topic/b', 'plain\n\u001b[31mred\u2028');
    await messaging.send('/topic/a', Buffer.from([0, 255]));
    await tail.shows('stdout', /base64/);
    tail.signal('SIGINT');
    const { code, stdout } = await tail.ended;
    assert.equal(code, 130);
    assert.equal(
      stdout,
      '/topic/a\t{"text":"two\\nlines"}\n' +
        '/topic/b\tplain\\n\\u001b[31mred\\u2028\n' +
        '/topic/a\tbase64:AP8=\n',
    );
  });

  test('--json prints JSON lines, --count ends it with 0', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const tail = start(t, ['tail', '/topic/a', '--json', '--count', '2', '--url', url]);
    await tail.shows('stderr', /^reading/);
    for (const body of [{ a: 1 }, Buffer.from([255]), 'unread']) {
      await messaging.send('/topic/a', body, { headers: { region: 'EU' } });
    }
    const { code, stdout } = await tail.ended;
    assert.equal(code, 0);
    const [first, second, ...rest] = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    assert.equal(first.destination, '/topic/a');
    assert.equal(typeof first.messageId, 'string');
    assert.equal(first.headers.region, 'EU');
    assert.deepEqual(first.body, { a: 1 });
    assert.equal(second.bodyBase64, '/w==');
    assert.deepEqual(rest, []);
  });

  test('--json lets no control character through, and the JSON means the same', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const tail = start(t, ['tail', '/topic/a', '--json', '--count', '1', '--url', url]);
    await tail.shows('stderr', /^reading/);
    const body = 'a\u0085b\u009b31m\u007f\u2028\u001b';
    await messaging.send('/topic/a', body, { headers: { note: '\u009b2J' } });
    const { stdout } = await tail.ended;
    assert.doesNotMatch(stdout.slice(0, -1), /[\p{Cc}\u2028\u2029]/u);
    assert.match(stdout, /a\\u0085b\\u009b31m\\u007f/);
    const printed = JSON.parse(stdout);
    assert.equal(printed.body, body);
    assert.equal(printed.headers.note, '\u009b2J');
  });

  test('refuses a queue with 2 unless --consume is said', async (t) => {
    const { code, stdout, stderr } = await run(t, ['tail', '/topic/a', '/queue/b']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: \/queue\/b is a queue, .*\nhint: say --consume /);
  });

  test('--consume takes as many messages from a queue as it prints', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    for (const body of [1, 2, 3]) await messaging.send('/queue/a', body);
    const args = ['tail', '/queue/a', '--consume', '--count', '2', '--url', url];
    const { code, stdout } = await run(t, args);
    assert.equal(code, 0);
    assert.equal(stdout, '/queue/a\t1\n/queue/a\t2\n');
    const rest = new Inbox<unknown>();
    await messaging.consume(rest.add, { queue: 'a' });
    assert.deepEqual(await rest.until(1), [3]);
  });

  test('ends quietly with 0 when nobody reads it any more', async (t) => {
    const { url, messaging } = await embeddedBroker(t);
    const tail = start(t, ['tail', '/topic/a', '--url', url]);
    await tail.shows('stderr', /^reading/);
    tail.closeReader();
    while (!tail.isEnded) await messaging.send('/topic/a', 'x');
    const { code, stderr } = await tail.ended;
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /EPIPE|error/);
  });

  test('without a broker ends with 3', async (t) => {
    const { code, stderr } = await run(t, ['tail', '/topic/a', '--url', '127.0.0.1:1']);
    assert.equal(code, 3);
    assert.match(stderr, /code: STOMP_NET_REFUSED/);
  });
});
