import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { parseTarget } from '../../dist/web/target.js';

function addressesOf(target: string | readonly string[]) {
  return parseTarget(target).servers.map(({ address }) => address);
}

describe('what browsers connect to', () => {
  test('is one WebSocket or several, as a comma list or an array', () => {
    const a = { host: 'a', port: 80, isTls: false, webSocketPath: '/' };
    const b = { host: '::1', port: 15674, isTls: true, webSocketPath: '/ws?token=t' };
    const c = { host: 'c', port: 443, isTls: true, webSocketPath: '/' };
    assert.deepEqual(addressesOf('ws://a'), [a]);
    assert.deepEqual(addressesOf('ws://a, wss://[::1]:15674/ws?token=t'), [a, b]);
    assert.deepEqual(addressesOf(['wss://c', 'ws://a']), [c, a]);
    assert.equal(parseTarget('ws://a,ws://b').options.randomize, false);
  });

  test('may have login and passcode, percent-encoded', () => {
    const credentials = (url: string) => parseTarget(url).servers[0]?.credentials?.toHeaders();
    assert.deepEqual(credentials('ws://al%40ice:p%2Fw@mq'), [
      ['login', 'al@ice'],
      ['passcode', 'p/w'],
    ]);
    assert.deepEqual(credentials('ws://guest@mq'), [['login', 'guest']]);
    assert.equal(credentials('ws://mq'), undefined);
  });

  test('is refused without a word of the URL when it is something else', () => {
    for (const target of [
      'stomp://u:s3cret@mq',
      'failover:(ws://u:s3cret@mq)',
      'ws://u:s3cret%@mq',
      'ws://u:s3cret@mq:99999',
      'ws://mq#s3cret',
      '',
      [],
      42 as unknown as string,
      [42 as unknown as string],
    ]) {
      assert.throws(
        () => parseTarget(target),
        (error) => {
          const shown = inspect(error, { depth: 9, showHidden: true });
          assert.match(shown, /STOMP_OPT_INVALID/, String(target));
          assert.doesNotMatch(shown, /s3cret/);
          return true;
        },
      );
    }
  });
});
