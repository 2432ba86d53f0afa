import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeUtf8, FrameDecoder } from '@stompbox/protocol';

describe('limits that change between two frames', () => {
  test('hold from the next frame on', () => {
    const decoder = new FrameDecoder({ maxBodyBytes: 4 });
    decoder.push(encodeUtf8('SEND\n\nfour\0SEND\n\nfive!\0'));
    assert.equal(decoder.next()?.body?.length, 4);
    decoder.useLimits({ maxBodyBytes: 5 });
    assert.equal(decoder.next()?.body?.length, 5);
  });

  test('cannot change within a frame', () => {
    const decoder = new FrameDecoder();
    decoder.push(encodeUtf8('SEND\n\nhal'));
    assert.equal(decoder.next(), undefined);
    assert.throws(() => decoder.useLimits({}), /in the middle of a frame/);
  });
});
