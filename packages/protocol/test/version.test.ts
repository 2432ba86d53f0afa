/** STOMP 1.2, "Protocol Negotiation". */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { negotiateVersion, STOMP_VERSIONS } from '@stompbox/protocol';

describe('negotiateVersion', () => {
  test('chooses the highest version that both sides speak', () => {
    assert.equal(negotiateVersion('1.0,1.1,1.2'), '1.2');
    assert.equal(negotiateVersion('1.1,1.0'), '1.1');
    assert.equal(negotiateVersion('1.0,1.1,1.2', ['1.0', '1.1']), '1.1');
    assert.equal(negotiateVersion('1.2,1.3,2.0'), '1.2');
  });

  test('a peer that does not say speaks 1.0', () => {
    assert.equal(negotiateVersion(undefined), '1.0');
    assert.equal(negotiateVersion(''), '1.0');
    assert.equal(negotiateVersion(undefined, ['1.2']), undefined);
  });

  test('there may be no common version', () => {
    assert.equal(negotiateVersion('1.3'), undefined);
    assert.equal(negotiateVersion('1.20,11.1'), undefined);
    assert.equal(negotiateVersion('1.2', ['1.0']), undefined);
  });

  test('spaces around the items are tolerated', () => {
    assert.equal(negotiateVersion(' 1.0 , 1.1 '), '1.1');
  });

  test('the versions are listed oldest first', () => {
    assert.deepEqual(STOMP_VERSIONS, ['1.0', '1.1', '1.2']);
  });
});
