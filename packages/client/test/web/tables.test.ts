/** What browsers have in other words must say the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLIENT_ERROR_CODES, ConnectionError, TimeoutError } from '@stompbox/client';
import { FRAME_ERROR_CODES } from '@stompbox/protocol';
import * as web from '../../dist/web/errors.js';
import * as webProtocol from '../../dist/web/stomp-errors.js';

describe('in browsers', () => {
  test('there are the same error codes', () => {
    assert.deepEqual(web.CLIENT_ERROR_CODES, CLIENT_ERROR_CODES);
    assert.deepEqual(webProtocol.FRAME_ERROR_CODES, FRAME_ERROR_CODES);
  });

  test('the same errors may simply be tried again', () => {
    for (const code of CLIENT_ERROR_CODES) {
      if (code.startsWith('STOMP_BROKER_')) continue;
      const family = code.startsWith('STOMP_NET_TIMEOUT_') ? TimeoutError : ConnectionError;
      const make = family.of as unknown as (code: string, values: readonly unknown[]) => Error;
      const { retryable } = make.call(family, code, ['a', 1, 2]) as ConnectionError;
      const short = new webProtocol.ProtocolError(code as 'STOMP_PROTO_VERSION', '');
      assert.equal(short.retryable, retryable, code);
    }
  });
});
