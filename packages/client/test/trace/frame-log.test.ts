import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FrameLogOptions, frameLog } from '@stompbox/client';
import { FrameHeaders } from '@stompbox/protocol';
import fc from 'fast-check';

type Headers = readonly (readonly [string, string])[];

function line(
  command: string,
  headers: Headers = [],
  body: string | Uint8Array = '',
  options: FrameLogOptions = {},
): string {
  const lines: string[] = [];
  const log = frameLog((text) => void lines.push(text), options);
  log({ direction: 'out', peer: 'mq:61613', frame: { command, headers, body } });
  assert.equal(lines.length, 1, 'one line for one frame');
  return lines[0] ?? '';
}

describe('a frame log', () => {
  test('writes a line for each frame, with its headers in order', () => {
    const lines: string[] = [];
    const log = frameLog((text) => void lines.push(text), { bodies: true });
    log({
      direction: 'in',
      peer: 'mq:61613',
      frame: {
        command: 'MESSAGE',
        headers: new FrameHeaders(['destination', '/queue/a', 'x', '1', 'x', '2']),
        body: new TextEncoder().encode('hello'),
      },
    });
    log({ direction: 'out', peer: 'mq:61613', frame: undefined });
    assert.deepEqual(lines, [
      'in mq:61613 MESSAGE destination=/queue/a x=1 x=2 (5 bytes) "hello"',
      'out mq:61613 heart-beat',
    ]);
  });

  test('leaves bodies out unless asked for', () => {
    assert.equal(line('SEND', [['a', 'b']], 'secret'), 'out mq:61613 SEND a=b (6 bytes)');
    assert.equal(line('SEND', [], 'grün', { bodies: true }), 'out mq:61613 SEND (5 bytes) "grün"');
  });

  test('cuts long bodies, between characters', () => {
    const options = { bodies: true, maxBodyBytes: 4 };
    assert.match(line('SEND', [], 'grün und blau', options), /\(14 bytes\) "grü"…$/);
    assert.match(line('SEND', [], 'abcü', options), /\(5 bytes\) "abc"…$/);
    assert.match(line('SEND', [], 'abcd', options), /\(4 bytes\) "abcd"$/);
    assert.match(line('SEND', [], 'abc', { bodies: true, maxBodyBytes: 0 }), /\(3 bytes\) ""…$/);
  });

  test('shows bodies that are no text in hexadecimal', () => {
    const body = new Uint8Array([0xff, 0x00, 0x10, 0x20]);
    assert.match(line('SEND', [], body, { bodies: true }), / 0xff001020$/);
    assert.match(line('SEND', [], body, { bodies: true, maxBodyBytes: 2 }), / 0xff00…$/);
  });

  test('escapes what would break or turn the line', () => {
    const value = 'a\n\r\t\u0000\u001b[31m\u0085\u2028\u202e\ud800b';
    const escaped = String.raw`a\n\r\t\u0000\u001b[31m\u0085\u2028\u202e\ud800b`;
    assert.equal(line('SEND', [['x', value]]), `out mq:61613 SEND x="${escaped}"`);
    assert.ok(
      line('SEND', [], value.replace('\ud800', ''), { bodies: true }).includes('\\u001b[31m'),
    );
    assert.equal(line('SEND', [['a\nb', '1']]), String.raw`out mq:61613 SEND "a\nb"=1`);
  });

  test('quotes values that could be taken for something else', () => {
    const headers: Headers = [
      ['selector', 'a = "b"'],
      ['path', 'C:\\new'],
      ['empty', ''],
    ];
    assert.equal(
      line('SUBSCRIBE', headers),
      String.raw`out mq:61613 SUBSCRIBE selector="a = \"b\"" path="C:\\new" empty=""`,
    );
  });

  test('cuts long values of headers', () => {
    assert.ok(line('SEND', [['x', 'y'.repeat(100_000)]]).length < 300);
  });

  test('is one line without control characters, whatever the frame has', () => {
    const texts = fc.string({ unit: 'binary' });
    const headers = fc.array(fc.tuple(texts, texts), { maxLength: 4 });
    fc.assert(
      fc.property(headers, fc.oneof(texts, fc.uint8Array()), (pairs, body) => {
        assert.doesNotMatch(line('SEND', pairs, body, { bodies: true }), /[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });

  test('refuses options that it does not know', () => {
    const write = () => {};
    assert.throws(() => frameLog(write, { body: true } as FrameLogOptions), {
      code: 'STOMP_OPT_UNKNOWN',
    });
    for (const wrong of [{ bodies: 1 }, { maxBodyBytes: -1 }]) {
      assert.throws(() => frameLog(write, wrong as unknown as FrameLogOptions), {
        code: 'STOMP_OPT_INVALID',
      });
    }
    assert.throws(() => frameLog(undefined as unknown as () => void), {
      code: 'STOMP_OPT_INVALID',
    });
  });
});

describe('secrets in a frame log', () => {
  const SECRET = 'hunter2-Zq';

  for (const name of [
    'passcode',
    'password',
    'x-password',
    'Authorization',
    'authorisation',
    'proxy-authorization',
    'x-auth',
    'auth-key',
    'access_token',
    'client-secret',
    'X-Api-Key',
    'Set-Cookie',
    'aws-credential',
    'jwt',
  ]) {
    test(`are masked in the header ${name}`, () => {
      const text = line('CONNECT', [
        ['login', 'joe'],
        [name, SECRET],
      ]);
      assert.equal(text, `out mq:61613 CONNECT login=joe ${name}=***`);
    });
  }

  test('are masked in any header that carries a bearer token or a login', () => {
    for (const value of [`Bearer ${SECRET}`, `basic ${SECRET}`]) {
      assert.equal(line('SEND', [['x-forwarded', value]]), 'out mq:61613 SEND x-forwarded=***');
    }
  });

  test('are masked in URLs', () => {
    const url = `failover:(stomp://joe:${SECRET}@a:1,stomp://b:${SECRET}@@c:2)?x=1`;
    const text = line('CONNECTED', [['redirect', url]]);
    assert.equal(
      text,
      'out mq:61613 CONNECTED redirect="failover:(stomp://***@a:1,stomp://***@c:2)?x=1"',
    );
  });

  test('are not masked away in what only sounds similar', () => {
    const headers: Headers = [
      ['author', 'joe'],
      ['passage', '7'],
      ['reply-to', 'mail@example.org'],
    ];
    assert.equal(
      line('SEND', headers),
      'out mq:61613 SEND author=joe passage=7 reply-to=mail@example.org',
    );
  });

  test('never show with options for bodies either', () => {
    const text = line('CONNECT', [['passcode', SECRET]], '', { bodies: true });
    assert.ok(!text.includes(SECRET));
  });
});
