/** Which HTTP requests may become a WebSocket: path, Origin, sub-protocol. */
import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, test } from 'node:test';
import { chooseSubProtocol, refusalOf } from '../../dist/transport/websocket-upgrade.js';

interface Case {
  readonly url?: string;
  readonly headers?: IncomingHttpHeaders;
  readonly localAddress?: string;
  readonly path?: string;
  readonly origins?: readonly string[];
}

function statusOf({ url = '/', headers = {}, localAddress = '127.0.0.1', path, origins }: Case) {
  return refusalOf({ url, headers, localAddress }, { path, origins })?.status ?? 'accepted';
}

describe('the path', () => {
  for (const [url, path, expected] of [
    ['/', undefined, 'accepted'],
    ['/any/thing?a=1', undefined, 'accepted'],
    ['/stomp', '/stomp', 'accepted'],
    ['/stomp?token=1', '/stomp', 'accepted'],
    ['/stomp/', '/stomp', 404],
    ['/', '/stomp', 404],
  ] as const) {
    test(`${url} where ${path ?? 'any'} is served: ${expected}`, () => {
      assert.equal(statusOf({ url, ...(path && { path }) }), expected);
    });
  }
});

describe('an Origin', () => {
  const cases: ReadonlyArray<readonly [string, Case, 403 | 'accepted']> = [
    ['that is missing, as of a program', { headers: { host: 'localhost:1' } }, 'accepted'],
    ['of the same host and port', from('http://localhost:1', 'localhost:1'), 'accepted'],
    ['of the same host in capitals', from('http://localhost:1', 'LocalHost:1'), 'accepted'],
    ['of the same address', from('http://127.0.0.1:1', '127.0.0.1:1'), 'accepted'],
    ['of the same IPv6 address', from('http://[::1]:1', '[::1]:1', '::1'), 'accepted'],
    [
      'of the same host off loopback',
      from('https://a.example', 'a.example', '10.0.0.1'),
      'accepted',
    ],
    ['of another port', from('http://localhost:2', 'localhost:1'), 403],
    ['of another host', from('https://evil.example', 'localhost:1'), 403],
    ['of a page that has none of its own', from('null', 'localhost:1'), 403],
    ['that is empty', from('', 'localhost:1'), 403],
    ['that is no URL', from('://', '://'), 403],
    ['of a file', from('file://', ''), 403],
    ['of a name that was made to lead here', from('http://evil.example:1', 'evil.example:1'), 403],
    [
      'of a name that begins like loopback',
      from('http://127.0.0.1.evil.example:1', '127.0.0.1.evil.example:1'),
      403,
    ],
  ];
  for (const [name, request, expected] of cases) {
    test(`${name}: ${expected}`, () => assert.equal(statusOf(request), expected));
  }

  test('in the list is accepted, and no other one, not even the own', () => {
    const origins = ['https://a.example', 'http://b.example:8080'];
    assert.equal(statusOf({ ...from('https://a.example', 'mq:1'), origins }), 'accepted');
    assert.equal(statusOf({ ...from('https://A.example', 'mq:1'), origins }), 'accepted');
    assert.equal(statusOf({ ...from('http://b.example:8080', 'mq:1'), origins }), 'accepted');
    assert.equal(statusOf({ ...from('http://a.example', 'mq:1'), origins }), 403);
    assert.equal(statusOf({ ...from('https://a.example.org', 'mq:1'), origins }), 403);
    assert.equal(statusOf({ ...from('http://localhost:1', 'localhost:1'), origins }), 403);
    assert.equal(statusOf({ headers: { host: 'mq:1' }, origins }), 'accepted');
  });

  test('is of no account where all are allowed', () => {
    for (const origin of ['null', 'https://any.example']) {
      assert.equal(statusOf({ ...from(origin, 'mq:1'), origins: ['*'] }), 'accepted');
    }
  });

  test('that is refused is told without its control characters', () => {
    const request = from('http://a\u001b[31m\nb', 'localhost:1');
    const refusal = refusalOf(
      { url: '/', headers: request.headers ?? {}, localAddress: '127.0.0.1' },
      { path: undefined, origins: undefined },
    );
    assert.equal(refusal?.code, 'STOMP_CONNECTOR_ORIGIN');
    assert.match(
      refusal?.text ?? '',
      /^Web pages from http:\/\/a\?\[31m\?b may not connect: list it/,
    );
  });
});

function from(origin: string, host: string, localAddress = '127.0.0.1'): Case {
  return { headers: { origin, host }, localAddress };
}

describe('the sub-protocol', () => {
  for (const [offered, expected] of [
    [['v12.stomp'], 'v12.stomp'],
    [['v11.stomp'], 'v11.stomp'],
    [['v10.stomp'], 'v10.stomp'],
    [['stomp'], 'stomp'],
    [['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
    [['mqtt', 'v10.stomp', 'v11.stomp'], 'v11.stomp'],
    [['v13.stomp', 'STOMP', 'mqtt'], undefined],
    [[], undefined],
  ] as const) {
    test(`of [${offered.join(', ')}] is ${expected ?? 'none'}`, () => {
      assert.equal(chooseSubProtocol(offered), expected);
    });
  }

  test('may be missing, and must be known where one is offered', () => {
    const offering = (names: string) => statusOf({ headers: { 'sec-websocket-protocol': names } });
    assert.equal(statusOf({}), 'accepted');
    assert.equal(offering('mqtt, v12.stomp'), 'accepted');
    assert.equal(offering('mqtt,mqttv3.1'), 400);
    assert.equal(offering('xstompx'), 400);
    assert.equal(offering(''), 400);
  });
});
