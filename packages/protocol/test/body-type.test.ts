import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodyTypeOf, FrameHeaders } from '@stompbox/protocol';

describe('bodyTypeOf', () => {
  for (const [headers, type] of [
    [{}, 'text'],
    [{ 'content-length': '5' }, 'bytes'],
    [{ 'content-length': '0' }, 'bytes'],
    [{ 'content-type': 'application/octet-stream' }, 'text'],
    [{ 'content-length': '5', 'amq-msg-type': 'text' }, 'text'],
    [{ 'content-length': '5', 'amq-msg-type': 'TEXT' }, 'text'],
    [{ 'amq-msg-type': 'bytes' }, 'bytes'],
    [{ 'amq-msg-type': 'map' }, 'text'],
  ] as const) {
    test(`${JSON.stringify(headers)} is ${type}`, () => {
      assert.equal(bodyTypeOf(FrameHeaders.from(headers)), type);
    });
  }
});
