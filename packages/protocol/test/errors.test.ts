import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FRAME_ERROR_CODES,
  FrameError,
  OptionsError,
  ProtocolError,
  StompError,
} from '@stompbox/protocol';

describe('errors', () => {
  test('every family is a StompError and an Error, named after its class', () => {
    const errors = [
      new OptionsError('STOMP_OPT_INVALID', 'text'),
      FrameError.of('STOMP_FRAME_BAD_UTF8'),
      new ProtocolError('STOMP_PROTO_VERSION', 'text'),
    ];
    for (const error of errors) {
      assert.ok(error instanceof StompError && error instanceof Error);
      assert.equal(error.retryable, false);
    }
    assert.deepEqual(
      errors.map((error) => error.name),
      ['OptionsError', 'FrameError', 'ProtocolError'],
    );
  });

  test('a frame error builds its text from what was found', () => {
    const error = FrameError.of('STOMP_FRAME_BODY_TOO_LARGE', 100);
    assert.equal(error.code, 'STOMP_FRAME_BODY_TOO_LARGE');
    assert.equal(error.message, 'The body is larger than 100 bytes');
  });

  test('the cause is kept', () => {
    const cause = new Error('below');
    assert.equal(new OptionsError('STOMP_OPT_BODY', 'text', { cause }).cause, cause);
  });

  test('codes of frame errors have one prefix and are unique', () => {
    assert.ok(FRAME_ERROR_CODES.every((code) => code.startsWith('STOMP_FRAME_')));
    assert.equal(new Set(FRAME_ERROR_CODES).size, FRAME_ERROR_CODES.length);
  });
});
