import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '@stompbox/client';
import type { WebSocketOptions } from '../../dist/transport/websocket-options.js';

describe('the option webSocket', () => {
  for (const [webSocket, code, message] of [
    [{ format: 'json' }, 'STOMP_OPT_INVALID', /webSocket.format must be one of 'binary', 'text'/],
    [{ headers: { a: 1 } }, 'STOMP_OPT_INVALID', /webSocket.headers must be an object of texts/],
    [{ headers: { a: 's3cret\r\nb: c' } }, 'STOMP_OPT_INVALID', /without line ends$/],
    [{ typo: true }, 'STOMP_OPT_UNKNOWN', /webSocket option "typo"/],
    [7, 'STOMP_OPT_INVALID', /webSocket must be an object/],
  ] as const) {
    test(`may not be ${JSON.stringify(webSocket)}`, async () => {
      const wrong = { webSocket: webSocket as unknown as WebSocketOptions };
      await assert.rejects(connect('ws://127.0.0.1:1', wrong), { code, message });
    });
  }
});
