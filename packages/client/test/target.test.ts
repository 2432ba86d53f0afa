import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { OptionsError } from '@stompbox/protocol';
import { parseTarget } from '../dist/target.js';

function serversOf(target: string | readonly string[]): string[] {
  return parseTarget(target).servers.map(({ address }) => {
    const scheme = address.isTls ? 'stomp+ssl' : 'stomp';
    return `${scheme}://${address.host}:${address.port}`;
  });
}

function headersOf(url: string): [string, string][] {
  return parseTarget(url).servers[0]?.credentials?.toHeaders() ?? [];
}

function refusal(target: string | readonly string[]): OptionsError {
  try {
    parseTarget(target);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error('The target was accepted');
}

describe('the URL of a server', () => {
  test('a URL without a port means 61613, and 61614 with TLS', () => {
    assert.deepEqual(serversOf('stomp://mq'), ['stomp://mq:61613']);
    assert.deepEqual(serversOf('stomp+ssl://mq'), ['stomp+ssl://mq:61614']);
    assert.deepEqual(serversOf('stomp://mq:7000/'), ['stomp://mq:7000']);
  });

  test("the scheme names of ActiveMQ's connectors mean the same", () => {
    assert.deepEqual(serversOf('tcp://mq:1'), ['stomp://mq:1']);
    assert.deepEqual(serversOf('stomp+nio://mq:1'), ['stomp://mq:1']);
    assert.deepEqual(serversOf('ssl://mq:1'), ['stomp+ssl://mq:1']);
    assert.deepEqual(serversOf('stomp+nio+ssl://mq:1'), ['stomp+ssl://mq:1']);
  });

  test('an IPv6 address loses its brackets', () => {
    assert.deepEqual(parseTarget('stomp://[::1]:61613').servers[0]?.address.host, '::1');
  });

  test('login and passcode are percent-decoded', () => {
    assert.deepEqual(headersOf('stomp://al%40ice:p%2Fw%3A%25@mq'), [
      ['login', 'al@ice'],
      ['passcode', 'p/w:%'],
    ]);
    assert.deepEqual(headersOf('stomp://guest@mq'), [['login', 'guest']]);
    assert.deepEqual(headersOf('stomp://mq'), []);
  });

  test('what cannot be a server URL is refused with what to do', () => {
    assert.match(refusal('localhost:61613').message, /begin with stomp:\/\//);
    assert.match(refusal('http://mq').message, /"http:\/\/mq" .*scheme is not known/);
    assert.match(refusal('ws://mq#a').message, /no "#" part/);
    assert.match(refusal('stomp+unix://').message, /names no file/);
    assert.match(refusal('stomp+unix://mq/a').message, /names no file/);
    assert.match(refusal('stomp://').message, /names no host/);
    assert.match(refusal('stomp://mq/vhost').message, /option host/);
    assert.match(refusal('stomp://mq?a=b').message, /options as an object/);
    assert.match(refusal('stomp://mq:0').message, /port 0/);
    assert.match(refusal('stomp://mq:99999').message, /cannot be read/);
    assert.match(refusal('stomp://u:%zz@mq').message, /%25/);
    assert.match(refusal('').message, /begin with/);
    assert.match(refusal([]).message, /at least one URL/);
    assert.match(refusal(42 as unknown as string).message, /a URL such as/);
  });

  test('no error about a URL shows the passcode', () => {
    const targets = [
      'stomp://u:s3cret@mq:99999',
      'stomp://u:s3cret%zz@mq',
      'stomp://u:s3cret/x@mq',
      'stomp:/u:s3cret@mq',
      'u:s3cret@mq',
      'http://u:s3cret@mq',
      'failover:(stomp://u:s3cret@mq',
      'failover:(stomp://u:s3cret@mq)?randomize=maybe',
      'failover:(stomp://u:s3cret@mq)?nope=1',
    ];
    for (const target of targets) {
      assert.doesNotMatch(
        inspect(refusal(target), { depth: 9, showHidden: true }),
        /s3cret/,
        target,
      );
    }
  });

  test('a NUL in a URL is refused without showing what is around it', () => {
    for (const url of ['stomp://s3cret%00:x@mq', 'stomp://u:s3cret%00@mq', 'stomp://m%00q']) {
      const error = refusal(url);
      assert.match(error.message, /%00/);
      assert.doesNotMatch(error.message, /s3cret/);
    }
  });

  test('no error shows a part of a passcode that cuts the URL into pieces', () => {
    const targets: readonly (string | readonly string[])[] = [
      'stomp://app:s3cret,x@mq',
      'stomp://app:x,s3cret@mq',
      'stomp://app:12345,s3cret://@mq',
      'stomp://a,stomp://app:s3cret',
      'stomp://app:s3cret',
      'stomp://app:1s3cret',
      'stomp://app:1/s3cret',
      'failover:(stomp://u:x@a,stomp://v:s3cret',
      'failover:(stomp://app:x,s3cret@mq)',
      'failover:stomp://app:x?s3cret@mq',
      'failover:stomp://app:x?s3cret=1@mq',
      'failover:(stomp://app:x)?s3cret@mq)',
      'failover:(stomp://app:x)?s3cret@mq',
      ['stomp://app:s3cret', 'x@mq'],
      ['stomp://app:x', 's3cret@mq'],
    ];
    for (const target of targets) {
      const shown = inspect(refusal(target), { depth: 9, showHidden: true });
      assert.doesNotMatch(shown, /s3cret/, String(target));
    }
  });

  test('a URL without credentials is shown whole', () => {
    assert.match(refusal('stomp://mq/vhost').message, /"stomp:\/\/mq\/vhost"/);
    assert.match(refusal('stomp://[::1]:99999').message, /"stomp:\/\/\[::1\]:99999"/);
    assert.match(refusal('stomp://a,stomp://mq:99999').message, /"stomp:\/\/mq:99999"/);
  });

  test('printing credentials does not show the passcode', () => {
    const { servers } = parseTarget('stomp://u:s3cret@mq');
    assert.doesNotMatch(inspect(servers, { depth: 9, showHidden: true }), /s3cret/);
    assert.doesNotMatch(JSON.stringify(servers), /s3cret/);
  });
});

describe('several servers', () => {
  test('a comma list and an array keep their order', () => {
    const expected = ['stomp://a:1', 'stomp+ssl://b:2'];
    assert.deepEqual(serversOf('stomp://a:1, stomp+ssl://b:2'), expected);
    assert.deepEqual(serversOf(['stomp://a:1', 'stomp+ssl://b:2']), expected);
    assert.equal(parseTarget('stomp://a,stomp://b').options.randomize, false);
  });

  test("ActiveMQ's failover form is read with and without parentheses and slashes", () => {
    const expected = ['stomp://a:61613', 'stomp://b:7000'];
    assert.deepEqual(serversOf('failover:(stomp://a,stomp://b:7000)'), expected);
    assert.deepEqual(serversOf('failover://(stomp://a,stomp://b:7000)?randomize=false'), expected);
    assert.deepEqual(serversOf('failover:stomp://a,stomp://b:7000?randomize=false'), expected);
  });

  test('its options become ours', () => {
    const { options } = parseTarget(
      'failover:(stomp://a)?initialReconnectDelay=20&maxReconnectDelay=500&backOffMultiplier=1.5' +
        '&maxReconnectAttempts=7&startupMaxReconnectAttempts=3&randomize=false&timeout=3000',
    );
    assert.deepEqual(options, {
      initialDelayMs: 20,
      maxDelayMs: 500,
      multiplier: 1.5,
      maxAttempts: 7,
      startupMaxAttempts: 3,
      randomize: false,
      receiptTimeoutMs: 3000,
    });
  });

  test('it shuffles by default, and -1 means no limit', () => {
    const { options } = parseTarget(
      'failover:(stomp://a)?maxReconnectAttempts=-1&startupMaxReconnectAttempts=-1&timeout=-1',
    );
    assert.deepEqual(options, {
      randomize: true,
      maxAttempts: Number.POSITIVE_INFINITY,
      startupMaxAttempts: Number.POSITIVE_INFINITY,
    });
  });

  test('stompit calls the number of attempts maxReconnects, and reconnecting can be switched off', () => {
    assert.equal(parseTarget('failover:(stomp://a)?maxReconnects=4').options.maxAttempts, 4);
    const { options } = parseTarget('failover:(stomp://a)?reconnectSupported=false');
    assert.equal(options.maxAttempts, 0);
  });

  test('a priority backup prefers the first server, or those that are named', () => {
    const preferred = (url: string) =>
      parseTarget(url)
        .servers.filter(({ isPriority }) => isPriority)
        .map(({ address }) => address.host);
    const list = 'failover:(stomp://a,ws://b/x,stomp://c)';
    assert.deepEqual(preferred(`${list}?priorityURIs=stomp://c:61613`), []);
    assert.deepEqual(preferred(`${list}?priorityBackup=true`), ['a']);
    const named = `${list}?priorityBackup=true&priorityURIs=ws://b/x,tcp://c:61613`;
    assert.deepEqual(preferred(named), ['b', 'c']);
  });

  test('one list may mix all schemes', () => {
    const { servers } = parseTarget(
      'ws://a:1/x?y=z, stomp://b, wss://c, stomp+unix:///run/mq.sock',
    );
    assert.deepEqual(
      servers.map(({ address }) => address),
      [
        { host: 'a', port: 1, isTls: false, webSocketPath: '/x?y=z' },
        { host: 'b', port: 61613, isTls: false },
        { host: 'c', port: 443, isTls: true, webSocketPath: '/' },
        { host: 'localhost', port: 0, isTls: false, unixPath: '/run/mq.sock' },
      ],
    );
  });

  test('without exponential back-off every delay is the first one', () => {
    const url = 'failover:(stomp://a)?backOffMultiplier=3&useExponentialBackOff=false';
    assert.equal(parseTarget(url).options.multiplier, 1);
  });

  test('options of the Java transport without meaning here are accepted', () => {
    const url =
      'failover:(stomp://a?keepAlive=true&wireFormat.maxInactivityDuration=0,ws://b/?token=c)' +
      '?trackMessages=true&maxCacheSize=9&priorityBackup=false&backup=true&backupPoolSize=2' +
      '&warnAfterReconnectAttempts=3&updateURIsSupported=false&nested.wireFormat.cacheEnabled=true' +
      '&nested.socket.tcpNoDelay=true&nested.soTimeout=9&nested.socket.verifyHostName=true';
    assert.deepEqual(parseTarget(url).options, { randomize: true });
  });

  test('other options and malformed values are refused by name', () => {
    assert.match(refusal('failover:(stomp://a)?nested.typo=1').message, /"nested.typo"/);
    const trusting = 'failover:(ssl://a)?nested.verifyHostName=false';
    assert.match(refusal(trusting).message, /"nested.verifyHostName" is not supported/);
    assert.match(refusal('failover:(ssl://a?verifyHostName=false)').message, /no such "\?" part/);
    assert.match(refusal('failover:(stomp://a)?updateURIsURL=x').message, /"updateURIsURL"/);
    assert.match(refusal('failover:(stomp://a)?priorityBackup=yes').message, /must be true/);
    assert.match(refusal('failover:(stomp://a)?typo=1').message, /"typo" is not supported/);
    assert.match(refusal('failover:(stomp://a)?randomize=yes').message, /randomize must be true/);
    assert.match(refusal('failover:(stomp://a)?timeout=soon').message, /timeout must be a whole/);
    assert.match(refusal('failover:(stomp://a)?backOffMultiplier=0').message, /at least 1/);
    assert.match(refusal('failover:(stomp://a').message, /write failover:\(/);
    assert.match(refusal('failover:(stomp://a)x').message, /write failover:\(/);
  });
});
